"""The data that command lines, HTTP and files share: predictions and model cards.

Schemas are plain data, checked by pydantic. They do nothing but build themselves.
"""

from sentiment.schema.answers import (
    Answer,
    BatchResult,
    Contribution,
    DecidedBy,
    Explanation,
    Place,
    Prediction,
    Sentence,
    WarningCode,
)
from sentiment.schema.base import Probability, Schema
from sentiment.schema.card import (
    AbilityResult,
    BehaviourReport,
    Calibration,
    DataSummary,
    EpochMetrics,
    Export,
    MethodComparison,
    MethodResult,
    ModelCard,
    Parity,
    ReliabilityBin,
    RiskCoverage,
    RiskPoint,
    TextProfile,
    TrainingMethod,
    Truncation,
)
from sentiment.schema.cascade import CascadeCard, CascadePoint, CascadeRule, Combination
from sentiment.schema.error import ErrorBody, ErrorDetail
from sentiment.schema.feedback import FeedbackRecord, FeedbackReply, FeedbackRequest
from sentiment.schema.requests import BatchRequest, PredictRequest, Wishes
from sentiment.schema.served import Doubt, EngineInfo, Liveness, Readiness, ServedModel

__all__ = [
    "AbilityResult",
    "Answer",
    "BatchRequest",
    "BatchResult",
    "BehaviourReport",
    "Calibration",
    "CascadeCard",
    "CascadePoint",
    "CascadeRule",
    "Combination",
    "Contribution",
    "DataSummary",
    "DecidedBy",
    "Doubt",
    "EngineInfo",
    "EpochMetrics",
    "ErrorBody",
    "ErrorDetail",
    "Explanation",
    "Export",
    "FeedbackRecord",
    "FeedbackReply",
    "FeedbackRequest",
    "Liveness",
    "MethodComparison",
    "MethodResult",
    "ModelCard",
    "Parity",
    "Place",
    "PredictRequest",
    "Prediction",
    "Probability",
    "Readiness",
    "ReliabilityBin",
    "RiskCoverage",
    "RiskPoint",
    "Schema",
    "Sentence",
    "ServedModel",
    "TextProfile",
    "TrainingMethod",
    "Truncation",
    "WarningCode",
    "Wishes",
]
