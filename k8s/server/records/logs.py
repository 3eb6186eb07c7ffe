"""The server's own log: one JSON object a line on standard output.

No pixel, file name or DICOM value is ever put in.
"""

import logging

import structlog

from k8s.server.records.log_rate import strangers_rate
from k8s.server.records.output import standard_output

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(level: str) -> None:
    """Once, at the start; the loggers of libraries are silenced below warnings, and their lines carry no arguments."""
    output = standard_output()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=output),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(_Plain())
    # uvicorn warns of each request that is no HTTP
    handler.addFilter(lambda record: record.levelno > logging.WARNING or strangers_rate().admits_one())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _Plain(logging.Formatter):
    """A library's line without its values: they may quote a request."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"event": "library", "logger": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return str(structlog.processors.JSONRenderer()(None, "", line))


def log() -> structlog.typing.FilteringBoundLogger:
    """The logger."""
    return structlog.get_logger()  # type: ignore[no-any-return]
