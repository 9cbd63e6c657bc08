"""Label review: wrong labels come first, by what a run recorded and by the book as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.book import Answer
from alviz.errors import ConfigMismatch, InvalidInput, Stopped
from alviz.labeling.review import Review, review
from alviz.learners.linear import Linear
from alviz.learners.supervised import Supervised
from alviz.oracles import Noisy

# What a tired person takes a digit for.
ALIKE = {0: 6, 1: 7, 2: 3, 3: 8, 4: 9, 5: 3, 6: 0, 7: 1, 8: 3, 9: 4}


def wrong_labels(truth: NDArray[np.int64], seed: int, kind: str, share: float = 0.05) -> NDArray[np.int64]:
    """Return labels of which exactly a share is wrong: any other class, or the one that looks alike."""
    rng = np.random.default_rng(seed)
    labels = truth.copy()
    rows = rng.choice(len(truth), round(share * len(truth)), replace=False)
    other = (truth[rows] + rng.integers(1, 10, len(rows))) % 10
    labels[rows] = other if kind == "random" else [ALIKE[label] for label in truth[rows].tolist()]
    return labels


def found_early(reviewed: Review, truth: NDArray[np.int64], share: float = 0.1) -> float:
    """Return the share of the wrong labels that is among the first reviewed."""
    wrong = reviewed.labels != truth[reviewed.ids]
    return float(wrong[: round(share * len(reviewed))].sum() / wrong.sum())


@pytest.fixture(scope="module")
def start(digits: Pool, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Fit a run of digits, without a test split, from labels of which some are wrong."""

    def make(seed: int = 0, kind: str = "random", m: int = 200, **changes: Any) -> Run:
        ids = np.sort(np.random.default_rng(100 + seed).choice(len(digits), m, replace=False))
        y = digits.y.copy()
        y[ids] = wrong_labels(digits.y[ids], seed, kind)
        pool = alviz.datasets.arrays(digits.X, y, classes=digits.classes)
        arguments: dict[str, Any] = {"learner": "linear", "initial": ids, "path": tmp_path_factory.mktemp("r") / "run"}
        runner = CycleRunner(pool, **{**arguments, **changes})
        runner.query()
        return runner.history

    return make


@pytest.mark.parametrize("kind", ["random", "alike"])
def test_most_wrong_labels_are_among_the_first_tenth(start: Callable[..., Run], digits: Pool, kind: str) -> None:
    shares = [found_early(review(start(seed, kind)), digits.y) for seed in range(5)]
    assert min(shares) >= 0.7
    assert np.mean(shares) >= 0.9


def test_what_is_suggested_for_them_is_mostly_the_truth(start: Callable[..., Run], digits: Pool) -> None:
    reviewed = review(start(1))
    wrong = reviewed.labels != digits.y[reviewed.ids]
    assert (reviewed.suggested == digits.y[reviewed.ids])[wrong].mean() >= 0.8
    assert (reviewed.neighbors_agree < reviewed.neighbors_asked / 2)[wrong].mean() >= 0.8
    assert reviewed.probability[wrong].mean() < 0.2 < 0.6 < reviewed.probability[~wrong].mean()


# -- a small run with two labels wrong ----------------------------------------------------------------


@pytest.fixture
def blobs() -> Pool:
    """Three far clouds; 5 and 10 say otherwise than their clouds."""
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = (rng.normal(size=(90, 4)) + 8 * np.eye(3, 4)[y]).astype(np.float32)
    y[[5, 10]] = [0, 2]
    return alviz.datasets.arrays(X, y, name="blobs")


@pytest.fixture
def runner(blobs: Pool, tmp_path: Path) -> CycleRunner:
    made = CycleRunner(
        blobs, "linear", "random", initial=np.arange(30), budget=5, oracle="human", path=tmp_path / "run"
    )
    made.query()
    return made


