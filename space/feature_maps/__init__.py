"""The parts of the Feature maps tab: what the page asks the server for, and the viewer in the page."""
