"""BentoML's log: its format, its attributes, and the address in it."""

import ipaddress
import logging.config


def format_logs(formatter_factory: str) -> None:
    """Format the server's log lines with the formatter that `formatter_factory` returns.

    It is the dotted name of a function. BentoML configures logging in the parent process
    and in each worker from one dictionary. This changes the dictionary, for the parts of
    BentoML that read it later, and applies it now, for the parts that have read it already.
    """
    from bentoml._internal.log import SERVER_LOGGING_CONFIG

    SERVER_LOGGING_CONFIG["formatters"]["traced"] = {"()": formatter_factory}
    logging.config.dictConfig({**SERVER_LOGGING_CONFIG, "disable_existing_loggers": False})


LOG_RECORD_EXTRAS = (
    *("levelname_bracketed", "component", "trace_msg"),
    *("request_id", "service_name", "color_message"),
)
"""Attributes that BentoML's log filter adds to each record for BentoML's own text format."""


def bracket_addresses_in_logs() -> None:
    """Write an IPv6 address as URLs need it in the line that says where the server listens."""
    logging.getLogger("bentoml.serve").addFilter(_bracket_addresses)


def _bracket_addresses(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(f"[{each}]" if _is_ipv6(each) else each for each in record.args)
    return True


def _is_ipv6(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.IPv6Address(value))
    except ValueError:
        return False
