"""The scripts behind every speed figure in the README."""
