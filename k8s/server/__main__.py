"""Start the endpoint: `python -m k8s.server`. Settings come from the environment; k8s/README.md lists them."""

import sys

from fovea import FoveaError
from k8s.server.http.serve import run
from k8s.server.settings import Settings


def main() -> int:
    try:
        return run(Settings.read())
    except (FoveaError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
