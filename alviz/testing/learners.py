"""What every learner promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from alviz import learners
from alviz.asking import MODEL
from alviz.errors import InvalidInput
from alviz.learners import Fit, Learner, Previous
from alviz.learners.linear import softmax
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.snapshot import Snapshot, check_snapshot
from alviz.task import Classification
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

# Two rows of the made-up pools that are alike, neither of them labeled.
_TWINS = (5, 41)
_SEED = 3

# How far the mean of so many passes with dropout may be from the prediction without: dropout changes a network's
# mean a little, weights that are not the fit's change it by about a half.
_PASSES, _APART = 30, 0.25


def check_learner(learner: Learner, *pools: Pool) -> None:
    """Train `learner` some ten times per pool and refuse it if a fit breaks the contract of learners.

    Parameters
    ----------
    learner : Learner
        Quick ones please: every fit is a whole training. On a CPU: equal streams must give equal bits.
    *pools : Pool
        With labels everywhere; by default 48 made-up images of 8×8, and as many vectors, or, for a learner
        that takes neither, images of 32×32. A pool that the learner refuses is passed over, but one must
        be taken.

    Raises
    ------
    AssertionError
        Saying what was expected.
    """
    check_part(learner, learners.registry)
    taken = _taken(learner, pools or (made_up_pool("image"), made_up_pool("vector")))
    if not pools and not taken:
        taken = _taken(learner, (made_up_pool("image", side=32),))
    expect(taken, f"{learner.name} takes none of the pools.")
    for pool, promised in taken:
        expect(promised <= learner.gives, f"{learner.name}.check promises {sorted(promised - learner.gives)} in vain.")
        # With the pool as its own test split, the reported accuracy can be recomputed.
        pool = replace(pool, X_test=pool.X[::-1], y_test=pool.y[::-1])
        labels = _labels(pool, np.arange(0, len(pool), 3))
        # Whatever this one imports may draw random numbers while it is imported: the guard comes after.
        fit = learner.fit(pool.task, pool, labels, None, np.random.default_rng(_SEED), silent)
        _check_outcome(learner, pool, fit, promised)
        _check_predicts(learner, pool, fit, promised)
        _check_repeats(learner, pool, labels, fit)
        _check_unseen_targets(learner, pool, labels, fit)
        _check_few_labels(learner, pool)
        _check_previous(learner, pool, labels, fit)
        _check_progress(learner, pool, labels)


def _taken(learner: Learner, pools: Iterable[Pool]) -> list[tuple[Pool, frozenset[str]]]:
    """Return the pools that the learner does not refuse, each with what it will give there."""
    taken = []
    for pool in pools:
        try:
            taken.append((pool, learner.check(pool)))
        except InvalidInput:
            continue
    return taken


def made_up_pool(kind: str = "image", seed: int = 0, side: int = 8) -> Pool:
    """Return 48 square images or vectors of 5 numbers in 3 classes, two of them alike."""
    rng = np.random.default_rng(seed)
    y = np.arange(48) % 3
    # Divided by 3 the remainder of a row is its class: the row after next has another one.
    if kind == "image":
        X = rng.integers(0, 90, (48, side, side), dtype=np.uint8)
        for label in range(3):
            X[y == label, :, 2 * label : 2 * label + 2] += 150
    else:
        X = (rng.normal(size=(48, 5)) + 3 * np.eye(3, 5)[y]).astype(np.float32)
    X[_TWINS[1]] = X[_TWINS[0]]
    return Pool(X, y, Classification(("a", "b", "c")), name=f"made-up {kind}s")


def _labels(pool: Pool, ids: np.ndarray[Any, Any]) -> Labels:
    return Labels(frozen(ids.astype(np.int64)), frozen(pool.y[ids]))


def _fit(
    learner: Learner, pool: Pool, labels: Labels, previous: Previous | None = None, report: Report = silent
) -> Fit:
    with untouched_randomness(learner.name):
        fit = learner.fit(pool.task, pool, labels, previous, np.random.default_rng(_SEED), report)
    _check_snapshot(learner, pool, fit)
    return fit


def _check_snapshot(learner: Learner, pool: Pool, fit: Fit) -> None:
    try:
        check_snapshot(fit.snapshot, len(pool), len(pool.classes))
    except InvalidInput as error:
        raise AssertionError(f"{learner.name}: {error}") from error


def _check_outcome(learner: Learner, pool: Pool, fit: Fit, promised: frozenset[str]) -> None:
    """Arrays that fit together, alike for examples that are alike, and metrics that follow from them."""
    _check_snapshot(learner, pool, fit)
    who, snapshot = learner.name, fit.snapshot
    missing = promised - MODEL - snapshot.gives
    expect(not missing, f"{who} promised {sorted(missing)} and does not give it.")
    expect(snapshot.gives <= learner.gives, f"{who} gives {sorted(snapshot.gives - learner.gives)} unannounced.")
    for name, array in {"features": snapshot.features, "probs": snapshot.probs, "loss": snapshot.loss}.items():
        if array is not None and equal(pool.X[_TWINS[0]], pool.X[_TWINS[1]]):
            alike = np.allclose(array[_TWINS[0]], array[_TWINS[1]], rtol=1e-4, atol=1e-5)
            expect(alike, f"{who} gives other {name} to equal examples: is dropout or augmentation on?")
    if snapshot.probs is not None:
        rows = np.allclose(snapshot.probs.sum(axis=1), 1, atol=1e-5) and (snapshot.probs >= 0).all()
        expect(rows, f"{who}: rows of probs are no distributions.")
        expected = pool.task.score(pool.y, snapshot.probs)
        close = fit.metrics.keys() == expected.keys() and all(
            np.allclose(fit.metrics[name], value, rtol=0, atol=1e-6, equal_nan=True) for name, value in expected.items()
        )
        expect(close, f"{who} reports {dict(fit.metrics)} on a test split where its probs give {expected}.")
    if snapshot.head is not None and snapshot.features is not None and snapshot.probs is not None:
        again = softmax(snapshot.features @ snapshot.head.weight.T + snapshot.head.bias)
        expect(np.allclose(again, snapshot.probs, atol=1e-4), f"{who}: features and head do not give the probs.")
    for name, value in fit.weights.items():
        expect(isinstance(value, np.ndarray) and value.dtype != object, f"{who}: weights[{name!r}] is no array.")


def _check_predicts(learner: Learner, pool: Pool, fit: Fit, promised: frozenset[str]) -> None:
    """Want the snapshot's own probabilities from the weights, and passes with dropout that scatter around them."""
    if not promised & MODEL:
        return
    who, weights = learner.name, {name: frozen(value) for name, value in fit.weights.items()}
    expect("predict" in promised and weights, f"{who} promises {sorted(promised & MODEL)} without predict or weights.")

    def predict(X: Any, seed: int | None = None, report: Report = silent) -> Any:
        rng = None if seed is None else np.random.default_rng(seed)
        with untouched_randomness(who):
            probs = learner.predict(pool, weights, X, report, rng)
        fits = probs.shape == (len(X), len(pool.classes)) and probs.dtype == np.float32
        expect(
            fits, f"{who} predicts {probs.dtype} {probs.shape} for {len(X)} examples of {len(pool.classes)} classes."
        )
        rows = np.allclose(probs.sum(axis=1), 1, atol=1e-5) and (probs >= 0).all()
        expect(rows, f"{who}: rows of what it predicts are no distributions.")
        return probs

    expected = fit.snapshot.probs
    for rows in (slice(None), [7, 3]):
        close = expected is not None and np.allclose(predict(pool.X[rows]), expected[rows], rtol=0, atol=1e-4)
        expect(close, f"{who} predicts by its weights something else than the probs of its snapshot.")
    reports: list[tuple[str, int, int]] = []
    predict(pool.X, report=lambda *report: reports.append(report))
    check_reports(reports, ("embed",), who)
    check_stops(lambda report: predict(pool.X, report=report), len(reports), who)
    if "stochastic" in promised:
        _check_stochastic(who, lambda seed: predict(pool.X, seed), predict(pool.X))


