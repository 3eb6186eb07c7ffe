"""`make endpoint`: the endpoint on this machine, with a fresh API key that is printed once and valid for a day."""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from fovea import FoveaError
from k8s.server.access.api_keys import add_key
from k8s.server.access.clients import READ_SCOPE
from k8s.server.http.serve import run
from k8s.server.settings import Settings

EXAMPLE = """
API key, shown once:  {key}

curl -H 'X-API-Key: {key}' -H 'Content-Type: application/dicom' \\
  --data-binary @space/examples/chest_xray/phantom.dcm http://127.0.0.1:{port}/v1/chest-xray

Health and metrics: http://127.0.0.1:{ops_port}/metrics
"""


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as folder:
            keys = Path(folder) / "keys.json"
            key = add_key(keys, "local", (READ_SCOPE,), timedelta(days=1))
            settings = Settings.read(host="127.0.0.1", ops_host="127.0.0.1", api_keys_file=keys, drain_seconds=0)
            print(EXAMPLE.format(key=key, port=settings.port, ops_port=settings.ops_port), flush=True)
            return run(settings)
    except (FoveaError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
