"""Python files as trees."""

import ast
import gc


def tree_of(source: str) -> ast.Module:
    """A greenlet of Playwright that is collected meanwhile would make CPython 3.11 raise SystemError."""
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()
