"""What callers say of answers that were wrong, kept in a file that a model can be trained on."""

from sentiment.feedback.file import FeedbackFile

__all__ = ["FeedbackFile"]