def relabel(run: Run, id: int, label: int | None, **more: Any) -> None:
    run.book.append([Answer(id, label, "ann", "2026-01-01T00:00:00+00:00", run.uid, **more)])


def test_the_most_suspicious_come_first_and_ties_by_id(runner: CycleRunner, blobs: Pool) -> None:
    reviewed = review(runner.history)
    assert reviewed.cycle == 0
    assert sorted(reviewed.ids.tolist()) == list(range(30))
    assert set(reviewed.ids[:2].tolist()) == {5, 10}
    np.testing.assert_array_equal(reviewed.labels, blobs.y[reviewed.ids])
    first = {
        id: (label, other) for id, label, other in zip(reviewed.ids, reviewed.labels, reviewed.suggested, strict=True)
    }
    assert first[5] == (0, 2)
    assert first[10] == (2, 1)
    assert reviewed.neighbors_agree[:2].tolist() == [0, 0]
    # Eleven, ten and nine labels of each class: so many others, and never more than ten.
    assert sorted(set(reviewed.neighbors_asked.tolist())) == [8, 9, 10]
    assert reviewed.suspicion[:2].min() > 0.9 > 0.3 > reviewed.suspicion[2:].max()
    pairs = list(zip(-reviewed.suspicion, reviewed.ids, strict=True))
    assert pairs == sorted(pairs)


def test_a_relabel_after_the_fit_counts_at_once(runner: CycleRunner) -> None:
    run = runner.history
    before = review(run)
    relabel(run, 5, 2)
    after = review(run)
    assert after.ids[0] == 10
    place = after.ids.tolist().index(5)
    assert after.labels[place] == 2
    assert after.suspicion[place] < 0.3 < before.suspicion[before.ids.tolist().index(5)]
    # What the fit made of the others stays: the probability of 5 is the recorded one, of the other class.
    probs = run.array(0, "fit", "folds_probs")
    of = run.array(0, "fit", "folds_ids").tolist()
    assert after.probability[place] == pytest.approx(float(probs[of.index(5), 2]))


def test_a_label_that_was_taken_back_is_not_reviewed(runner: CycleRunner) -> None:
    relabel(runner.history, 10, None, why="cannot tell")
    assert 10 not in review(runner.history).ids
    assert len(review(runner.history)) == 29
    # An initial label holds again when all answers since are undone.
    relabel(runner.history, 10, None, why="undone", undo=True)
    assert 10 in review(runner.history).ids
    picked = int(runner.query().ids[0])
    relabel(runner.history, picked, 1)
    runner.label()
    runner.query()
    assert picked in review(runner.history).ids
    relabel(runner.history, picked, None, why="undone", undo=True)
    assert picked not in review(runner.history).ids


def test_a_class_that_was_added_is_judged_by_neighbors_alone(runner: CycleRunner) -> None:
    run = runner.history
    from alviz.book import ClassChange

    run.book.append([ClassChange(3, "new", "ann", "2026-01-01T00:00:00+00:00", run.uid)])
    for id in (0, 3):
        relabel(run, id, 3)
    reviewed = review(run)
    places = [reviewed.ids.tolist().index(id) for id in (0, 3)]
    assert np.isnan(reviewed.probability[places]).all()
    # Each asks its one nearest: the other one, or one of the class that both were in.
    assert reviewed.neighbors_asked[places].tolist() == [1, 1]
    assert all(value in (0, 1) for value in reviewed.suspicion[places].tolist())


def test_recorded_predictions_and_those_computed_now_are_the_same(blobs: Pool, tmp_path: Path) -> None:
    told: list[str] = []
    reviews = []
    for folds in (5, 0):
        run = CycleRunner(blobs, "linear", initial=np.arange(30), path=tmp_path / str(folds), cross_validate=folds).run(
            0
        )
        reviews.append(review(run, report=lambda phase, done, total: told.append(phase)))
        assert set(told) == ({"validate"} if folds == 0 else set())
    np.testing.assert_array_equal(reviews[0].ids, reviews[1].ids)
    np.testing.assert_array_equal(reviews[0].suspicion, reviews[1].suspicion)


