"""One task per file; the table in `training.__main__` gives each its name on the command line."""
