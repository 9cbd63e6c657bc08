"""Who answers, and what is done with the answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import alviz
from alviz import CycleRunner, Pool
from alviz.errors import InvalidInput
from alviz.oracles import Oracle


def test_a_noisy_oracle_gives_the_same_wrong_answers_in_a_fork(fast: Any, few: Pool) -> None:
    noisy = alviz.oracles.Noisy(rate=0.5)
    runner = fast(oracle=noisy, sampler="random", initial=60)
    run = runner.run(cycles=4)
    labels = run.labeled(4)
    wrong = labels.values != few.y[labels.ids]
    assert 0.2 < wrong.mean() < 0.8
    assert runner.history.record(0).oracle == "noisy"
    branch = runner.fork(1, sampler="margin")
    branch.run(until=4)
    told = dict(zip(labels.ids.tolist(), labels.values.tolist(), strict=True))
    other = branch.history.labeled(4)
    shared = [row for row in other.ids.tolist() if row in told]
    assert len(shared) > 17
    assert all(
        told[row] == value for row, value in zip(other.ids.tolist(), other.values.tolist(), strict=True) if row in told
    )


def test_a_person_answers_and_a_fork_reads_what_was_answered(fast: Any, few: Pool) -> None:
    runner = fast(oracle="human")
    for call in (runner.step, lambda: runner.run(cycles=1)):
        with pytest.raises(InvalidInput, match=r"query\(\), alviz.Labeler\(runner\)"):
            call()
    assert runner.history.fitted == 0
    runner.run(until=0)
    ids = runner.query().ids
    with pytest.raises(InvalidInput, match="pass the labels of the 5 ids"):
        runner.label(ids)
    record = runner.label(ids, np.full(5, 3))
    assert record.oracle == "given"
    branch = runner.fork(0)
    np.testing.assert_array_equal(branch.query().ids, ids)
    branch.label(ids)
    np.testing.assert_array_equal(branch.history.answers(0).values, np.full(5, 3))
    unknown = branch.query().ids[:2]
    with pytest.raises(InvalidInput, match="labels of the 2 ids"):
        branch.label(unknown)


def test_a_pool_with_holes_can_be_labeled_by_hand(few: Pool) -> None:
    y = few.y.copy()
    y[60:] = -1
    pool = alviz.datasets.arrays(few.X, y, classes=few.classes)
    runner = CycleRunner(pool, "linear", "random", initial=30, budget=30)
    assert runner.history.labeled(0).ids.max() < 60
    picked = runner.query()
    with pytest.raises(InvalidInput, match=r"no label for \d+ of 30 ids asked"):
        runner.label(picked.ids)
    runner.label(picked.ids, few.y[picked.ids])
    np.testing.assert_array_equal(runner.history.labeled(1).values, few.y[runner.history.labeled(1).ids])
    # No test split: only what the labeled set itself can say, by that name.
    assert list(runner.history.record(0).metrics) == ["cross_validated_accuracy"]


def test_an_oracle_of_somebody_else_is_checked(fast: Any) -> None:
    class Odd(Oracle):
        name = "odd"

        def answer(self, pool: Pool, ids: Any, seed: int) -> Any:
            return pool.y[ids] if len(ids) == 12 else np.full(len(ids), 10)

    runner = fast(oracle=Odd())
    with pytest.raises(InvalidInput, match=r"oracle 'odd' holds 5 label\(s\) outside the 10 classes"):
        runner.step()
    assert runner.history.picked == 1
    assert runner.history.closed == 0


def test_a_fold_that_diverges_costs_its_number_and_not_the_fit(few: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    blind = alviz.datasets.arrays(few.X, few.y, classes=few.classes)

    def diverge(*_: Any) -> None:
        raise InvalidInput("training diverged")

    monkeypatch.setattr("alviz.open_cycle.out_of_fold", diverge)
    runner = CycleRunner(blind, "linear", "margin", initial=30, budget=5)
    runner.run(until=0)
    record = runner.history.record(0)
    assert dict(record.metrics) == {}
    assert record.notes[-1] == "There is no cross-validation: training diverged"


def test_cross_validation_is_left_out_where_it_is_not_wanted_or_there_is_a_test_split(fast: Any, few: Pool) -> None:
    blind = alviz.datasets.arrays(few.X, few.y, classes=few.classes)
    for pool, folds in ((blind, 0), (few, 5)):
        runner = CycleRunner(pool, "linear", "margin", initial=30, budget=5, cross_validate=folds)
        runner.run(until=0)
        assert "cross_validated_accuracy" not in runner.history.record(0).metrics
        assert "validate" not in runner.history.record(0).phases
        assert not runner.history.has(0, "fit", "folds_probs")
    runner = CycleRunner(blind, "linear", "margin", initial=30, budget=5, cross_validate=3)
    runner.run(until=0)
    run = runner.history
    probs, ids = run.array(0, "fit", "folds_probs"), run.array(0, "fit", "folds_ids")
    np.testing.assert_array_equal(np.sort(ids), run.initial.ids)
    right = (probs.argmax(axis=1) == few.y[ids]).mean()
    assert run.record(0).metrics["cross_validated_accuracy"] == pytest.approx(right)
    assert run.record(0).phases["validate"].seconds > 0
