"""Everything there is to say about one example at one cycle: for a tooltip, for the inspector."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from alviz.scenes import Picks, Scene
from alviz.selection import Selection
from alviz.views.state import Answer

# How many of the most probable classes are told.
_MOST_PROBABLE = 3

_sorted_scores: WeakKeyDictionary[Selection, NDArray[np.float32]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Rank:
    """Where an example stands among the candidates of one sampler.

    Attributes
    ----------
    sampler : str
    score : float
    place : int
        1 is the most wanted; equal scores share the best of their places.
    candidates : int
        How many have a score.
    percentile : int
        0..100: the share of the other candidates below it, equal ones counted half, rounded down.
    """

    sampler: str
    score: float
    place: int
    candidates: int
    percentile: int


@dataclass(frozen=True)
class Facts:
    """What is known of one example at one cycle.

    Attributes
    ----------
    id : int
    row_name : str or None
        What the data's owner calls the row.
    classes : tuple of str
    truth : int
        The true class, or what was answered; -1 where neither is known.
    known : bool
        Whether the pool itself knows the class.
    probable : tuple of (int, float)
        The most probable classes with their probabilities, at most three; empty without probabilities.
    standing : str
        Whether and how it was labeled or picked.
    wanted : tuple of str
        Which compared samplers would pick it.
    ranks : tuple of Rank
        Under the shown sampler, then under the compared ones; those left out that give it no score.
    """

    id: int
    row_name: str | None
    classes: tuple[str, ...]
    truth: int
    known: bool
    probable: tuple[tuple[int, float], ...]
    standing: str
    wanted: tuple[str, ...]
    ranks: tuple[Rank, ...]

    @property
    def title(self) -> str:
        """The id, and the row's name where it has one."""
        return f"id {self.id}" if self.row_name is None else f"id {self.id} · {self.row_name}"

    @property
    def prediction(self) -> int:
        """The predicted class, -1 without probabilities."""
        return self.probable[0][0] if self.probable else -1

    @property
    def right(self) -> bool | None:
        """Whether the prediction is the true class; None where either is not known."""
        return None if -1 in (self.truth, self.prediction) else self.truth == self.prediction

    def class_name(self, label: int) -> str:
        """Return the name of a class, or that it is not known."""
        return "unknown" if label < 0 else self.classes[label]

    def lines(self) -> list[tuple[str, str]]:
        """Return the lines below the title as plain text, each with its kind: ``"soft"`` or ``""``."""
        what = [] if self.truth < 0 else [f"{'true' if self.known else 'labeled'} {self.class_name(self.truth)}"]
        if self.probable:
            label, share = self.probable[0]
            what.append(f"predicted {self.class_name(label)} ({share:.2f})")
        if self.right is False:
            what.append("wrong" if self.known else "not as labeled")
        lines = [(" · ".join(what) or "class not known", "soft"), (self.standing, "")]
        if self.wanted:
            lines.append((" · ".join(self.wanted), "soft"))
        if self.ranks:
            told = ", ".join(f"{rank.sampler} {ordinal(rank.percentile)}" for rank in self.ranks)
            lines.append((f"score: {told} percentile", "soft"))
        return lines


def facts(scene: Scene, picks: Picks | None, compared: Iterable[Answer], id: int) -> Facts:
    """Return what is known of an example; nothing of the pool's size is computed but once per selection.

    Parameters
    ----------
    scene : Scene
    picks : Picks or None
        Those of the shown sampler.
    compared : iterable of Answer
        Those that have not answered are left out.
    id : int
        A pool row.
    """
    answered = [(answer.name, answer.selection) for answer in compared if answer.selection is not None]
    asked = [] if picks is None else [(str(picks.sampler["name"]), picks.selection)]
    ranks = [rank(name, selection, id) for name, selection in (*asked, *answered)]
    places = [(name, place(selection, id)) for name, selection in answered]
    return Facts(
        id=int(id),
        row_name=scene.row_name(id),
        classes=scene.classes,
        truth=int(scene.truth[id]),
        known=bool(scene.pool is not None and scene.pool.known[id]),
        probable=_probable(scene, id),
        standing=_standing(scene, picks, id),
        wanted=tuple(f"{name} would pick it {ordinal(at)}" for name, at in places if at is not None),
        ranks=tuple(one for one in ranks if one is not None),
    )


def rank(sampler: str, selection: Selection, id: int) -> Rank | None:
    """Return where an example stands among a sampler's candidates, None where it has no score."""
    score = np.float32(selection.scores[id])
    if not np.isfinite(score):
        return None
    ascending = _ascending(selection)
    n = len(ascending)
    low, high = (int(np.searchsorted(ascending, score, side)) for side in ("left", "right"))
    # Whole numbers: a share in floating point could fall short of the percent that it is.
    percentile = 100 if n == 1 else 100 * (low + high - 1) // (2 * (n - 1))
    return Rank(sampler, float(score), n - high + 1, n, percentile)


def place(selection: Selection, id: int) -> int | None:
    """Return as which an example was picked, counted from 1; None where it was not."""
    found = np.flatnonzero(selection.ids == id)
    return int(found[0]) + 1 if len(found) else None


def ordinal(n: int) -> str:
    """Return 1st, 2nd, 3rd, ..."""
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"


def _ascending(selection: Selection) -> NDArray[np.float32]:
    """Return the scores of all candidates, sorted once for each selection."""
    if selection not in _sorted_scores:
        scores = selection.scores
        _sorted_scores[selection] = np.sort(scores[np.isfinite(scores)])
    return _sorted_scores[selection]


def _probable(scene: Scene, id: int) -> tuple[tuple[int, float], ...]:
    if scene.probs is None:
        return ()
    row = np.asarray(scene.probs[id], dtype=np.float32)
    best = np.argsort(-row, kind="stable")[:_MOST_PROBABLE]
    return tuple((int(label), float(row[label])) for label in best)


def _standing(scene: Scene, picks: Picks | None, id: int) -> str:
    when = int(scene.acquired[id])
    if when >= 0:
        words = "labeled at the start" if when == 0 else f"answered in cycle {when - 1}"
        label = int(scene.labels.values[scene.labels.ids == id][-1])
        return words if label == scene.truth[id] else f"{words} as {scene.classes[label]}"
    at = None if picks is None else place(picks.selection, id)
    if picks is None or at is None:
        return "unlabeled"
    verb = "would be picked" if picks.preview else "picked"
    return f"{verb} {ordinal(at)} by {picks.sampler['name']}"
