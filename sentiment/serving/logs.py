"""Log lines as JSON objects, one per line: our own, BentoML's and uvicorn's.

Replaces the formatter and leaves loggers and levels to BentoML, which configures them.
"""

import logging

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from sentiment.bentoml_adapter import LOG_RECORD_EXTRAS, format_logs


def use_json() -> None:
    """Write log lines as JSON from now on, whether BentoML has configured logging yet or not."""
    format_logs(f"{__name__}.{formatter.__name__}")
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
        reserved_attrs=[*RESERVED_ATTRS, *LOG_RECORD_EXTRAS],
    )
