"""The addresses: one file for each group."""
