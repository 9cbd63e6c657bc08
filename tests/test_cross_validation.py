"""Out-of-fold predictions: no fit sees the label that it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz import Pool
from alviz.cross_validation import cross_validated_accuracy, out_of_fold
from alviz.errors import InvalidInput, Stopped
from alviz.learners import Fit, Learner, make
from alviz.learners.linear import Linear
from alviz.learners.supervised import Supervised
from alviz.part import Report
from alviz.record import Labels
from alviz.snapshot import Snapshot
from alviz.task import Classification


@dataclass(frozen=True)
class Memory(Learner):
    """Knows by heart what it was shown, says class 0 of the rest, and notes every fit."""

    name: ClassVar[str] = "memory"
    gives: ClassVar[frozenset[str]] = frozenset({"probs"})

    fits: list[dict[str, Any]] = field(default_factory=list)
    silent: bool = False
    wide: int = 0

    def fit(
        self,
        task: Any,
        pool: Pool,
        labels: Labels,
        previous: Any,
        rng: np.random.Generator,
        progress: Report,
        synthetic: Any = None,
    ) -> Fit:
        progress("train", 0, 1)
        self.fits.append(
            {
                "rows": pool.X[:, 0].astype(int).tolist(),
                "shown": pool.X[labels.ids, 0].astype(int).tolist(),
                "values": labels.values.tolist(),
                "y": pool.y.tolist(),
                "classes": (task.classes, pool.classes),
                "test": pool.X_test,
                "previous": previous,
                "draw": rng.random(),
            }
        )
        says = np.zeros(len(pool), dtype=np.int64)
        says[labels.ids] = labels.values
        probs = np.eye(len(task.classes) + self.wide, dtype=np.float32)[says]
        return Fit(Snapshot(probs=None if self.silent else probs))


def numbered(n: int = 100, classes: int = 3) -> Pool:
    """Return vectors that hold their own id, with a test split."""
    X = np.arange(n, dtype=np.float32)[:, None]
    return Pool(X, np.arange(n) % classes, Classification(tuple("abcdef"[:classes])), X[:5], np.zeros(5, np.int64))


def labels(ids: Any, values: Any) -> Labels:
    return Labels(np.array(ids, dtype=np.int64), np.array(values, dtype=np.int64))


def predict(
    pool: Pool, of: Labels, learner: Learner, folds: int = 5, seed: int = 0, task: Classification | None = None
) -> NDArray[np.float32] | None:
    return out_of_fold(task or pool.task, pool, of, learner, folds, np.random.default_rng(seed))


@pytest.fixture
def dozen() -> Labels:
    """Twelve labels in no order: six of class 1, five of class 2 and one of class 0."""
    return labels([90, 3, 55, 20, 71, 8, 14, 62, 33, 47, 81, 29], [1, 1, 2, 1, 2, 0, 1, 2, 1, 2, 1, 2])


def test_every_label_is_predicted_by_a_fit_that_did_not_see_it(dozen: Labels) -> None:
    memory = Memory()
    probs = predict(numbered(), dozen, memory)
    # Whoever sees a label repeats it, who does not says 0: only the one label 0 comes out right.
    assert probs is not None
    assert probs.dtype == np.float32
    np.testing.assert_array_equal(probs, np.tile(np.float32([1, 0, 0]), (12, 1)))
    assert cross_validated_accuracy(probs, dozen)[0] == 1 / 12
    held = [set(dozen.ids.tolist()) - set(fit["shown"]) for fit in memory.fits]
    assert sorted(len(ids) for ids in held) == [2, 2, 2, 3, 3]
    assert sorted(id for ids in held for id in ids) == sorted(dozen.ids.tolist())


def test_a_fold_is_shown_its_own_labels_and_nothing_else_of_the_pool(dozen: Labels) -> None:
    memory = Memory()
    predict(numbered(), dozen, memory)
    told = dict(zip(dozen.ids.tolist(), dozen.values.tolist(), strict=True))
    for fit in memory.fits:
        assert fit["rows"] == sorted(told)
        assert fit["values"] == [told[id] for id in fit["shown"]]
        assert fit["y"] == [-1] * 12
        assert fit["test"] is None
        assert fit["previous"] is None
    assert len({fit["draw"] for fit in memory.fits}) == 5


def test_classes_are_spread_evenly(dozen: Labels) -> None:
    memory = Memory()
    predict(numbered(), dozen, memory, folds=3)
    shown = np.array([np.bincount(fit["values"], minlength=3) for fit in memory.fits])
    # Of 6 and 5 labels in three folds each holds out 2, and 2, 2, 1: shown are the others.
    assert sorted(shown[:, 1].tolist()) == [4, 4, 4]
    assert sorted(shown[:, 2].tolist()) == [3, 3, 4]
    assert sorted(shown[:, 0].tolist()) == [0, 1, 1]


def test_predictions_stand_in_the_order_of_the_labels_and_do_not_depend_on_it(few: Pool) -> None:
    ids = np.random.default_rng(4).permutation(len(few))[:60]
    straight, back = labels(ids, few.y[ids]), labels(ids[::-1], few.y[ids[::-1]])
    for learner in (Linear(), Supervised(epochs=2)):
        first, second = predict(few, straight, learner), predict(few, back, learner)
        assert first is not None
        assert second is not None
        np.testing.assert_array_equal(second, first[::-1])


@pytest.mark.parametrize(
    ("learner", "least"), [(Linear(), 0.8), (Supervised(epochs=30), 0.7)], ids=["linear", "supervised"]
)
def test_real_learners_are_far_above_chance_and_below_what_they_were_shown(
    few: Pool, learner: Learner, least: float
) -> None:
    ids = np.arange(len(few))
    of = labels(ids, few.y[ids])
    probs = predict(few, of, learner)
    assert probs is not None
    np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=1e-5)
    assert least < cross_validated_accuracy(probs, of)[0] < 1
    # Labels without a pattern cannot be predicted, however well they are learned by heart.
    shuffled = labels(ids, np.random.default_rng(0).integers(0, 10, len(ids)))
    guessed = predict(few, shuffled, learner)
    assert guessed is not None
    assert cross_validated_accuracy(guessed, shuffled)[0] < 0.25


def test_the_stream_says_which_folds(few: Pool) -> None:
    of = labels(np.arange(40), few.y[:40])
    one, same, other = (predict(few, of, Linear(), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_there_are_no_more_folds_than_labels(dozen: Labels) -> None:
    memory = Memory()
    predict(numbered(), dozen, memory, folds=50)
    assert [len(fit["shown"]) for fit in memory.fits] == [11] * 12


@pytest.mark.parametrize(
    "values",
    [[0, 1, 2] * 3, [1] * 30, [0, 1] + [2] * 28],
    ids=["nine labels", "one class", "one class and single labels of others"],
)
def test_where_a_fold_may_have_nothing_to_tell_apart_there_is_no_prediction(values: list[int]) -> None:
    memory = Memory()
    assert predict(numbered(), labels(np.arange(len(values)), values), memory) is None
    assert memory.fits == []


def test_ten_labels_of_two_classes_are_enough() -> None:
    memory = Memory()
    assert predict(numbered(), labels(np.arange(10), [0] * 8 + [1, 1]), memory) is not None
    assert all(set(fit["values"]) == {0, 1} for fit in memory.fits)


def test_a_learner_without_probabilities_has_no_prediction(dozen: Labels) -> None:
    promised = Memory(silent=True)
    assert predict(numbered(), dozen, promised) is None
    assert len(promised.fits) == 1

    class Blind(Memory):
        gives: ClassVar[frozenset[str]] = frozenset({"features"})

    blind = Blind()
    assert predict(numbered(), dozen, blind) is None
    assert blind.fits == []


def test_a_class_added_by_people_is_learned_too(dozen: Labels) -> None:
    task = Classification(("a", "b", "c", "new"))
    of = labels(dozen.ids, np.where(dozen.values == 2, 3, dozen.values))
    memory = Memory()
    probs = predict(numbered(), of, memory, task=task)
    assert probs is not None
    assert probs.shape == (12, 4)
    assert all(fit["classes"] == (task.classes, task.classes) for fit in memory.fits)


def test_progress_is_told_by_folds_and_a_stop_is_heard_inside_a_fold(dozen: Labels) -> None:
    told: list[tuple[str, int, int]] = []
    learner = Supervised(model="mlp", epochs=2)
    arguments = (numbered().task, numbered(), dozen, learner, 3, np.random.default_rng(0))
    out_of_fold(*arguments, lambda *report: told.append(report))
    assert {phase for phase, _, _ in told} == {"validate"}
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[0] == ("validate", 0, 3)
    assert told[-1] == ("validate", 3, 3)
    seen = 0

    def stop(phase: str, done: int, total: int) -> None:
        nonlocal seen
        seen += done == 1
        if seen == 2:  # the second report of the second fold: the learner's own
            raise Stopped("enough")

    with pytest.raises(Stopped, match="enough"):
        out_of_fold(*arguments, stop)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda of: (of, 1, Memory()), "folds is 1, expected a whole number of at least 2"),
        (lambda of: (labels([*of.ids[:-1], 100], of.values), 5, Memory()), "outside the pool, the first is 100"),
        (lambda of: (labels([*of.ids[:-1], 3], of.values), 5, Memory()), "more than once, the first is 3"),
        (lambda of: (of, 5, Memory(wide=1)), r"gave probs of shape \(12, 4\)"),
    ],
    ids=["one fold", "a foreign id", "an id twice", "a column too many"],
)
def test_bad_input_is_refused(dozen: Labels, change: Callable[[Labels], tuple[Labels, int, Memory]], said: str) -> None:
    of, folds, learner = change(dozen)
    with pytest.raises(InvalidInput, match=said):
        predict(numbered(), of, learner, folds)


def test_the_accuracy_and_its_error_by_hand() -> None:
    probs = np.float32([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]] * 4)
    of = labels(np.arange(16), [0, 1, 1, 1] * 4)
    accuracy, error = cross_validated_accuracy(probs, of)
    assert accuracy == 12 / 16
    # Two right and two wrong more: p = 14 / 20, and √(0.7 · 0.3 / 20).
    assert error == pytest.approx(0.102470, abs=1e-6)
    assert cross_validated_accuracy(probs, labels(of.ids, probs.argmax(axis=1)))[1] == pytest.approx(0.067082, abs=1e-6)
    with pytest.raises(InvalidInput, match="16 predictions for 15 labels"):
        cross_validated_accuracy(probs, labels(of.ids[1:], of.values[1:]))


def test_any_registered_learner_can_be_asked(few: Pool) -> None:
    of = labels(np.arange(30), few.y[:30])
    # A warm start or a test split of the pool change nothing: there is no fit before, and none to test.
    cold, warm = (predict(few, of, Supervised(epochs=2, warm=warm)) for warm in (False, True))
    np.testing.assert_array_equal(cold, warm)
    np.testing.assert_array_equal(
        predict(few, of, make("linear")), predict(replace(few, X_test=None, y_test=None), of, make("linear"))
    )
