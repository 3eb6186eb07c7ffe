"""What is kept of a request: audit lines, metrics, traces and logs."""
