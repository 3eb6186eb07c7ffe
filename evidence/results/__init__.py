"""Every measured figure on one page, and the few of them that open the README: read from what is stored."""
