"""From data to a checkpoint: `python -m training TASK [options]`."""