def test_computing_hears_a_stop(blobs: Pool, tmp_path: Path) -> None:
    run = CycleRunner(blobs, "linear", initial=np.arange(30), path=tmp_path / "run", cross_validate=0).run(0)

    def stop(phase: str, done: int, total: int) -> None:
        raise Stopped("enough")

    with pytest.raises(Stopped):
        review(run, report=stop)


def forgetful(pool: Pool, folder: Path, **changes: Any) -> Run:
    """Return a run of two fits that keeps no array of the first."""
    learner = Supervised(model="mlp", epochs=20)
    made = CycleRunner(pool, learner, "random", initial=np.arange(30), path=folder / "bare", keep=(), **changes)
    return made.run(1)


def test_dropped_features_are_replaced_by_the_examples(blobs: Pool, tmp_path: Path) -> None:
    run = forgetful(blobs, tmp_path)
    assert not run.has(0, "fit", "features")
    reviewed = review(run, 0)
    assert {5, 10} == set(reviewed.ids[:2].tolist())
    assert reviewed.neighbors_agree[:2].tolist() == [0, 0]


def test_without_the_pool_what_is_recorded_speaks(runner: CycleRunner, blobs: Pool, tmp_path: Path) -> None:
    # A linear learner's features are the examples: in this run's folder, where no recipe loads the pool again.
    path = runner.history.path
    runner.close()
    np.testing.assert_array_equal(review(Run.open(path)).ids, review(Run.open(path, blobs)).ids)
    run = forgetful(blobs, tmp_path, cross_validate=0)
    assert len(review(run, 0)) == 30
    with pytest.raises(InvalidInput, match=r"neither features nor predictions.*review\(run, pool=pool\)"):
        review(Run.open(run.path), 0)
    assert len(review(Run.open(run.path), 0, blobs)) == 30


def test_another_pool_is_refused(runner: CycleRunner, blobs: Pool) -> None:
    with pytest.raises(ConfigMismatch, match="is not the pool of run"):
        review(runner.history, pool=replace(blobs, X=blobs.X + 1))


def test_another_learner_than_the_recorded_one_is_refused(blobs: Pool, tmp_path: Path) -> None:
    run = CycleRunner(blobs, "linear", initial=np.arange(30), path=tmp_path / "run", cross_validate=0).run(0)
    assert len(review(run, learner=Linear())) == 30
    with pytest.raises(InvalidInput, match="was made with the learner"):
        review(run, learner=Linear(C=2))


def test_a_cycle_without_a_fit_or_with_too_few_labels_is_refused(
    runner: CycleRunner, blobs: Pool, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="has no fit of cycle 7"):
        review(runner.history, 7)
    empty = CycleRunner(blobs, "linear", initial=0, path=tmp_path / "empty")
    with pytest.raises(InvalidInput, match="has no fit of cycle -1"):
        review(empty.history)
    empty.query()
    with pytest.raises(InvalidInput, match=r"0 of the labels that cycle 0 .* a review needs at least 2"):
        review(empty.history)


def test_few_labels_are_reviewed_by_their_neighbors(blobs: Pool, tmp_path: Path) -> None:
    run = CycleRunner(blobs, "linear", initial=[0, 1, 2, 3, 4, 5], path=tmp_path / "few").run(0)
    reviewed = review(run)
    assert np.isnan(reviewed.probability).all()
    assert reviewed.ids[0] == 5


def test_noise_that_an_oracle_makes_is_found_again(digits: Pool, tmp_path: Path) -> None:
    run = CycleRunner(digits, "linear", initial=200, oracle=Noisy(rate=0.05), seed=2, path=tmp_path / "run").run(0)
    assert found_early(review(run), digits.y) >= 0.7
