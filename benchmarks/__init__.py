"""The scripts behind every speed figure in docs/RESULTS.md."""
