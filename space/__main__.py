"""Start the app: `python -m space [--host 127.0.0.1] [--port 7860] [--models models] [--threads N]`."""

import argparse
import sys
from pathlib import Path

from fovea import FoveaError
from space.app import launch


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m space", description="Start the Fovea app.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=7860, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--models", type=Path, default=Path(__file__).parents[1] / "models", help="folder of .onnx files"
    )
    parser.add_argument("--threads", type=int, help="CPU threads of one inference (default: what the container allows)")
    options = parser.parse_args()
    try:
        launch(options.models, host=options.host, port=options.port, threads=options.threads)
    except (FoveaError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
