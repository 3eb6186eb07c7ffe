"""Questions answered by training, one per file; each writes the JSON that the app shows."""
