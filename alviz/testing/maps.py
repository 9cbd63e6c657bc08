"""What every map method promises."""

from __future__ import annotations

from typing import Any

import numpy as np

from alviz import maps
from alviz.maps import MapMethod
from alviz.maps.aligned import align
from alviz.maps.method import Progress, silent
from alviz.part import Report
from alviz.testing.common import (
    check_part,
    check_reports,
    check_stops,
    equal,
    expect,
    frozen,
    other_global_state,
    untouched_randomness,
)

_CLUSTERS, _EACH, _SEED = 3, 24, 3
# Of the five nearest on the map, so many are to be of the same cluster; by chance it would be a third.
_KEPT = 0.7
# With a start, points move at most this share of what they move when only the seed changes.
_STAYS = 0.85

Array = np.ndarray[Any, Any]


def check_map(method: MapMethod) -> None:
    """Make some forty small layouts with `method` and refuse it if one breaks the contract of map methods.

    Parameters
    ----------
    method : MapMethod

    Raises
    ------
    AssertionError
        Saying what was expected.
    """
    check_part(method, maps.registry)
    title = getattr(method, "title", None)
    expect(isinstance(title, str) and title.strip(), f"{method.name} has no title: people could not choose it.")
    features = clusters()
    # Whatever this one imports may draw random numbers while it is imported: the guard comes after.
    method.layout(features, seed=_SEED)
    first = _layout(method, features, _SEED)
    _check_neighbors(method, first)
    _check_repeats(method, features, first)
    _check_start(method, features, first)
    _check_few_and_equal(method, features)
    for start in (None, first):
        _check_progress(method, features, start)


def clusters() -> Array:
    """Return 72 points in three clusters on the axes of a six-dimensional space."""
    rng = np.random.default_rng(0)
    centers = np.repeat(np.eye(_CLUSTERS, 6), _EACH, axis=0)
    return (8 * centers + rng.normal(size=centers.shape)).astype(np.float32)


def _layout(
    method: MapMethod, features: Array, seed: int, start: Array | None = None, progress: Progress = silent
) -> Array:
    """Return a layout, made of arrays that cannot be written to."""
    start = None if start is None else frozen(start)
    with untouched_randomness(method.name):
        xy = method.layout(frozen(features), seed=seed, start=start, progress=progress)
    what = f"{type(xy).__name__} {getattr(xy, 'dtype', '')} {getattr(xy, 'shape', '')}"
    sound = isinstance(xy, np.ndarray) and xy.dtype == np.float32 and xy.shape == (len(features), 2)
    expect(sound, f"{method.name} lays {len(features)} points out as {what}, expected float32 (n, 2).")
    expect(np.isfinite(xy).all(), f"{method.name} gives coordinates that are not finite to {len(features)} points.")
    return xy


def _check_neighbors(method: MapMethod, xy: Array) -> None:
    squares = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    cluster = np.arange(len(xy)) // _EACH
    kept = float((cluster[squares.argsort(axis=1)[:, :5]] == cluster[:, None]).mean())
    expect(
        kept >= _KEPT,
        f"{method.name} mixes clusters that are far apart: {kept:.2f} of the nearest five are of a point's own, "
        f"expected at least {_KEPT}.",
    )


def _check_repeats(method: MapMethod, features: Array, first: Array) -> None:
    with other_global_state(), untouched_randomness(method.name):
        again = _layout(method, features, _SEED)
    expect(equal(first, again), f"{method.name} gives two layouts for the same seed.")


def _check_start(method: MapMethod, features: Array, first: Array) -> None:
    seeds = range(_SEED + 1, _SEED + 5)
    warm = float(np.mean([_moved(_layout(method, features, seed, start=first), first) for seed in seeds]))
    cold = float(np.mean([_moved(_layout(method, features, seed), first) for seed in seeds]))
    # What knows no chance, such as principal components, does not move anyhow.
    expect(
        warm <= max(_STAYS * cold, 1e-3),
        f"{method.name} does not honor its start: points move {warm:.3f} of the map's size with it and {cold:.3f} "
        f"when only the seed changes, expected at most {_STAYS} of that.",
    )


def _moved(xy: Array, reference: Array) -> float:
    """Return the mean way from `reference` as a share of that map's size; how a map lies round does not count."""
    ways = np.linalg.norm(align(xy, reference) - reference, axis=1)
    return float(ways.mean() / np.linalg.norm(reference - reference.mean(axis=0), axis=1).mean())


def _check_few_and_equal(method: MapMethod, features: Array) -> None:
    """Lay out next to nothing, and points that coincide, cold and from a start."""
    few = {f"{n} points": features[::5][:n] for n in (1, 2, 3, 5, 6, 7, 12)}
    alike = {"20 equal points": np.ones((20, 4), np.float32), "20 points of zeros": np.zeros((20, 4), np.float32)}
    for what, some in (few | alike).items():
        try:
            xy = _layout(method, some, _SEED)
            _layout(method, some, _SEED, start=xy)
            _layout(method, some, _SEED, start=np.zeros_like(xy))
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(f"{method.name} cannot lay out {what}: {type(error).__name__}: {error}") from error


def _check_progress(method: MapMethod, features: Array, start: Array | None) -> None:
    def work(report: Report) -> None:
        _layout(method, features, _SEED, start, lambda done, total: report("map", done, total))

    reports: list[tuple[str, int, int]] = []
    work(lambda *report: reports.append(report))
    check_reports(reports, ("map",), method.name)
    expect(reports, f"{method.name} reports no progress: it could not be stopped.")
    shares = [done / total for _, done, total in reports]
    expect(shares == sorted(shares), f"{method.name} reports progress that goes back.")
    check_stops(work, len(reports), method.name)
