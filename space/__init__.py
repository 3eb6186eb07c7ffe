"""The Gradio app: `python -m space`."""
