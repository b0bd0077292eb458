"""What is borrowed from BentoML and uvicorn beyond their public interfaces, under plain names.

Everything here may break when one of them is upgraded, and nothing else in the project
may: `tests/unit/test_bentoml_adapter.py` and `tests/processes/test_bentoml_adapter.py`
have one test for each function, which fails under its name. What their documentation
offers (`bentoml.models`, `bentoml.service`, ASGI) is used directly where it is needed.
This package depends neither on the routes nor on what a stored model contains.
"""

from sentiment.bentoml_adapter.certificates import certificate_context, check_certificate_options
from sentiment.bentoml_adapter.log import LOG_RECORD_EXTRAS, bracket_addresses_in_logs, format_logs
from sentiment.bentoml_adapter.model_store import (
    create_entry,
    make_folders_only_where_possible,
    model_of_bento,
    models_folder,
    only_models_of,
    publish_entry,
)
from sentiment.bentoml_adapter.processes import (
    build_schema_once,
    end_where_nothing_can_listen,
    keep_metrics_in_memory,
    start_without_folders,
    watch_workers,
    work_without_folders,
)
from sentiment.bentoml_adapter.server import UvicornServer
from sentiment.bentoml_adapter.signals import end_on_hangup, on_stop_signals, stop_signals

__all__ = [
    "LOG_RECORD_EXTRAS",
    "UvicornServer",
    "bracket_addresses_in_logs",
    "build_schema_once",
    "certificate_context",
    "check_certificate_options",
    "create_entry",
    "end_on_hangup",
    "end_where_nothing_can_listen",
    "format_logs",
    "keep_metrics_in_memory",
    "make_folders_only_where_possible",
    "model_of_bento",
    "models_folder",
    "on_stop_signals",
    "only_models_of",
    "publish_entry",
    "start_without_folders",
    "stop_signals",
    "watch_workers",
    "work_without_folders",
]
