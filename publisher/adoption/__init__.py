"""Taking over a catalog that others made: files that say what is there, and the marks that make it ours."""
