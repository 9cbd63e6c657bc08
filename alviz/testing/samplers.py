"""What every sampler promises."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz import samplers
from alviz.asking import LABELS, check_selection
from alviz.errors import InvalidInput, MissingNeeds
from alviz.learners.linear import softmax
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.samplers import Query, Sampler
from alviz.selection import Selection
from alviz.snapshot import Head, Snapshot
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

_ROWS, _CLASSES, _WANTED = 48, 4, 5


def check_sampler(sampler: Sampler, snapshot: Snapshot | None = None) -> None:
    """Ask `sampler` some twenty questions and refuse it if an answer breaks the contract of samplers.

    Parameters
    ----------
    sampler : Sampler
    snapshot : Snapshot, optional
        What it is asked about, at least 20 rows, no two of them alike; made up by default.

    Raises
    ------
    AssertionError
        Saying what was expected.
    """
    check_part(sampler, samplers.registry)
    cycle = _Cycle.of(snapshot or made_up_snapshot())
    _check_needs(sampler, cycle)
    cycle = replace(cycle, snapshot=_only(cycle.snapshot, sampler.needs))
    for check in (_check_answer, _check_picks, _check_repeats, _check_permuted):
        check(sampler, cycle)


def made_up_snapshot(seed: int = 0) -> Snapshot:
    """Return features after a ReLU, a head, and the probabilities that follow from them."""
    rng = np.random.default_rng(seed)
    features = rng.gamma(1.0, size=(_ROWS, 6)).astype(np.float32)
    head = Head(rng.normal(size=(_CLASSES, 6)).astype(np.float32), rng.normal(size=_CLASSES).astype(np.float32))
    return Snapshot(features, softmax(features @ head.weight.T + head.bias), head)


@dataclass(frozen=True, eq=False)
class _Cycle:
    """A recorded cycle whose labeled rows lie scattered over the pool."""

    snapshot: Snapshot
    pool: Pool
    labels: Labels

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Cycle:
        rng = np.random.default_rng(1)
        n = next((len(array) for array in (snapshot.features, snapshot.probs) if array is not None), _ROWS)
        classes = _CLASSES if snapshot.probs is None else snapshot.probs.shape[1]
        y = rng.permutation(np.arange(n) % classes)
        pool = Pool(rng.integers(0, 256, (n, 8, 8), dtype=np.uint8), y, Classification(tuple(map(str, range(classes)))))
        # The first and the last row are labeled: a position among the others is never its own id.
        ids = frozen(np.concatenate([[0, n - 1], 1 + rng.permutation(n - 2)[: n // 5]]).astype(np.int64))
        return cls(_read_only(snapshot), pool, Labels(ids, frozen(y[ids])))

    @property
    def unlabeled(self) -> NDArray[np.int64]:
        return np.setdiff1d(np.arange(len(self.pool)), self.labels.ids)

    def query(
        self,
        n: int = _WANTED,
        *,
        candidates: NDArray[np.int64] | None = None,
        seed: int = 0,
        report: Report = silent,
    ) -> Query:
        return Query(
            n,
            3,
            self.pool.task,
            self.labels,
            frozen(self.unlabeled if candidates is None else candidates),
            np.random.default_rng(seed),
            self.snapshot,
            len(self.pool),
            self.pool,
            report,
        )

    def permuted(self, order: NDArray[np.int64]) -> _Cycle:
        """Return the same cycle with row ``order[i]`` at place i."""
        place = np.argsort(order)
        features, probs = (None if a is None else a[order] for a in (self.snapshot.features, self.snapshot.probs))
        return _Cycle(
            _read_only(replace(self.snapshot, features=features, probs=probs)),
            replace(self.pool, X=self.pool.X[order], y=self.pool.y[order]),
            Labels(frozen(place[self.labels.ids]), self.labels.values),
        )


def _read_only(snapshot: Snapshot) -> Snapshot:
    head = snapshot.head and Head(frozen(snapshot.head.weight), frozen(snapshot.head.bias))
    features, probs = (None if a is None else frozen(a) for a in (snapshot.features, snapshot.probs))
    return replace(snapshot, features=features, probs=probs, head=head)


def _only(snapshot: Snapshot, names: frozenset[str]) -> Snapshot:
    return replace(snapshot, **dict.fromkeys(snapshot.gives - names))


def _select(sampler: Sampler, query: Query) -> Selection:
    """Return the answer, checked as the runner checks it."""
    with untouched_randomness(sampler.name):
        selection = sampler.select(query)
    try:
        check_selection(selection, query, sampler.name)
    except InvalidInput as error:
        raise AssertionError(str(error)) from error
    scores = selection.scores[query.candidates]
    expect(np.isfinite(scores).all(), f"{sampler.name} gives infinite scores to candidates.")
    return selection


def _check_needs(sampler: Sampler, cycle: _Cycle) -> None:
    """Let `needs` be what a learner can give, and let nothing else be looked at."""
    known = LABELS | {f.name for f in fields(Snapshot)}
    expect(sampler.needs <= known, f"{sampler.name} needs {sorted(sampler.needs - known)}: no learner gives that.")
    missing = sampler.needs - cycle.snapshot.gives - LABELS
    expect(not missing, f"{sampler.name} needs {sorted(missing)}: pass a snapshot that has it.")
    none = np.zeros(0, dtype=np.int64)
    for name in sampler.needs:
        lacking = replace(cycle, snapshot=_only(cycle.snapshot, cycle.snapshot.gives - {name}))
        if name in LABELS:
            lacking = replace(cycle, labels=Labels(none, none))
        try:
            sampler.select(lacking.query())
        except MissingNeeds:
            continue
        raise AssertionError(f"{sampler.name} needs {name}, yet picks without: read query.{name}, or do not need it.")
    try:
        sampler.select(replace(cycle, snapshot=_only(cycle.snapshot, sampler.needs)).query())
    except MissingNeeds as error:
        raise AssertionError(f"{sampler.name} reads what its needs do not name: {error}") from error


def _check_picks(sampler: Sampler, cycle: _Cycle) -> None:
    """Want distinct candidates: of all, of a few, when all are wanted, and when all rows are alike."""
    few = cycle.unlabeled[1::3]
    alike = replace(cycle, snapshot=_repeat_first(cycle.snapshot))
    for query in (
        cycle.query(1, candidates=few),
        cycle.query(len(few), candidates=few),
        cycle.query(len(cycle.unlabeled)),
        alike.query(),
    ):
        _select(sampler, query)


def _repeat_first(snapshot: Snapshot) -> Snapshot:
    features, probs = (None if a is None else a[[0] * len(a)] for a in (snapshot.features, snapshot.probs))
    return _read_only(replace(snapshot, features=features, probs=probs))


def _check_answer(sampler: Sampler, cycle: _Cycle) -> None:
    """Ask once, and look at what is answered, reported and left behind; then stop it half-way."""
    reports: list[tuple[str, int, int]] = []
    query = cycle.query(report=lambda *report: reports.append(report))
    before = _everything(cycle)
    selection = _select(sampler, query)
    changed = [name for name, value in _everything(cycle).items() if value != before[name]]
    expect(not changed, f"{sampler.name} changes its inputs: {', '.join(changed)}.")
    _check_scores(sampler, query, selection)
    check_reports(reports, ("graph", "select"), sampler.name)
    check_stops(lambda report: sampler.select(cycle.query(report=report)), len(reports), sampler.name)


def _check_scores(sampler: Sampler, query: Query, selection: Selection) -> None:
    """Want higher scores for what is more wanted: the picks are the top, or a batch method gives their gain."""
    if "gain" in selection.extra:
        gain = np.asarray(selection.extra["gain"])
        fits = gain.shape == selection.ids.shape and np.isfinite(gain).all()
        expect(fits, f"{sampler.name}: extra['gain'] is {gain}, expected a number for each of {query.n} picks.")
    else:
        picked = selection.scores[selection.ids]
        rest = selection.scores[np.setdiff1d(query.candidates, selection.ids)]
        top = (np.diff(picked) <= 0).all() and picked.min() >= rest.max()
        expect(
            top,
            f"{sampler.name}: the picks are not the highest scores, highest first. A higher score means more wanted; "
            "a batch method puts the gain of each pick into extra['gain'].",
        )
    for name, value in selection.extra.items():
        plain = isinstance(value, (int, float, str, bool)) or np.asarray(value).dtype != object
        expect(plain and name.isidentifier(), f"{sampler.name}: extra[{name!r}] is no number, text or array.")


def _check_repeats(sampler: Sampler, cycle: _Cycle) -> None:
    """Let the stream decide and nothing else; for a deterministic sampler not even the stream."""
    first = _select(sampler, cycle.query(seed=1))
    with other_global_state():
        again = _select(sampler, cycle.query(seed=1))
    expect(_same(first, again), f"{sampler.name} answers the same question, same stream, in two ways.")
    if sampler.deterministic:
        other = _select(sampler, cycle.query(seed=2))
        expect(_same(first, other), f"{sampler.name} says that it is deterministic, and depends on the stream.")


def _same(a: Selection, b: Selection) -> bool:
    return (
        equal(a.ids, b.ids)
        and equal(a.scores, b.scores)
        and a.extra.keys() == b.extra.keys()
        and all(equal(a.extra[name], b.extra[name]) for name in a.extra)
    )


def _everything(cycle: _Cycle) -> dict[str, bytes]:
    shown: dict[str, Any] = {"X": cycle.pool.X, "y": cycle.pool.y}
    shown |= {"labels.ids": cycle.labels.ids, "labels.values": cycle.labels.values}
    shown |= {"features": cycle.snapshot.features, "probs": cycle.snapshot.probs}
    return {name: array.tobytes() for name, array in shown.items() if array is not None}


def _check_permuted(sampler: Sampler, cycle: _Cycle) -> None:
    """Want the same examples of the same pool in another order: ids are rows of the pool."""
    if not sampler.deterministic:
        return
    order = np.random.default_rng(2).permutation(len(cycle.pool))
    picked = _select(sampler, cycle.query()).ids
    moved = order[_select(sampler, cycle.permuted(order).query()).ids]
    expect(
        np.array_equal(picked, moved),
        f"{sampler.name} picks {picked.tolist()}, and {moved.tolist()} when the pool comes in another order: "
        "are positions taken for ids?",
    )
