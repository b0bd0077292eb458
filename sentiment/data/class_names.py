"""The names that a data set gives to the numbers of its classes, as `ClassLabel` has them.

It spells single labels; which of them become classes of a model is for `labels`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sentiment.data.labels import label_text

_UNLABELLED = -1  # what `datasets` writes where there is no label


def speller(names: Sequence[str]) -> Callable[[Any], str]:
    """Return what spells a label: the name of the class that a number stands for.

    A word that is a name stays, a number as a word too, as `ClassLabel.str2int` has it; -1 is
    no label. What is neither name nor number of a class stays as it is. Without names it is
    `label_text`.
    """
    if not names:
        return label_text
    known = {label_text(name) for name in names}
    numbered = {str(number): label_text(name) for number, name in enumerate(names)}
    numbered[str(_UNLABELLED)] = ""

    def spell(value: Any) -> str:
        text = label_text(value)
        if isinstance(value, str) and text in known:
            return text
        return numbered.get(text, text)

    return spell
