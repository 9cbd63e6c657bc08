"""What every sampler promises."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from alviz import samplers
from alviz.asking import LABELS, MODEL, TRUTH
from alviz.errors import MissingNeeds
from alviz.samplers import Query, Sampler
from alviz.selection import Selection
from alviz.snapshot import Snapshot
from alviz.testing.answers import answer, same, unchecked
from alviz.testing.common import check_part, check_reports, check_stops, equal, expect, other_global_state
from alviz.testing.cycle import CYCLE, Cycle, made_up_snapshot, rows_of
from alviz.testing.order import check_order
from alviz.testing.work import check_heard


def check_sampler(sampler: Sampler, snapshot: Snapshot | None = None) -> None:
    """Put some questions to `sampler`, and refuse it if an answer breaks the contract of samplers.

    Every question has its labeled rows scattered over the pool. The rules, each with a sentence of its own:

    - the picks are distinct int64 ids of candidates, as many as are wanted, also if that is all that is left, with one
      label or, unless `needs` names labels, none, and where rows of the pool are duplicates;
    - scores are NaN exactly off the candidates;
    - inputs stay as they are; no global random state is touched;
    - `needs` is what is read, no more and no less, and the true labels only with ``truth`` in it;
    - the same stream gives the same picks; of a deterministic sampler any stream;
    - the order of the rows decides nothing: not the picks of a deterministic sampler, and not the distribution of the
      picks of the others. Over 200 streams for thirty rows and as many for the same in reverse, a sound sampler is
      refused at most once in a million times, and since the streams are fixed, always or never. Samplers with `trains`
      are not asked;
    - parameters come back from JSON, and their bounds hold;
    - a stop is heard: reports come often enough, and what they raise ends the work.

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
    snapshot = snapshot or made_up_snapshot()
    cycle = Cycle.of(snapshot, rows_of(snapshot))
    _check_needs(sampler, cycle)
    cycle = cycle.only(sampler.at(CYCLE).needs)
    for check in (_check_answer, _check_picks, _check_labels, _check_repeats, _check_truth, check_order, check_heard):
        check(sampler, cycle)


def _check_needs(sampler: Sampler, cycle: Cycle) -> None:
    """Let `needs` be what a learner can give, and let nothing else be looked at."""
    known = LABELS | MODEL | TRUTH | {f.name for f in fields(Snapshot)}
    expect(sampler.needs <= known, f"{sampler.name} needs {sorted(sampler.needs - known)}: no learner gives that.")
    needs = sampler.at(CYCLE).needs
    expect(needs <= sampler.needs, f"{sampler.name} needs {sorted(needs - sampler.needs)} in a cycle, unannounced.")
    missing = needs - cycle.snapshot.gives - LABELS - cycle.lent
    expect(not missing, f"{sampler.name} needs {sorted(missing)}: pass a snapshot that has it.")
    for name in sorted(needs):
        lacking = cycle.only((cycle.snapshot.gives | cycle.lent) - {name})
        if name in LABELS:
            lacking = lacking.labeled(cycle.labels.ids[:0])
        try:
            sampler.select(lacking.query())
        except MissingNeeds:
            continue
        except Exception as error:  # whatever it raises in place of the one sentence that says what is missing
            raise AssertionError(
                f"{sampler.name} needs {name}, and without fails with {type(error).__name__}: {error}; expected "
                "MissingNeeds."
            ) from error
        raise AssertionError(f"{sampler.name} needs {name}, yet picks without: read query.{name}, or do not need it.")
    # Asked without a look at the random states first: what is imported by then may have drawn.
    unchecked(sampler, cycle.only(needs).query())


def _check_picks(sampler: Sampler, cycle: Cycle) -> None:
    """Want distinct candidates: of all, of a few, when all are wanted, and when rows are alike."""
    few, rows = cycle.unlabeled[1::3], np.arange(len(cycle.pool))
    pairs, alike = cycle.showing(rows // 2), cycle.showing(rows * 0)
    answer(sampler, cycle.query(1, candidates=few), " when one of a few is wanted")
    answer(sampler, cycle.query(len(few), candidates=few), " when all of a few are wanted")
    answer(sampler, cycle.query(1, candidates=few[-1:]), " when one is left")
    answer(sampler, cycle.query(len(cycle.unlabeled)), " when all that is left is wanted")
    for doubled in (pairs, alike):
        when = " when every row is there twice" if doubled is pairs else " when all rows are alike"
        answer(sampler, doubled.query(), when)
        answer(sampler, doubled.query(len(doubled.unlabeled)), f"{when} and all are wanted")


def _check_labels(sampler: Sampler, cycle: Cycle) -> None:
    """Want picks with one label, and with none unless `needs` says that there has to be one."""
    answer(sampler, cycle.labeled(cycle.labels.ids[2:3]).query(), " when one row is labeled")
    if not sampler.at(CYCLE).needs & LABELS:
        answer(sampler, cycle.labeled(cycle.labels.ids[:0]).query(), " when none is labeled, and needs names no labels")


def _check_truth(sampler: Sampler, cycle: Cycle) -> None:
    """Want the same answer whatever the targets of unlabeled rows, unless `needs` says that they are read."""
    if sampler.at(CYCLE).needs & TRUTH:
        return
    others = np.array(cycle.pool.y)
    others[cycle.unlabeled] = (others[cycle.unlabeled] + 1) % len(cycle.pool.classes)
    a, b = (answer(sampler, asked.query(seed=1)) for asked in (cycle, cycle.with_targets(others)))
    unseen = equal(a.ids, b.ids) and equal(a.scores, b.scores)
    expect(unseen, f"{sampler.name} reads true labels that nobody gave, and its needs do not name truth.")


def _check_answer(sampler: Sampler, cycle: Cycle) -> None:
    """Ask once, and look at what is answered, reported and left behind; then stop it half-way."""
    reports: list[tuple[str, int, int]] = []
    query = cycle.query(report=lambda *report: reports.append(report))
    before = cycle.everything()
    selection = answer(sampler, query)
    changed = [name for name, value in cycle.everything().items() if value != before[name]]
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


def _check_repeats(sampler: Sampler, cycle: Cycle) -> None:
    """Let the stream decide and nothing else; for a deterministic sampler not even the stream."""
    first = answer(sampler, cycle.query(seed=1))
    with other_global_state():
        again = answer(sampler, cycle.query(seed=1))
    expect(same(first, again), f"{sampler.name} answers the same question, same stream, in two ways.")
    if sampler.deterministic:
        other = answer(sampler, cycle.query(seed=2))
        expect(same(first, other), f"{sampler.name} says that it is deterministic, and depends on the stream.")