def _check_stochastic(who: str, stochastic: Callable[[int], Any], plain: Any) -> None:
    first = stochastic(1)
    with other_global_state():
        again = stochastic(1)
    expect(equal(first, again), f"{who} makes two stochastic passes of the same stream.")
    expect(not equal(first, stochastic(2)), f"{who} makes the same stochastic pass of every stream: is dropout on?")
    mean = np.mean([stochastic(seed) for seed in range(_PASSES)], axis=0)
    apart = float(np.abs(mean - plain).sum(axis=1).mean() / 2)
    expect(
        apart < _APART,
        f"{who}: the mean of {_PASSES} stochastic passes is {apart:.2f} (total variation) from what it predicts "
        f"without dropout, expected less than {_APART}.",
    )


def _check_repeats(learner: Learner, pool: Pool, labels: Labels, fit: Fit) -> None:
    with other_global_state(), untouched_randomness(learner.name):
        learner.check(pool)
        again = _fit(learner, pool, labels)
    expect(_same(fit, again), f"{learner.name} gives two results for the same stream.")


def _check_unseen_targets(learner: Learner, pool: Pool, labels: Labels, fit: Fit) -> None:
    """Targets outside the labels do not matter, those of the test split only to the metrics."""
    hidden = np.full(len(pool), -1)
    blind = _fit(learner, replace(pool, y=hidden), labels)
    expect(_same(fit, blind), f"{learner.name} reads targets that nobody labeled.")
    untested = _fit(learner, replace(pool, X_test=None, y_test=None), labels)
    expect(not untested.metrics, f"{learner.name} reports {dict(untested.metrics)} without a test split.")
    expect(_same(fit, untested, metrics=False), f"{learner.name} learns otherwise when there is a test split.")


