"""One endpoint for all tests that change nothing in it."""

import io
import os

import pytest
from endpoint import PHANTOM, audit_settings, running

from fovea.dicom import read_dicom


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_this_shell():
    """Variables that steer the tests look like settings to a server in this process, which knows them not."""
    for name in [name for name in os.environ if name.startswith("XRAY_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    """A running server with a key of the client `ward` and an audit file in `endpoint.folder`."""
    folder = tmp_path_factory.mktemp("endpoint")
    with running(folder, rate_per_minute=1_000_000, rate_burst=100_000, **audit_settings(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def film_png():
    """The drawn film of the examples as PNG."""
    file = io.BytesIO()
    read_dicom(PHANTOM).render().save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="session")
def film_jpeg():
    """The same as JPEG."""
    file = io.BytesIO()
    read_dicom(PHANTOM).render().save(file, "JPEG", quality=95)
    return file.getvalue()
