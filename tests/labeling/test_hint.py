"""The stopping hint of a recorded run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.labeling.hint import _out_of_fold, stopping_hint
from alviz.numeric.proportion import standard_error


@pytest.fixture(scope="module")
def blobs() -> Pool:
    """Three far clouds of 100: two labels of each are all that can be learned."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    X = (rng.normal(size=(300, 4)) + 8 * np.eye(3, 4)[y]).astype(np.float32)
    return alviz.datasets.arrays(X, y, X[:60] + 0.1, y[:60], name="blobs")


Make = Callable[..., Run]


@pytest.fixture
def settled(blobs: Pool, tmp_path: Path) -> Make:
    def make(pool: Pool = blobs, cycles: int = 4, **changes: Any) -> Run:
        arguments: dict[str, Any] = {"learner": "linear", "sampler": "random", "initial": 12, "budget": 20, "seed": 1}
        return CycleRunner(pool, path=tmp_path / "run", **{**arguments, **changes}).run(cycles)

    return make


def untested(pool: Pool) -> Pool:
    return alviz.datasets.arrays(pool.X, pool.y, name="untested")


def test_a_settled_run_says_so_from_its_fourth_fit_on(settled: Make) -> None:
    run = settled()
    assert [stopping_hint(run, cycle) is not None for cycle in range(-1, 6)] == [False] * 4 + [True, True, False]
    hint = stopping_hint(run, 3)
    assert hint is not None
    assert hint.changed == (0, 0, 0)
    assert hint.labels == 60
    assert hint.measured == "test accuracy"
    assert hint.error == standard_error(1, 60)
    assert hint.text == (
        "Predictions did not change in each of the last 3 steps, 60 labels in all (mean kappa 1.000), and the test "
        "accuracy moved by less than its standard error (2.2 %): more labels of this kind may change little."
    )


def test_small_cycles_are_compared_over_twenty_labels(settled: Make) -> None:
    run = settled(budget=7, cycles=10)
    # Three cycles bring 21 labels: three steps of them are nine cycles.
    assert [stopping_hint(run, cycle) is not None for cycle in range(11)] == [False] * 9 + [True, True]
    hint = stopping_hint(run, 10)
    assert hint is not None
    assert hint.labels == 63


def test_without_a_test_split_out_of_fold_predictions_count(blobs: Pool, settled: Make) -> None:
    run = settled(untested(blobs))
    hint = stopping_hint(run, 4)
    assert hint is not None
    assert hint.measured == "cross-validated accuracy of what was labeled before"
    # All right, on the 32 that the first of the four fits learned from.
    assert (hint.moved, hint.error) == (0, standard_error(1, 32))


def test_the_cross_validated_accuracy_is_of_the_same_labels_each_time(blobs: Pool, tmp_path: Path) -> None:
    # All that comes later is labeled at random: on the labeled set the accuracy falls, on what was there it stays.
    runner = CycleRunner(untested(blobs), "linear", "random", initial=60, seed=1, path=tmp_path / "run")
    for cycle in range(3):
        picked = runner.query().ids
        runner.label(picked, np.random.default_rng(cycle).integers(0, 3, 20))
    runner.query()
    run = runner.history
    shares = [run.record(cycle).metrics["cross_validated_accuracy"] for cycle in range(4)]
    assert shares[0] == 1
    assert shares[-1] < 0.85
    accuracies, error = _out_of_fold(run, [0, 1, 2, 3])
    by_hand = []
    for cycle in range(4):
        of, probs = run.array(cycle, "fit", "folds_ids"), run.array(cycle, "fit", "folds_probs")
        right = {id: row.argmax() == blobs.y[id] for id, row in zip(of.tolist(), probs, strict=True)}
        by_hand.append(np.mean([right[id] for id in run.initial.ids.tolist()]))
    assert accuracies == by_hand
    assert error == standard_error(accuracies[-1], 60)
    assert accuracies[-1] > 0.9


def test_without_any_accuracy_the_predictions_speak_alone(blobs: Pool, settled: Make) -> None:
    hint = stopping_hint(settled(untested(blobs), cross_validate=0), 4)
    assert hint is not None
    assert hint.measured == ""


def test_a_run_that_still_learns_says_nothing(fast: Callable[..., CycleRunner]) -> None:
    run = fast(budget=20).run(4)
    assert stopping_hint(run, 4) is None


def test_what_was_labeled_at_the_first_of_the_fits_does_not_count(blobs: Pool, settled: Make) -> None:
    # 195 of 300 are labeled from the start, 215 at the first fit compared: 85 are too few to tell kappa 0.99 from 1.
    run = settled(initial=195)
    assert stopping_hint(run, 3) is not None
    assert stopping_hint(run, 4) is None


def test_dropped_probabilities_give_no_hint(settled: Make) -> None:
    assert stopping_hint(settled(keep=("features", "weights")), 4) is None


def test_a_pool_out_of_reach_gives_no_hint(settled: Make) -> None:
    run = settled()
    # How many the test rows are is not in the run: the error of the accuracy cannot be told.
    assert stopping_hint(Run.open(run.path), 4) is None


def test_another_learner_on_the_way_gives_no_hint(blobs: Pool, settled: Make, tmp_path: Path) -> None:
    run = settled()
    runner = CycleRunner.resume(run.path, blobs)
    other = runner.fork(at=3, learner=alviz.learners.Linear(C=0.5), path=tmp_path / "other").run(1)
    same = runner.fork(at=3, sampler="margin", path=tmp_path / "same").run(1)
    assert stopping_hint(other, 4) is None
    assert stopping_hint(same, 4) is not None


def test_a_class_that_people_add_is_one_that_earlier_fits_never_say(blobs: Pool, tmp_path: Path) -> None:
    from alviz.book import ClassChange

    pool = untested(blobs)
    runner = CycleRunner(pool, "linear", "random", initial=12, budget=20, seed=1, path=tmp_path / "run")
    runner.run(3)
    runner.history.book.append([ClassChange(3, "new", "ann", "2026-01-01T00:00:00+00:00", runner.history.uid)])
    picked = runner.query().ids
    runner.label(picked, np.where(np.arange(20) < 2, 3, pool.y[picked]))
    runner.query()
    run = runner.history
    assert run.array(4, "fit", "probs").shape[1] == 4
    assert run.array(3, "fit", "probs").shape[1] == 3
    hint = stopping_hint(run, 4)
    assert hint is not None
    said = np.asarray(run.array(4, "fit", "probs")).argmax(axis=1)
    unlabeled = np.setdiff1d(np.arange(300), run.labeled(1).ids)
    assert hint.changed == (0, 0, float((said[unlabeled] != pool.y[unlabeled]).mean()))
