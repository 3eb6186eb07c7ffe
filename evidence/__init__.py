"""The evidence beside a model: what it was tried on, each question in its own file."""
