"""What the Chest X-ray tab is made of: the field for a film, the answer in words, the film and its heatmaps."""
