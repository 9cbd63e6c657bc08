"""The noisy oracle with a confusion of classes: shares, limits, and a person's own pattern of errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

import alviz
from alviz import CycleRunner, Pool, Run, oracles
from alviz.book import Answer, Tally
from alviz.errors import AlvizWarning, InvalidInput
from alviz.oracles import Noisy

THREE = ((0.8, 0.2, 0.0), (0.1, 0.6, 0.3), (0.0, 0.0, 1.0))
IDENTITY = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
CYCLE = ((0, 1, 0), (0, 0, 1), (1, 0, 0))


def made(n: int, classes: int = 3) -> Pool:
    return alviz.datasets.arrays(np.zeros((n, 1)), np.arange(n) % classes)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return made(6000)


def test_the_answers_of_a_rate_stay_what_they_were() -> None:
    # Recorded before there was a confusion: runs of old must go on as they began.
    told = Noisy(rate=0.5).answer(made(40, 5), np.arange(40), 7)
    assert "".join(map(str, told)) == "2423431024002340124301214103330031401242"


def test_answers_are_as_often_each_class_as_the_confusion_says(pool: Pool) -> None:
    told = Noisy(confusion=THREE).answer(pool, np.arange(6000), 1)
    for true, shares in enumerate(THREE):
        counts = np.bincount(told[pool.y == true], minlength=3)
        possible = np.array(shares) > 0
        assert counts[~possible].sum() == 0
        if possible.sum() > 1:
            assert chisquare(counts[possible], 2000 * np.array(shares)[possible]).pvalue > 1e-3


def test_a_uniform_confusion_errs_as_often_as_its_rate(pool: Pool) -> None:
    uniform = [[0.7 if answer == true else 0.15 for answer in range(3)] for true in range(3)]
    wrong = Noisy(confusion=uniform).answer(pool, np.arange(6000), 2) != pool.y
    assert abs(wrong.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 6000)


@pytest.mark.parametrize(("confusion", "shift"), [(IDENTITY, 0), (CYCLE, 1)], ids=["identity", "permutation"])
def test_in_the_limits_nothing_is_left_to_chance(pool: Pool, confusion: Any, shift: int) -> None:
    for seed in (0, 1):
        told = Noisy(confusion=confusion).answer(pool, np.arange(6000), seed)
        np.testing.assert_array_equal(told, (pool.y + shift) % 3)


def test_rows_whose_sum_is_rounded_never_answer_what_has_no_share() -> None:
    # Ten tenths sum to 1 - 1.1e-16: the class behind them must stay out of reach.
    shares = [0.1] * 10 + [0.0]
    ten = [shares] * 10 + [[0.0] * 10 + [1.0]]
    told = Noisy(confusion=ten).answer(made(1100, 11), np.arange(1100), 0)
    assert (told[np.arange(1100) % 11 < 10] == 10).sum() == 0


@pytest.mark.parametrize("noisy", [Noisy(rate=0.4), Noisy(confusion=THREE)], ids=["rate", "confusion"])
def test_noise_depends_on_the_seed_and_the_id_alone(noisy: Noisy) -> None:
    pool, larger, ids = made(300), made(900), np.arange(300)
    told = noisy.answer(pool, ids, 5)
    order = np.random.default_rng(0).permutation(300)
    np.testing.assert_array_equal(noisy.answer(pool, ids[order], 5), told[order])
    np.testing.assert_array_equal(noisy.answer(pool, ids[::7], 5), told[::7])
    np.testing.assert_array_equal([noisy.answer(pool, ids[i : i + 1], 5)[0] for i in range(300)], told)
    np.testing.assert_array_equal(noisy.answer(pool, ids, 5), told)
    np.testing.assert_array_equal(noisy.answer(larger, ids, 5), told)
    assert not np.array_equal(noisy.answer(pool, ids, 6), told)
    assert noisy.answer(pool, ids[:0], 5).shape == (0,)


def test_a_confusion_goes_through_json_and_back() -> None:
    noisy = Noisy(confusion=np.array(THREE))
    assert noisy == Noisy(confusion=THREE)
    assert hash(noisy) == hash(Noisy(confusion=THREE))
    config = noisy.config()
    assert config == {"name": "noisy", "params": {"rate": 0.0, "confusion": [list(row) for row in THREE]}}
    assert json.loads(json.dumps(config)) == config
    assert oracles.make(json.loads(json.dumps(config))) == noisy
    assert Noisy(rate=0.2).config() == {"name": "noisy", "params": {"rate": 0.2}}


@pytest.mark.parametrize(
    ("confusion", "said"),
    [
        ([[1, 0, 0], [0, 1, 0]], r"shape \(2, 3\), expected \(C, C\)"),
        ([1, 0], r"shape \(2,\), expected \(C, C\)"),
        ([[1.0]], r"shape \(1, 1\), expected \(C, C\)"),
        ([[1, 0], [0]], "no table of numbers"),
        ("much", "no table of numbers"),
        ([[1.1, -0.1], [0, 1]], r"confusion\[0\]\[1\] is -0.1, expected a share"),
        ([[1, 0], [float("nan"), 1]], r"confusion\[1\]\[0\] is nan, expected a share"),
        ([[1, 0], [0.5, 0.4]], "row 1 of confusion sums to 0.9, expected 1"),
    ],
)
def test_what_is_no_confusion_is_refused(confusion: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Noisy(confusion=confusion)


def test_a_rate_beside_a_confusion_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"rate is 0\.3 and confusion is given too"):
        Noisy(rate=0.3, confusion=THREE)


def test_a_confusion_of_other_classes_is_refused_when_it_answers() -> None:
    with pytest.raises(InvalidInput, match="confusion is 3 × 3, and the pool has 5 classes"):
        Noisy(confusion=THREE).answer(made(10, 5), np.arange(3), 0)


# -- as a person errs ---------------------------------------------------------------------------------


@dataclass
class Answered:
    """A label book on a pool."""

    pool: Pool
    told: Sequence[dict[str, Any]]
    oracle: str = "human"

    @property
    def config(self) -> dict[str, Any]:
        return {"oracle": {"name": self.oracle, "params": {}}}

    @property
    def book(self) -> Answered:
        return self

    def look(self) -> Tally:
        tally = Tally(self.pool.classes)
        for told in self.told:
            tally.take(Answer(**{"who": "ann", "when": "now", "run": "r", **told}))
        return tally


def answers(*pairs: tuple[int, int | None], **more: Any) -> list[dict[str, Any]]:
    return [{"id": id, "label": label, **more} for id, label in pairs]


@pytest.fixture
def small() -> Pool:
    """Twelve of true classes 0, 1, 2, 3 in turn; of the last two the truth is not known."""
    return alviz.datasets.arrays(np.zeros((12, 1)), [0, 1, 2, 3] * 2 + [0, 1, -1, -1])


def test_a_persons_errors_are_counted_by_class(small: Pool) -> None:
    # Class 0: right, right, 3 for 0. Class 1: 2 for 1. Class 2: right. Class 3: nobody answered.
    told = answers((0, 0), (4, 0), (8, 3), (1, 2), (2, 2), (10, 1))
    noisy = Noisy.like(Answered(small, told))
    third = 1 / 3
    assert noisy == Noisy(confusion=((2 * third, 0, 0, third), (0, 0, 1, 0), (0, 0, 1, 0), (0, 0, 0, 1)))


def test_each_persons_last_answer_counts_and_nothing_else(small: Pool) -> None:
    told = [
        *answers((0, 3), (0, 0)),  # corrected
        *answers((4, 1), who="bob"),
        *answers((4, 0)),  # two people, two answers
        *answers((8, 2)),
        *answers((8, None), undo=True, why="undone"),  # taken back
        *answers((5, 0)),
        *answers((5, None), why="noted", note="blurred"),  # a note changes nothing
        *answers((9, 1)),
        *answers((9, None), why="skipped"),
        *answers((6, 2), (6, 1)),
        *answers((6, 2), undo=True),  # the second was taken back: the first stands
        *answers((1, 3), who="truth"),
        *answers((3, 7)),  # a class that people added
    ]
    noisy = Noisy.like(Answered(small, told))
    # Class 0: ann's 0 and 0, bob's 1.
    assert noisy == Noisy(confusion=((2 / 3, 1 / 3, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)))


def test_an_oracle_of_ones_own_is_no_person(small: Pool) -> None:
    told = answers((0, 3), who="robot")
    assert Noisy.like(Answered(small, told)).confusion is not None
    for oracle in ("robot", "human"):
        book = Answered(small, answers((0, 3), who="robot") + answers((1, 2)), oracle)
        confusion = Noisy.like(book).confusion
        assert confusion is not None
        assert confusion[0][3] == (oracle == "human")


def test_a_book_without_a_persons_answer_has_no_pattern(small: Pool) -> None:
    for told in ([], answers((0, 1), who="noisy"), answers((10, 1))):
        with pytest.raises(InvalidInput, match="No person answered an example whose true class"):
            Noisy.like(Answered(small, told))


def test_an_experiment_repeats_the_errors_of_a_recorded_run(few: Pool, tmp_path: Any) -> None:
    runner = CycleRunner(few, "linear", "random", initial=20, budget=60, oracle="human", path=tmp_path / "person")
    picked = runner.query().ids
    # This person takes every 8 for a 3, and errs in nothing else.
    runner.label(picked, np.where(few.y[picked] == 8, 3, few.y[picked]))
    assert (few.y[picked] == 8).any()
    noisy = Noisy.like(Run.open(tmp_path / "person"), few)
    told = noisy.answer(few, np.arange(len(few)), 0)
    np.testing.assert_array_equal(told, np.where(few.y == 8, 3, few.y))
    with pytest.warns(AlvizWarning, match=r"misses 1 of 10 classes \(8\)"):
        run = CycleRunner(few, "linear", "random", initial=30, oracle=noisy, path=tmp_path / "experiment").history
    np.testing.assert_array_equal(run.initial.values, told[run.initial.ids])
    resumed = CycleRunner.resume(tmp_path / "experiment", few)
    assert resumed.oracle == noisy
