"""Adopting a catalog made by others: drafting files that declare it, and making it managed."""
