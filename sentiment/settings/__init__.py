"""Every setting, declared once: its default, limits, flag, environment name and help.

Settings are frozen pydantic models. Command lines get their flags from `add_flags`.
The server gets its values from `ServingSettings.from_environment`, which with `own_key` is
the only reader of the environment. docs/serving.md gets its table from `settings_table`.
"""

from sentiment.settings.access import AccessSettings
from sentiment.settings.answers import AnswerSettings
from sentiment.settings.base import ENVIRONMENT_PREFIX, Settings
from sentiment.settings.data import DataSettings, FileSettings
from sentiment.settings.engine import Device, EngineSettings
from sentiment.settings.feedback import FeedbackSettings
from sentiment.settings.flags import add_flags
from sentiment.settings.model_name import MODEL_NAME
from sentiment.settings.own_key import own_key
from sentiment.settings.recipes import RECIPES, RecipeName
from sentiment.settings.serving import ServingSettings
from sentiment.settings.table import settings_table
from sentiment.settings.training import ExportFormat, TrainingSettings

__all__ = [
    "ENVIRONMENT_PREFIX",
    "MODEL_NAME",
    "RECIPES",
    "AccessSettings",
    "AnswerSettings",
    "DataSettings",
    "Device",
    "EngineSettings",
    "ExportFormat",
    "FeedbackSettings",
    "FileSettings",
    "RecipeName",
    "ServingSettings",
    "Settings",
    "TrainingSettings",
    "add_flags",
    "own_key",
    "settings_table",
]
