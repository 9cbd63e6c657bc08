"""Stabilizing predictions: whether what was labeled last still changes what the model says.

Bloodgood, Vijay-Shanker. A method for stopping active learning based on stabilizing predictions and the need for
user-adjustable stopping. CoNLL 2009.

The paper compares consecutive models on a fixed set of examples that need no labels, by Cohen's kappa, and stops once
the mean of the last 3 kappas is at least 0.99. Here this is a hint, and the accuracy must stand still as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput

# As in the paper: comparisons, and what their mean kappa must reach.
WINDOW = 3
KAPPA = 0.99
# On fewer examples one change alone leaves kappa below 0.99: it is reached by none at all or not.
FEWEST = 100


@dataclass(frozen=True)
class Hint:
    """That more labels of the same kind may change little.

    Attributes
    ----------
    kappas : tuple of float
        Cohen's kappa of each comparison, oldest first.
    changed : tuple of float
        The share of the examples on which the predicted class changed, per comparison.
    labels : int
        How many labels came in all of them.
    measured : str
        What the accuracy is called; empty where there is none.
    moved, error : float
        The largest distance of the last accuracy from those before, and its standard error; NaN where there is none.
    """

    kappas: tuple[float, ...]
    changed: tuple[float, ...]
    labels: int
    measured: str = ""
    moved: float = float("nan")
    error: float = float("nan")

    @property
    def text(self) -> str:
        """One sentence for people."""
        most = max(self.changed)
        share = f"changed on at most {100 * most:.1f} % of the unlabeled examples" if most else "did not change"
        text = (
            f"Predictions {share} in each of the last {len(self.kappas)} steps, {self.labels} labels in all "
            f"(mean kappa {np.mean(self.kappas):.3f})"
        )
        if self.measured:
            text += f", and the {self.measured} moved by less than its standard error ({100 * self.error:.1f} %)"
        return f"{text}: more labels of this kind may change little."


def cohens_kappa(a: NDArray[np.integer], b: NDArray[np.integer]) -> float:
    """Return the agreement of two predictions (n,) beyond chance, (p_o - p_e) / (1 - p_e), at most 1.

    NaN if both say one and the same class everywhere: agreement is then no news.

    Raises
    ------
    InvalidInput
        If they are not of the same examples, or of none.
    """
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        raise InvalidInput(f"Kappa compares two predictions of the same examples, got {a.shape} and {b.shape}.")
    classes = int(max(a.max(), b.max())) + 1
    chance = float(np.bincount(a, minlength=classes) @ np.bincount(b, minlength=classes)) / a.size**2
    return (float((a == b).mean()) - chance) / (1 - chance) if chance < 1 else float("nan")


def stopping_hint(
    predictions: Sequence[NDArray[np.integer]],
    labels: int,
    accuracies: Sequence[float] = (),
    error: float = float("nan"),
    measured: str = "accuracy",
) -> Hint | None:
    """Return a hint if the last predictions have settled and the accuracy has, else None.

    Parameters
    ----------
    predictions : sequence of ndarray of int, (n,)
        The predicted class numbers of the same examples by the last four fits, oldest first. Fewer fits, or fewer
        than 100 examples, give no hint.
    labels : int
        How many labels the last of them learned from beyond the first.
    accuracies : sequence of float
        Of the same fits; empty if none is measured. One that is NaN is not known to stand still: no hint.
    error : float
        The standard error of the last one.
    measured : str
        What the accuracy is called in the sentence.
    """
    if len(predictions) <= WINDOW or predictions[-1].size < FEWEST:
        return None
    last = predictions[-WINDOW - 1 :]
    pairs = list(pairwise(last))
    kappas = tuple(cohens_kappa(before, after) for before, after in pairs)
    if not np.mean(kappas) >= KAPPA:
        return None
    changed = tuple(float((before != after).mean()) for before, after in pairs)
    if len(accuracies) == 0:
        return Hint(kappas, changed, labels)
    recent = np.array(accuracies[-WINDOW - 1 :], dtype=np.float64)
    moved = float(np.abs(recent - recent[-1]).max())
    return Hint(kappas, changed, labels, measured, moved, float(error)) if moved < error else None
