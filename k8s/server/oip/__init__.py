"""The Open Inference Protocol v2: from outside, and to another server."""
