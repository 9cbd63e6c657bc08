"""Facts of one example: every number against brute force on the digits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alviz
from alviz.figures import ranks
from alviz.samplers import Entropy, Margin
from alviz.scenes import Picks, Scene
from alviz.views.facts import facts, ordinal, rank
from alviz.views.state import Answer

EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def run(pool: alviz.Pool, tmp_path_factory: pytest.TempPathFactory) -> alviz.Run:
    path = tmp_path_factory.mktemp("facts") / "run"
    runner = alviz.CycleRunner(pool, learner="linear", sampler="entropy", budget=5, seed=0, path=path)
    runner.run(until=2)
    return runner.history


@pytest.fixture(scope="module")
def shown(run: alviz.Run) -> tuple[Scene, Picks, list[Answer]]:
    scene = Scene.read(run, 1)
    picks = Picks(run.selection(1), Entropy().config(), preview=False)
    margin = alviz.compare(run, 1, ["margin"]).selections["margin"]
    return scene, picks, [Answer(Margin(), "margin", margin), Answer(Margin(), "waiting")]


def brute_percentile(scores: Any, id: int) -> int:
    """The share of the other candidates below, equal ones counted half, in whole percent."""
    others = [float(s) for i, s in enumerate(scores) if np.isfinite(s) and i != id]
    below = sum(1.0 if s < scores[id] else 0.5 if s == scores[id] else 0.0 for s in others)
    return int(np.floor(100 * below / len(others) + 1e-9))


def test_percentiles_are_those_of_brute_force(shown: tuple[Scene, Picks, list[Answer]]) -> None:
    scene, picks, compared = shown
    scores = {"entropy": picks.selection.scores, "margin": compared[0].selection.scores}
    told = 0
    for id in range(scene.size):
        found = facts(scene, picks, compared, id).ranks
        expected = [name for name, values in scores.items() if np.isfinite(values[id])]
        assert [one.sampler for one in found] == expected
        for one in found:
            values = scores[one.sampler]
            assert one.percentile == brute_percentile(values, id)
            assert one.percentile == int(100 * float(ranks(values)[id].astype(np.float64)) + 1e-4)
            assert one.place == 1 + int(np.sum(values > values[id]))
            assert one.candidates == 135
            told += 1
    assert told == 2 * 135


def test_equal_scores_share_a_percentile_and_the_best_place() -> None:
    scores = np.array([3, 1, 1, np.nan, 0, 1], dtype=np.float32)
    selection = alviz.Selection(np.array([0]), scores)
    assert [rank("s", selection, id).percentile for id in (0, 1, 2, 5, 4)] == [100, 50, 50, 50, 0]
    assert [rank("s", selection, id).place for id in (0, 1, 2, 5, 4)] == [1, 2, 2, 2, 5]
    assert rank("s", selection, 3) is None
    alone = alviz.Selection(np.array([1]), np.array([np.nan, 0.5], dtype=np.float32))
    assert rank("s", alone, 1).percentile == 100


def test_a_percentile_never_falls_short_by_rounding() -> None:
    selection = alviz.Selection(np.array([100]), np.arange(101, dtype=np.float32))
    assert [rank("s", selection, id).percentile for id in range(101)] == list(range(101))


def test_what_is_said_of_a_pick(shown: tuple[Scene, Picks, list[Answer]], run: alviz.Run) -> None:
    scene, picks, compared = shown
    id = int(picks.selection.ids[2])
    found = facts(scene, picks, compared, id)
    probs, truth = run.snapshot(1).probs[id], int(run.pool.y[id])
    best = np.argsort(-probs, kind="stable")[:3]
    assert found.title == f"id {id}"
    assert [label for label, _ in found.probable] == best.tolist()
    np.testing.assert_allclose([share for _, share in found.probable], probs[best])
    assert found.right is (truth == int(best[0]))
    assert found.standing == "picked 3rd by entropy"
    name, guess = run.classes[truth], run.classes[int(best[0])]
    wrong = "" if truth == best[0] else " · wrong"
    lines = found.lines()
    assert lines[0] == (f"true {name} · predicted {guess} ({probs.max():.2f}){wrong}", "soft")
    assert lines[1] == ("picked 3rd by entropy", "")
    told = ", ".join(f"{one.sampler} {ordinal(one.percentile)}" for one in found.ranks)
    assert lines[-1] == (f"score: {told} percentile", "soft")


def test_who_else_would_pick_it(shown: tuple[Scene, Picks, list[Answer]]) -> None:
    scene, picks, compared = shown
    id = int(compared[0].selection.ids[1])
    found = facts(scene, None, compared, id)
    assert found.wanted == ("margin would pick it 2nd",)
    assert found.standing == "unlabeled"
    preview = facts(scene, replace(picks, preview=True), [], int(picks.selection.ids[0]))
    assert preview.standing == "would be picked 1st by entropy"


def test_how_it_came_to_be_labeled(shown: tuple[Scene, Picks, list[Answer]], run: alviz.Run) -> None:
    scene, picks, compared = shown
    assert facts(scene, picks, compared, int(run.initial.ids[0])).standing == "labeled at the start"
    answered = facts(scene, picks, compared, int(run.answers(0).ids[0]))
    assert (answered.standing, answered.ranks) == ("answered in cycle 0", ())
    # A wrong answer is told: the truth is the pool's.
    values = scene.labels.values.copy()
    at = int(np.flatnonzero(scene.labels.ids == run.initial.ids[0])[0])
    values[at] = (values[at] + 1) % 10
    noisy = replace(scene, labels=alviz.record.Labels(scene.labels.ids, values))
    told = facts(noisy, picks, compared, int(run.initial.ids[0]))
    assert told.standing == f"labeled at the start as {run.classes[values[at]]}"


def test_scores_are_sorted_once(shown: tuple[Scene, Picks, list[Answer]], monkeypatch: pytest.MonkeyPatch) -> None:
    scene, picks, compared = shown
    again = replace(picks, selection=replace(picks.selection))
    sorts = []
    sort = np.sort
    monkeypatch.setattr(np, "sort", lambda *given: sorts.append(1) or sort(*given))
    for id in picks.selection.ids:
        facts(scene, again, compared, int(id))
    assert len(sorts) == 1


def test_without_probabilities_pool_or_scores(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    y = np.where(np.arange(40) < 30, np.arange(40) % 2, -1)
    pool = replace(
        alviz.datasets.arrays(X, y, classes=[EVIL, "ب"]), row_names=np.array([f"{EVIL}{i}" for i in range(40)])
    )
    runner = alviz.CycleRunner(pool, "linear", "margin", initial=4, budget=3, path=tmp_path / "run")
    runner.run(until=0)
    scene = replace(Scene.read(runner.history, 0), probs=None)
    dropped = alviz.Selection(np.array([35]), np.full(40, np.nan, dtype=np.float32))
    found = facts(scene, Picks(dropped, {"name": EVIL}, preview=False), [], 35)
    assert found.title == f"id 35 · {EVIL}35"
    assert found.right is None
    assert found.lines() == [("class not known", "soft"), (f"picked 1st by {EVIL}", "")]


def test_a_class_that_somebody_gave_is_not_called_true(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    y = np.where(np.arange(40) < 30, np.arange(40) % 2, -1)
    pool = alviz.datasets.arrays(X, y, classes=["a", "b"])
    runner = alviz.CycleRunner(pool, "linear", "margin", initial=4, budget=3, path=tmp_path / "run")
    runner.query()
    runner.label([35], [1])
    runner.run(until=1)
    scene = Scene.read(runner.history, 1)
    given, known = facts(scene, None, [], 35), facts(scene, None, [], 3)
    assert given.lines()[0][0].startswith("labeled b · predicted ")
    assert known.lines()[0][0].startswith("true b · predicted ")
    scene = replace(scene, probs=1 - np.eye(2, dtype=np.float32)[[1] * 40])
    assert facts(scene, None, [], 35).lines()[0][0] == "labeled b · predicted a (1.00) · not as labeled"
    assert facts(scene, None, [], 3).lines()[0][0] == "true b · predicted a (1.00) · wrong"


@pytest.mark.parametrize(
    ("n", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"), (1022, "1,022nd")]
)
def test_ordinals(n: int, word: str) -> None:
    assert ordinal(n) == word
