"""What a sampler left beside its picks, in plain pictures: chosen by the shape of what it left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures import class_colors
from alviz.scenes import Picks, Scene
from alviz.views import sparks

WORDS = {
    "adjacency_accuracy": "adjacency accuracy of the graph",
    "adjacency_k": "neighbors that it looks at",
    "confidence": "confidence of being labeled",
    "costs": "sum of distances, round by round",
    "discriminator_losses": "training loss of the discriminator, step by step",
    "embedding": "hidden embedding of the graph's nodes",
    "entropy": "entropy of the virtual labels",
    "cluster": "cluster of every example",
    "gain": "gain of each pick",
    "gap": "share of the radius that is not proved",
    "kl": "change by an adversarial step (KL divergence)",
    "lower": "proved lower bound of the radius, as it rose",
    "losses": "training loss, step by step",
    "m_candidates": "candidates that change most",
    "nodes": "nodes of the graph",
    "outcome": "what came of the search",
    "outliers": "candidates farther away than the radius",
    "pseudo_ids": "unlabeled examples with a pseudo-label",
    "pseudo_labels": "their pseudo-labels",
    "radius": "radius that is left, outliers aside",
    "residual": "residual of the linear solution",
    "seconds": "seconds of each change of the bounds",
    "stage": "who picked",
    "uncertainty": "what the learner is unsure of, 0 to 1",
    "upper": "radius of the best selection, as it fell",
    "virtual_labels": "virtual labels by class",
    "virtual_probs": "virtual labels as probabilities",
}
# Their gain is the distance to what was labeled or picked before: the last one is the radius that is left.
_CORE_SETS = ("coreset", "core_gcn")
# One picture where all three are there: bounds that close in on each other.
_BOUNDS = ("seconds", "upper", "lower")
_IDS = ("nodes", "m_candidates", "outliers", "pseudo_ids")


@dataclass(frozen=True)
class Extra:
    """One thing that a sampler left.

    Attributes
    ----------
    title : str
        Its name in words.
    value : str
        What it is, or its range, in words.
    picture : str
        SVG; empty where words say it all.
    groups : tuple of str
        What the picture tells apart.
    said : tuple of str
        What is said of each group below the picture; by default its name.
    """

    title: str
    value: str
    picture: str = ""
    groups: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def extras(scene: Scene, picks: Picks) -> list[Extra]:
    """Return all that a sampler left beside its picks and scores, plain numbers first."""
    left = picks.selection.extra
    nodes = left.get("nodes")
    bounds = _bounds(left)
    told = [_closing_in(*bounds)] if bounds else []
    told += [_told(scene, picks, name, left[name], nodes) for name in sorted(left) if not bounds or name not in _BOUNDS]
    gain = np.asarray(left.get("gain", ()))
    if picks.sampler["name"] in _CORE_SETS and gain.ndim == 1 and gain.size:
        told.append(Extra("core-set radius at the last pick", sparks.short(float(gain[-1]))))
    return sorted(told, key=lambda extra: bool(extra.picture))


def _told(scene: Scene, picks: Picks, name: str, value: Any, nodes: Any) -> Extra:
    title = WORDS.get(name, name.replace("_", " "))
    if np.ndim(value) == 0:
        return Extra(title, _scalar(value))
    array = np.asanyarray(value)
    if name in _IDS or array.ndim != 1 or array.dtype.kind not in "fiub" or array.size == 0:
        return Extra(title, _shape(name, array))
    if len(array) == len(picks.selection) and name != "losses":
        places = [f"id {id}, picked {i}: {sparks.short(v)}" for i, (id, v) in _numbered(picks, array)]
        return Extra(title, _range(array), sparks.bars(array, places))
    rows = _rows(scene, array, nodes)
    if rows is None:
        return Extra(title, f"{_range(array)} in {len(array):,}", sparks.line(array))
    if array.dtype.kind in "iu" and array.min() >= 0 and array.max() < len(scene.classes):
        return _by_class(scene, title, array)
    return _spread(scene, picks, title, array, rows)


def _bounds(left: Mapping[str, Any]) -> tuple[NDArray[np.float64], ...] | None:
    """Return seconds, upper and lower bounds where a sampler left all three, moment by moment; else None."""
    if not all(name in left and np.asanyarray(left[name]).dtype.kind in "fiu" for name in _BOUNDS):
        return None
    bounds = tuple(np.asarray(left[name], dtype=np.float64) for name in _BOUNDS)
    seconds = bounds[0]
    if seconds.ndim != 1 or seconds.size == 0 or any(array.shape != seconds.shape for array in bounds):
        return None
    plain = np.isfinite(bounds).all() and (np.diff(seconds) >= 0).all()
    return bounds if plain else None


def _closing_in(seconds: NDArray[np.float64], upper: NDArray[np.float64], lower: NDArray[np.float64]) -> Extra:
    """Return one picture of how far a search came: what it found, what it proved, and what is open between them."""
    moments = [
        f"after {sparks.short(at)} s: found {sparks.short(high)}, proved {sparks.short(low)}, {_gap(high, low)}"
        for at, high, low in zip(seconds.tolist(), upper.tolist(), lower.tolist(), strict=True)
    ]
    title, value = "bounds of the radius", f"{_gap(upper[-1], lower[-1])} after {sparks.short(seconds[-1])} s"
    said = tuple(
        f"{name} {sparks.short(bound[0])} → {sparks.short(bound[-1])}"
        for name, bound in (("found", upper), ("proved", lower))
    )
    label = f"{title}, {', '.join(said)}, {value}"
    return Extra(title, value, sparks.bounds(seconds, upper, lower, moments, label), ("found", "proved"), said)


def _gap(upper: float, lower: float) -> str:
    """Return in words how much of an upper bound is not proved to be needed."""
    return f"gap {0.0 if upper <= lower else 100 * (1 - lower / upper):.3g} %"


def _numbered(picks: Picks, array: NDArray[Any]) -> Any:
    return enumerate(zip(picks.selection.ids.tolist(), array.tolist(), strict=True), 1)


def _rows(scene: Scene, array: NDArray[Any], nodes: Any) -> NDArray[np.int64] | None:
    """Return the pool row of each entry, None where entries are not examples."""
    if len(array) == scene.size:
        return np.arange(scene.size)
    if np.ndim(nodes) == 1 and len(nodes) == len(array):
        return np.asarray(nodes, dtype=np.int64)
    return None


def _spread(scene: Scene, picks: Picks, title: str, array: NDArray[Any], rows: NDArray[np.int64]) -> Extra:
    """Return a histogram that tells the labeled, the picked and all others apart."""
    kind = np.zeros(scene.size, dtype=np.uint8)
    kind[scene.labels.ids], kind[picks.selection.ids] = 1, 2
    names = ("unlabeled", "labeled", "picked")
    groups = [(name, array[kind[rows] == i]) for i, name in enumerate(names)]
    there = [(name, values) for name, values in groups if np.isfinite(values).any()]
    return Extra(title, _range(array), sparks.histogram(there), tuple(name for name, _ in there))


def _by_class(scene: Scene, title: str, array: NDArray[Any]) -> Extra:
    counted = np.bincount(array, minlength=len(scene.classes)).tolist()
    titles = [f"{name}: {n:,}" for name, n in zip(scene.classes, counted, strict=True)]
    there = sum(n > 0 for n in counted)
    words = f"{there:,} of {len(scene.classes):,} classes among {len(array):,}"
    return Extra(title, words, sparks.counts(counted, titles, class_colors(len(scene.classes))))


def _scalar(value: Any) -> str:
    plain = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return str(plain)
    return f"{plain:,}" if isinstance(plain, int) else sparks.short(plain)


def _range(array: NDArray[Any]) -> str:
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    if finite.size == 0:
        return "no number"
    low, high = sparks.short(float(finite.min())), sparks.short(float(finite.max()))
    return low if low == high else f"{low} to {high}"


def _shape(name: str, array: NDArray[Any]) -> str:
    if name in _IDS and array.ndim == 1:
        return f"{len(array):,} ids"
    return f"{' × '.join(f'{n:,}' for n in array.shape)} {array.dtype}"
