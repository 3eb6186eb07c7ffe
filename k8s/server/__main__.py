"""Start the endpoint: `python -m k8s.server`. Settings come from the environment; k8s/README.md lists them."""

import sys

import uvloop

from fovea import FoveaError
from k8s.server.http.serve import serve
from k8s.server.records.logs import configure_logs
from k8s.server.settings import Settings


def main() -> int:
    try:
        settings = Settings.read()
        configure_logs(settings.log_level)
        uvloop.run(serve(settings))
    except (FoveaError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
