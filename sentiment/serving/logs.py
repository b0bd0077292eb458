"""Log lines as JSON objects, one per line: our own, BentoML's and uvicorn's.

Replaces the formatter and leaves loggers and levels to BentoML, which configures them.
"""

import logging
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from sentiment.bentoml_adapter import LOG_RECORD_EXTRAS, format_logs
from sentiment.serving.telemetry.context import current_request


def use_json() -> None:
    """Write log lines as JSON from now on, whether BentoML has configured logging yet or not."""
    format_logs(f"{__name__}.{formatter.__name__}")
    logging.captureWarnings(True)


def formatter() -> logging.Formatter:
    """Return the formatter: time, level, logger, message, and the traceback if there is one.

    A line that is written while a request is answered has its ids.
    """
    return _Formatter(
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


class _Formatter(JsonFormatter):
    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        if request := current_request():
            log_data.update(request.ids())
