"""Ten lessons, a question each: `texts/` holds their Markdown, whose figures come from the stored results.

`python -m space.lessons` fills them into docs/lessons, and the Lessons tab shows the same.
"""
