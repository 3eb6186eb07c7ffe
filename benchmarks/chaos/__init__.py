"""Honest clients beside one that sends films made to end the server."""
