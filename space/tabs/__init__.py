"""One tab per file; the table in `space.app` gives each its title and its model."""
