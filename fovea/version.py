"""The version of the package, the app and the endpoint: the one place that types it."""

__version__ = "0.3.0"
