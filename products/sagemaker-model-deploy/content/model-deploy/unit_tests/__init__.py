"""The tests of this folder, which unittest finds."""
