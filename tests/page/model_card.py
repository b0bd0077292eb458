"""A card as a trained model has it, with everything that the page draws."""

from sentiment.schema import ModelCard
from tests.support.cards import make_card

_CURVE = [  # least confidence, share, accuracy, log loss, calibration error
    (0.5, 0.986, 0.900, 0.223, 0.027),
    (0.6, 0.916, 0.908, 0.225, 0.033),
    (0.7, 0.868, 0.906, 0.236, 0.043),
    (0.8, 0.782, 0.898, 0.245, 0.041),
    (0.9, 0.660, 0.890, 0.261, 0.033),
    (0.95, 0.536, 0.880, 0.279, 0.032),
    (0.98, 0.384, 0.872, 0.305, 0.026),
]
_BINS = [  # confidence, accuracy, texts
    (0.55, 0.571, 28),
    (0.63, 0.600, 35),
    (0.70, 0.725, 40),
    (0.77, 0.762, 63),
    (0.83, 0.851, 74),
    (0.90, 0.911, 112),
    (0.97, 0.966, 148),
]
_RISKS = [  # confidence, coverage, risk
    (0.97, 0.30, 0.031),
    (0.90, 0.52, 0.048),
    (0.75, 0.81, 0.092),
    (0.50, 1.00, 0.148),
]
_ABILITIES = [("negation near", 60, 12), ("sarcasm told as such", 64, 44), ("emoji", 64, 10)]
_ABILITIES += [("typos", 24, 9), ("verdict late", 56, 6), ("upper case", 24, 0)]
_ABILITIES += [("comparison", 64, 30), ("concessions", 64, 39), ("contractions", 28, 4)]


def full_card() -> ModelCard:
    """Return a card with calibration, cascade, behaviour suite and formats."""
    points = [
        {
            "confidence": least,
            "share": share,
            "accuracy": accuracy,
            "log_loss": loss,
            "expected_calibration_error": error,
            "pairs_right": 0.9,
        }
        for least, share, accuracy, loss, error in _CURVE
    ]
    abilities = [
        {"ability": name, "cases": cases, "failed": failed, "rate": failed / cases}
        for name, cases, failed in _ABILITIES
    ]
    risks = [
        {"confidence": least, "coverage": coverage, "risk": risk}
        for least, coverage, risk in _RISKS
    ]
    return make_card(
        risk_coverage={"texts": 500, "points": risks},
        languages=["en"],
        truncation={"max_length": 64, "policy": "head+tail"},
        data={
            "source": "packaged",
            "fingerprint": "fd403b3c44d60f9e6ab0da35698fed5f80e6044667b5ab9984cf5bf782e6422f",
            "sizes": {"train": 2400, "validation": 500, "test": 5000},
            "class_counts": {
                split: {"negative": size // 2, "positive": size // 2}
                for split, size in (("train", 2400), ("validation", 500), ("test", 5000))
            },
            "dropped_empty": 0,
            "dropped_duplicates": 30,
        },
        calibration={
            "temperature": 1.0,
            "log_loss_before": 0.321,
            "log_loss_after": 0.318,
            "expected_calibration_error_before": 0.048,
            "expected_calibration_error_after": 0.043,
            "reliability": [
                {"confidence": confidence, "accuracy": accuracy, "texts": texts}
                for confidence, accuracy, texts in _BINS
            ],
        },
        behaviour={
            "mean_failure": 0.448,
            "worst_ability": "sarcasm told as such",
            "worst_failure": 0.69,
            "pairs": 146,
            "edited_right": 0.945,
            "both_right": 0.918,
            "abilities": abilities,
        },
        cascade={
            "texts": 17971,
            "bytes": 2097152,
            "temperature": 0.866,
            "ngrams_accuracy": 0.9,
            "encoder_accuracy": 0.87,
            "validation_texts": 500,
            "rule": {"confidence": 0.89, "tokens": 48, "seen": 0.248, "steady": False},
            "chosen": points[4],
            "curve": points,
        },
    )
