"""The errors of command lines: flags, data, stored models, training."""

from sentiment.errors.base import SentimentError


class UsageError(SentimentError):
    """A flag, setting or combination of them that cannot work."""

    code = "usage"
    exit_code = 2


class DataError(SentimentError):
    """Data that cannot be trained on, evaluated or predicted."""

    code = "bad_data"
    exit_code = 2


class Unreachable(DataError):
    """A file at an address whose server does not answer, or answers with an error of its own."""

    code = "unreachable"


class ModelNotFound(SentimentError):
    """No such model in the store, or no model at all."""

    code = "model_not_found"
    http_status = 503
    exit_code = 2


class ModelDamaged(SentimentError):
    """A stored model with a file that is missing or not what was stored."""

    code = "model_damaged"
    http_status = 503
    exit_code = 2


class TrainingError(SentimentError):
    """Training that cannot go on: a loss that is not finite, no memory."""

    code = "training_failed"
