"""Pictures as SVG text, made on the server: shapes, axes and charts. The page needs no script to show them.

A picture takes its text colour from the page around it, so it reads in light and dark alike.
"""
