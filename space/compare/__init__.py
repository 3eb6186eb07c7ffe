"""The sections of the Compare tab, named by their questions: what the numbers say in words, and their figures.

`training_sizes` is about transfer learning, `residual` about shortcuts, `locality` about convolutions, `curves` about
over- and underfitting.
"""
