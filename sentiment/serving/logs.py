"""Log lines as JSON objects, one a line: ours, BentoML's and uvicorn's alike.

BentoML configures logging, in the parent process and in each worker; this
replaces the formatter in its configuration and leaves loggers and levels to it.
"""

import logging
import logging.config

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

# What BentoML's filter adds to each record: parts of its own text format, and no more.
_OF_TEXT = [
    *("levelname_bracketed", "component", "trace_msg"),
    *("request_id", "service_name", "color_message"),
]


def use_json() -> None:
    """Write JSON from now on; call it where BentoML has configured logging, or before."""
    from bentoml._internal.log import SERVER_LOGGING_CONFIG

    factory = f"{__name__}.{formatter.__name__}"
    SERVER_LOGGING_CONFIG["formatters"]["traced"] = {"()": factory}  # for circus, which comes later
    logging.config.dictConfig({**SERVER_LOGGING_CONFIG, "disable_existing_loggers": False})
    logging.captureWarnings(True)


def formatter() -> logging.Formatter:
    """Return the formatter: time, level, logger, message, and the traceback if there is one."""
    return JsonFormatter(
        ["asctime", "levelname", "name", "message"],
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        rename_fields={
            "asctime": "time",
            "levelname": "level",
            "name": "logger",
            "exc_info": "exception",
        },
        reserved_attrs=[*RESERVED_ATTRS, *_OF_TEXT],
    )
