"""The sections of the Compare tab, a question per file: what the numbers say in words, and their figures."""
