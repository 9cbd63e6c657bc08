"""Colors of points as one small number each: a code into a palette, which is a page's own business to paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import MissingNeeds
from alviz.figures import DARK, LIGHT, class_colors, ranks
from alviz.graphs import knn_graph
from alviz.graphs.propagate import propagate_labels, similarity
from alviz.part import Report, silent
from alviz.scenes.scene import Picks, Scene

NONE = 255
"""The code of what has no color; 65535 where there are more classes than a byte counts."""

# Shares 0..1 become codes 0..254.
_STEPS = NONE - 1
# Neighbors of label propagation, as published (Rethinking, section 4).
_NEIGHBORS = 50


@dataclass(frozen=True)
class Coloring:
    """What a map can be colored by.

    Attributes
    ----------
    title : str
    palette : str
        A key of `palettes`.
    of_picks : bool
        Whether the colors are those of one sampler's answer, not of the fit.
    """

    title: str
    palette: str
    of_picks: bool = False


# What the color of the class is called where the pool itself knows none: then it is what people said.
GIVEN = "label"

COLORINGS: dict[str, Coloring] = {
    "class": Coloring("true class", "classes"),
    "prediction": Coloring("predicted class", "classes"),
    "right": Coloring("right or wrong", "right"),
    "score": Coloring("score", "score", of_picks=True),
    "entropy": Coloring("entropy", "uncertain"),
    "margin": Coloring("margin", "margin"),
    "certainty": Coloring("pseudo-label certainty", "certain"),
    "acquired": Coloring("cycle of acquisition", "cycles"),
}


def codes(
    scene: Scene, coloring: str, picks: Picks | None = None, report: Report = silent
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return the code (n,) of every example under one of `COLORINGS`.

    Parameters
    ----------
    scene : Scene
    coloring : str
    picks : Picks, optional
        Whose scores are meant by ``"score"``.
    report : callable
        Progress of ``"certainty"``, which searches neighbors and propagates labels.

    Returns
    -------
    ndarray of uint8, or of uint16 for more than 255 classes
        The largest number of the dtype is for what has no color.

    Raises
    ------
    MissingNeeds
        If ``"certainty"`` is asked of a cycle without features.
    """
    match coloring:
        case "class":
            return _counted(scene.truth, len(scene.classes))
        case "prediction":
            return _counted(scene.prediction, len(scene.classes))
        case "right":
            known = (scene.truth >= 0) & (scene.prediction >= 0)
            return _counted(np.where(known, scene.truth != scene.prediction, -1), 2)
        case "score":
            return _shares(np.full(scene.size, -1.0) if picks is None else ranks(picks.selection.scores))
        case "entropy":
            return _shares(_entropy(scene))
        case "margin":
            return _shares(_margin(scene))
        case "certainty":
            return _shares(_certainty(scene, report))
        case "acquired":
            return _counted(scene.acquired, scene.cycle + 1)
    raise KeyError(coloring)


def palettes(classes: tuple[str, ...], cycles: int) -> dict[str, dict[str, Any]]:
    """Return every palette: names and colors of its codes, or the stops of a ramp, on light and on dark ground.

    Parameters
    ----------
    classes : tuple of str
    cycles : int
        How many cycles can have acquired an example, beside the initial set.
    """
    colors = list(class_colors(len(classes)))
    moments = ["initial", *(f"cycle {k}" for k in range(cycles))]
    verdict = ["#8b95a0", "#d45c00"]
    return {
        "classes": {"kind": "classes", "names": list(classes), "light": colors, "dark": colors},
        "right": {"kind": "classes", "names": ["right", "wrong"], "light": verdict, "dark": verdict},
        "cycles": {
            "kind": "classes",
            "names": moments,
            "light": _along(LIGHT.scale[1:], len(moments)),
            "dark": _along(DARK.scale[1:], len(moments)),
        },
        "score": _ramp("low score", "high"),
        "uncertain": _ramp("certain", "uncertain"),
        "margin": _ramp("close call", "clear"),
        "certain": _ramp("uncertain", "certain"),
    }


def _ramp(low: str, high: str) -> dict[str, Any]:
    stops = {name: [color for _, color in theme.scale] for name, theme in (("light", LIGHT), ("dark", DARK))}
    return {"kind": "ramp", **stops, "ends": [low, high]}


def _along(scale: tuple[tuple[float, str], ...], n: int) -> list[str]:
    """Return `n` colors, evenly between those of a scale."""
    ends = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for _, color in scale], dtype=np.float64)
    at = np.linspace(0, len(ends) - 1, n)
    mixed = np.stack([np.interp(at, np.arange(len(ends)), ends[:, part]) for part in range(3)], axis=1)
    return ["#" + "".join(f"{round(part):02x}" for part in color) for color in mixed]


def _counted(labels: NDArray[Any], n: int) -> NDArray[Any]:
    """Return labels 0..n-1 as codes; negative ones have none."""
    kind = np.uint8 if n <= NONE else np.uint16
    return np.where(labels < 0, np.iinfo(kind).max, labels).astype(kind)


def _shares(shares: NDArray[Any]) -> NDArray[np.uint8]:
    """Return shares 0..1 as codes; negative ones and NaN have none."""
    there = shares >= 0
    return np.where(there, np.rint(_STEPS * np.where(there, shares, 0).clip(0, 1)), NONE).astype(np.uint8)


def _entropy(scene: Scene) -> NDArray[Any]:
    """Return the entropy (n,) of the prediction as a share of the largest possible, -1 without probabilities."""
    if scene.probs is None:
        return np.full(scene.size, -1.0)
    p = np.asarray(scene.probs, dtype=np.float32)
    largest = np.log(p.shape[1]) if p.shape[1] > 1 else 1.0
    return -(p * np.log(np.maximum(p, 1e-12))).sum(axis=1) / largest


def _margin(scene: Scene) -> NDArray[Any]:
    """Return how far the best class is ahead of the second (n,), 0..1, -1 without probabilities."""
    if scene.probs is None:
        return np.full(scene.size, -1.0)
    p = np.asarray(scene.probs, dtype=np.float32)
    if p.shape[1] == 1:
        return np.ones(scene.size)
    top = np.partition(p, -2, axis=1)[:, -2:]
    return np.asarray(top[:, 1] - top[:, 0])


def _certainty(scene: Scene, report: Report) -> NDArray[Any]:
    """Return the certainty (n,) of pseudo-labels that spread over the kNN graph (Iscen et al. 2019, Eq 11)."""
    features = scene.run.snapshot(scene.cycle).features
    if features is None or not len(scene.labels):
        lacks = "features" if features is None else "labels"
        raise MissingNeeds(
            f"Cycle {scene.cycle} of run {scene.run.name!r} holds no {lacks}: there is nothing to propagate."
        )
    k = min(_NEIGHBORS, len(features) - 1)
    W = similarity(knn_graph(features, k, progress=lambda done, total: report("graph", done, total)))
    labels = scene.labels
    return np.asarray(propagate_labels(W, labels.ids, labels.values, len(scene.classes)).weights)
