"""The endpoint with a model that fails after the self-test, in words that must stay inside."""

import dataclasses
import sys

from k8s.server import __main__
from k8s.server.http import serve

WORDS = "secret-of-the-inside /srv/secret/model.bin"

open_service = serve.open_service


class Broken:
    """A backend that fails."""

    def run(self, pixels):
        raise RuntimeError(f"{WORDS} at {pixels.shape}")


def open_broken(*arguments):
    return dataclasses.replace(open_service(*arguments), backend=Broken())


if __name__ == "__main__":
    serve.open_service = open_broken
    sys.exit(__main__.main())
