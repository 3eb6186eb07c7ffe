"""`python -m fovea` is the command `fovea`."""

import sys

from fovea.command import main

if __name__ == "__main__":
    sys.exit(main())