def _check_few_labels(learner: Learner, pool: Pool) -> None:
    """Train with a class that has no label, with one label, and without any if the learner starts cold."""
    for ids in (np.flatnonzero(pool.y != pool.y[0])[:7], np.array([4])):
        _fit(learner, pool, _labels(pool, ids))
    if learner.gives_cold:
        cold = _fit(learner, pool, _labels(pool, np.zeros(0, dtype=np.int64))).snapshot.gives
        expect(learner.gives_cold <= cold, f"{learner.name} gives no {sorted(learner.gives_cold - cold)} cold.")


def _check_previous(learner: Learner, pool: Pool, labels: Labels, fit: Fit) -> None:
    """Refuse writing to the fit before."""
    weights = {name: frozen(value) for name, value in fit.weights.items()}
    _fit(learner, pool, labels, Previous(weights))
    expect(all(equal(weights[name], fit.weights[name]) for name in weights), f"{learner.name} changes old weights.")


def _check_progress(learner: Learner, pool: Pool, labels: Labels) -> None:
    reports: list[tuple[str, int, int]] = []
    _fit(learner, pool, labels, report=lambda *report: reports.append(report))
    check_reports(reports, ("train", "embed"), learner.name)
    phases = {phase for phase, _, _ in reports}
    expect(phases == {"train", "embed"}, f"{learner.name} reports {sorted(phases)}, expected train and embed.")
    check_stops(lambda report: _fit(learner, pool, labels, report=report), len(reports), learner.name)


def _same(a: Fit, b: Fit, metrics: bool = True) -> bool:
    return _same_arrays(_arrays(a), _arrays(b)) and (not metrics or repr(a.metrics) == repr(b.metrics))


def _arrays(fit: Fit) -> dict[str, Any]:
    snapshot: Snapshot = fit.snapshot
    head = {} if snapshot.head is None else {"head.weight": snapshot.head.weight, "head.bias": snapshot.head.bias}
    loss = {} if snapshot.loss is None else {"loss": snapshot.loss}
    return {"features": snapshot.features, "probs": snapshot.probs, **loss, **head, **fit.weights}


def _same_arrays(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    return a.keys() == b.keys() and all(equal(a[name], b[name]) for name in a)
