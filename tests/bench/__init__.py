"""What things cost: `make bench` prints seconds; the tests here hold counts, the same on any machine."""
