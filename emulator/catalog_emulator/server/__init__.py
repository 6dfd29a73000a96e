"""The endpoint on loopback: its process, pages, profiles and state files."""
