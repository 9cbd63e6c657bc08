"""The open cycle of a run: its fit, its pick, its labels, each computed and committed before the next begins."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.answering import answer, closing
from alviz.asking import MODEL, ask, given
from alviz.checks import whole
from alviz.cross_validation import cross_validated_accuracy, out_of_fold
from alviz.errors import InvalidInput
from alviz.fitting import fit, follows
from alviz.learners import Learner
from alviz.meter import Meter
from alviz.oracles import Oracle
from alviz.pool import Pool
from alviz.record import CycleRecord, Labels, Phase
from alviz.samplers import Sampler
from alviz.samplers.random import Random
from alviz.seeding import stream
from alviz.selection import Selection
from alviz.store import Store
from alviz.store.metrics import to_json
from alviz.store.room import check_room
from alviz.task import CROSS_VALIDATED

NO_TEST = "The pool has no test split: nothing is measured on one. pool.split(test=0.2) makes one."

# Of the cross-validation where there is no test split, unless the run says otherwise.
FOLDS = 5

# Selections that are remembered, so that the step that makes one real does not compute it again.
_REMEMBERED = 16


class OpenCycle:
    """Makes the three steps of a cycle. The runner holds its lock around every call.

    Parameters
    ----------
    store : Store
    pool : Pool
    learner : Learner
    gives : frozenset of str
        What the learner gives on this pool.
    oracle : Oracle
    metered : callable
        ``metered(cycle)``: a context that measures what happens in it and hears of stops.
    committed : callable
        Called after every commit.
    """

    def __init__(
        self,
        store: Store,
        pool: Pool,
        learner: Learner,
        gives: frozenset[str],
        oracle: Oracle,
        metered: Callable[[int], AbstractContextManager[Meter]],
        committed: Callable[[], None],
    ) -> None:
        self._store = store
        self._run = store.run
        self._pool = pool
        self._learner = learner
        self._gives = gives
        self._oracle = oracle
        self._metered = metered
        self._committed = committed
        self._asked: dict[tuple[int, str, int], tuple[Selection, dict[str, Phase]]] = {}

    def fit(self, cycle: int) -> None:
        """Fit the cycle, unless that is done."""
        run, learner = self._run, self._learner
        if cycle < run.fitted:
            return
        self._store.check_open()
        check_room(run)
        notes = []
        if cycle and getattr(learner, "warm", False) and not follows(run, cycle, learner):
            notes.append("The fit before is by another learner: this one started from scratch.")
        # Named once: somebody may add a class while this is fitted.
        labels, pool = run.labeled(cycle), self._pool.with_classes(run.classes)
        if not len(labels) and not learner.gives_cold:
            notes.append("Nothing is labeled yet: nothing was trained, the features are the examples themselves.")
        with self._metered(cycle) as meter:
            made = fit(run, cycle, learner, pool, meter.report)
            metrics, folds = dict(made.metrics), None
            if pool.X_test is None:
                notes.append(NO_TEST)
                try:
                    folds = self._validated(cycle, labels, pool, meter)
                except InvalidInput as error:  # a fold that diverges costs its number, not the fit
                    notes.append(f"There is no cross-validation: {error}")
                if folds is not None:
                    metrics[CROSS_VALIDATED] = cross_validated_accuracy(folds[1], labels)[0]
            costs = meter.taken("train", "embed", "validate")
        record = {
            "cycle": cycle,
            "labeled": len(labels),
            "metrics": to_json(metrics),
            "learner": learner.config(),
            "model_gives": sorted(self._gives & MODEL),
            "classes": list(pool.classes),
            "notes": notes,
        }
        self._store.commit_fit(cycle, made.snapshot, made.weights, record, costs, folds)
        if cycle:
            self._store.drop(cycle - 1)
        self._committed()

    def _validated(
        self, cycle: int, labels: Labels, pool: Pool, meter: Meter
    ) -> tuple[Labels, NDArray[np.float32]] | None:
        """Return the labeled and their out-of-fold probabilities; None where there are too few, or none are wanted."""
        folds = self._run.config.get("cross_validate", 0)
        if not folds:
            return None
        rng = stream(self._run.seed, cycle, "folds")
        probs = out_of_fold(pool.task, pool, labels, self._learner, folds, rng, meter.report)
        return None if probs is None else (labels, probs)

    def pick(self, cycle: int, wanted: Sampler, n: int | None) -> Selection:
        """Pick in the cycle; a pick that is done is returned as it is."""
        if n is not None:
            n = whole("n", n, 1)
        recorded = self._run.selection(cycle) if cycle < self._run.picked else None
        if recorded is not None:
            if n not in (None, len(recorded)):
                raise InvalidInput(
                    f"Cycle {cycle} has picked {len(recorded)} ids already, {n} are asked now. Label those first, or "
                    f"fork(at={cycle}) for another pick."
                )
            return recorded
        self._store.check_open()
        self.fit(cycle)
        sampler, notes = wanted, []
        missing = wanted.at(cycle).needs - given(self._run, cycle)
        if missing and len(self._run.labeled(cycle)) == 0:
            sampler = Random()
            notes.append(
                f"{wanted.name} needs {', '.join(sorted(missing))}, not there without a label: "
                f"cycle {cycle} picked at random."
            )
        with self._metered(cycle) as meter:
            selection, costs = self.ask(cycle, sampler, n, meter)
        record = {
            "sampler": sampler.config(),
            "wanted": wanted.config(),
            "asked": len(selection),
            "notes": notes,
        }
        self._store.commit_pick(cycle, selection, record, costs)
        self._committed()
        return selection

    def ask(self, cycle: int, sampler: Sampler, n: int | None, meter: Meter) -> tuple[Selection, dict[str, Phase]]:
        """Return a selection and what it cost, from memory where it was asked for before."""
        key = (cycle, repr(sampler), self._run.config["budget"] if n is None else n)
        found = self._asked.get(key)
        if found is None:
            selection = ask(self._run, cycle, sampler, n, self._pool, meter.report, self._learner)
            found = selection, meter.taken("graph", "select")
            self._asked[key] = found
            for oldest in list(self._asked)[:-_REMEMBERED]:
                self._asked.pop(oldest, None)  # a preview in another thread may have been first
        return found

    def forget_asked(self) -> None:
        """Forget all selections: arrays that they were computed from were replaced."""
        self._asked.clear()

    def label(self, cycle: int, ids: ArrayLike, labels: ArrayLike | None) -> CycleRecord:
        """Close the cycle with answers to ids: those given, or those of the oracle."""
        rows = self._pool.check_ids(ids)
        self._check_picked(cycle)
        if rows.size == 0:
            raise InvalidInput("No ids to label: a cycle closes with at least one answer.")
        already = np.intersect1d(rows, self._run.labeled(cycle).ids)
        if already.size:
            raise InvalidInput(f"{already.size} of the ids are labeled already, the first is {already[0]}.")
        with self._metered(cycle) as meter:
            meter.report("label", 0, len(rows))
            values, who = answer(self._oracle, self._run, self._pool, rows, labels)
            meter.report("label", len(rows), len(rows))
            costs = meter.taken("label")
        self._store.tell(cycle, Labels(rows, values), who)
        return self._close(cycle, Labels(rows, values), {"who": who}, costs)

    def close(self, cycle: int) -> CycleRecord:
        """Close the cycle with all that people answered since the last fit."""
        self._check_picked(cycle)
        told = closing(self._run, cycle)
        new = set(told.set_aside).difference(self._run.set_aside(cycle).tolist())
        if not len(told.labels) and not new:
            raise InvalidInput(
                f"Nothing was answered in cycle {cycle} yet: label some of its picks, alviz.Labeler(runner), or pass "
                "labels, runner.label(ids, labels)."
            )
        who = {"who": "human", "people": told.people, "set_aside": list(told.set_aside)}
        return self._close(cycle, told.labels, who, {})

    def _close(self, cycle: int, answers: Labels, who: dict[str, Any], costs: dict[str, Phase]) -> CycleRecord:
        sampler = self._run.stage(cycle, "pick")["sampler"]["name"]
        # What is set aside stays so, whoever answers next.
        aside = {"set_aside": self._run.set_aside(cycle).tolist()}
        record = {**aside, **who, "answered": int((answers.values >= 0).sum()), "sampler": sampler}
        self._store.commit_labels(cycle, answers, record, costs)
        self._committed()
        return self._run.record(cycle)

    def _check_picked(self, cycle: int) -> None:
        if cycle >= self._run.picked:
            raise InvalidInput(f"Nothing was picked in cycle {cycle} yet: call query() first.")
