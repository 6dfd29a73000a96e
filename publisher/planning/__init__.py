"""Plans: what differs between two catalogs, whether it is safe, and its execution."""
