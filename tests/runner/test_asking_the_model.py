"""Samplers that ask the fitted model or the truth: in a run, in its record, and where that cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import runs
from torch import nn

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.errors import ArrayDropped, InvalidInput, MissingNeeds, PoolMissing
from alviz.learners import Supervised
from alviz.part import silent
from alviz.samplers import Query, Sampler
from alviz.samplers.bald import BALD, mutual_information
from alviz.samplers.base import highest
from alviz.samplers.ical import ICAL
from alviz.samplers.oracle_uncertainty import OracleUncertainty
from alviz.seeding import stream
from alviz.selection import Selection
from alviz.store.files import read_json, write_json

MLP = Supervised(model="mlp", epochs=4, dropout=0.3)
BAYES: dict[str, Any] = {"learner": MLP, "sampler": BALD(passes=4), "cross_validate": 0}


@dataclass(frozen=True)
class Negative(Sampler):
    """Asks what the model says of the negatives of the candidates, and of a few of its passes."""

    name: ClassVar[str] = "negative"
    deterministic: ClassVar[bool] = False

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"predict", "stochastic", "truth"})

    def select(self, query: Query) -> Selection:
        query.log("negatives", query.predict(255 - query.images(query.candidates)))
        query.log("passes", query.stochastic(3))
        query.log("truth", query.truth)
        return highest(query, query.rng.random(len(query.candidates)))


def own(shape: tuple[int, ...], classes: int) -> nn.Module:
    """A network that no record can name well enough to be built again."""
    model = nn.Sequential()
    model.add_module("body", nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 8), nn.ReLU()))
    model.add_module("classifier", nn.Linear(8, classes))
    return model


def test_a_query_hands_on_what_the_recorded_weights_say(fast: Any, few: Pool) -> None:
    runner = fast(**{**BAYES, "sampler": Negative()})
    extra = runner.query().extra
    run = runner.history
    candidates = np.setdiff1d(np.arange(160), run.labeled(0).ids)
    rng, weights = stream(run.seed, 0, "sampler"), run.weights(0)
    negatives = MLP.predict(few, weights, 255 - few.X[candidates], silent)
    passes = [MLP.predict(few, weights, few.X[candidates], silent, rng) for _ in range(3)]
    np.testing.assert_array_equal(extra["negatives"], negatives)
    np.testing.assert_array_equal(extra["passes"], passes)
    assert extra["passes"].dtype == np.float32
    assert not np.array_equal(passes[0], passes[1])
    np.testing.assert_array_equal(extra["truth"], few.y)
    assert np.abs(MLP.predict(few, weights, few.X, silent) - run.snapshot(0).probs).max() < 1e-5


def test_a_fork_picks_what_the_record_is_asked_for(fast: Any, few: Pool, tmp_path: Path) -> None:
    runner = fast(learner=MLP, cross_validate=0)
    runner.run(until=2)
    asked = alviz.ask(Run.open(tmp_path / "run", few), 1, BALD(passes=4))
    forked = runner.fork(at=1, sampler=BALD(passes=4), path=tmp_path / "fork").query()
    np.testing.assert_array_equal(asked.ids, forked.ids)
    np.testing.assert_array_equal(asked.scores, forked.scores)
    np.testing.assert_array_equal(runner.ask(1, BALD(passes=4)).scores, asked.scores)
    compared = alviz.compare(runner.history, 1, [BALD(passes=4), "margin"])
    np.testing.assert_array_equal(compared.selections["bald"].ids, asked.ids)
    candidates = np.setdiff1d(np.arange(160), runner.history.labeled(1).ids)
    rng = stream(runner.history.seed, 1, "sampler")
    passes = [MLP.predict(few, runner.history.weights(1), few.X[candidates], silent, rng) for _ in range(4)]
    np.testing.assert_allclose(asked.scores[candidates], mutual_information(passes), rtol=1e-5, atol=1e-8)


def test_progress_goes_up_to_the_whole_and_a_stop_is_heard(fast: Any) -> None:
    told: list[Any] = []
    runner = fast(**BAYES, on_progress=told.append)
    runner.query()
    selecting = [(progress.done, progress.total) for progress in told if progress.phase == "select"]
    assert {progress.phase for progress in told} <= {"train", "embed", "select"}
    shares = [done / total for done, total in selecting]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(set(shares)) > 4

    def stop(progress: Any) -> None:
        if progress.phase == "select" and progress.done:
            runner.stop()

    runner.on_progress = stop
    with pytest.raises(alviz.errors.Stopped):
        runner.ask(0, BALD(passes=5))


# -- what is refused ------------------------------------------------------------------------------


def test_without_dropout_nothing_is_trained(few: Pool, tmp_path: Path) -> None:
    with pytest.raises(MissingNeeds, match=r"'bald' needs stochastic; the learner 'supervised' gives .*predict, probs"):
        CycleRunner(few, Supervised(model="mlp"), BALD(), path=tmp_path / "run")
    with pytest.raises(MissingNeeds, match="'bald' needs stochastic; the learner 'linear'"):
        CycleRunner(few, "linear", BALD(), path=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    runner = CycleRunner(few, "linear", ICAL(), initial=12, budget=3, path=tmp_path / "run")
    assert len(runner.query().ids) == 3
    with pytest.raises(MissingNeeds, match="needs stochastic; cycle 0 of run 'run' gives features, head, predict, pr"):
        runner.ask(0, BALD())


@pytest.mark.parametrize("oracle", ["human", "noisy"])
def test_only_where_the_oracle_is_truth(oracle: str, few: Pool, tmp_path: Path) -> None:
    told = "'oracle_uncertainty' reads the true label of every example, and only with the oracle 'truth'"
    start: dict[str, Any] = {"oracle": oracle, "initial": "known" if oracle == "human" else 12, "budget": 3}
    pool = alviz.datasets.arrays(few.X, np.where(np.arange(160) < 100, few.y, -1)) if oracle == "human" else few
    with pytest.raises(MissingNeeds, match=told) as refused:
        CycleRunner(pool, "linear", OracleUncertainty(), path=tmp_path / "run", **start)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
    runner = CycleRunner(pool, "linear", "margin", path=tmp_path / "run", **start)
    runner.query()
    for refuse in (
        lambda: setattr(runner, "sampler", OracleUncertainty()),
        lambda: runner.ask(0, OracleUncertainty()),
        lambda: runner.fork(0, sampler=OracleUncertainty()),
        lambda: alviz.compare(runner.history, 0, [OracleUncertainty()]),
    ):
        with pytest.raises(MissingNeeds, match=told):
            refuse()


def test_the_truth_oracle_of_a_pool_with_holes(few: Pool) -> None:
    pool = alviz.datasets.arrays(few.X, np.where(np.arange(160) == 77, -1, few.y), classes=few.classes)
    initial = [int(np.flatnonzero(few.y == label)[0]) for label in range(10)]
    runner = CycleRunner(pool, "linear", OracleUncertainty(), initial=initial, budget=4)
    with pytest.raises(InvalidInput, match="does not know 1 of 150, the first is 77"):
        runner.query()
    whole = CycleRunner(few, "linear", OracleUncertainty(), initial=initial, budget=4)
    selection = whole.query()
    probs = whole.history.snapshot(0).probs
    loss = -np.log(probs[np.arange(160), few.y].astype(np.float64))
    candidates = np.setdiff1d(np.arange(160), initial)
    np.testing.assert_allclose(selection.scores[candidates], loss[candidates], rtol=1e-5)


def test_weights_that_were_not_kept(few: Pool, tmp_path: Path) -> None:
    keep = ("features", "probs", "head", "scores", "extra")
    start: dict[str, Any] = {**runs.FAST, "learner": MLP, "cross_validate": 0, "keep": keep}
    runner = CycleRunner(few, path=tmp_path / "run", **start)
    runner.run(until=1)
    told = "The weights of cycle 0 were not kept .*restore.0. computes them again"
    for refuse in (
        lambda: runner.ask(0, BALD(passes=2)),
        lambda: alviz.compare(runner.history, 0, ["margin", ICAL()]),
    ):
        with pytest.raises(ArrayDropped, match=told):
            refuse()
    assert len(runner.ask(0, "margin").ids) == 5
    assert len(runner.ask(1, BALD(passes=2)).ids) == 5  # the last fit's are there
    forked = runner.fork(0, sampler=BALD(passes=2), path=tmp_path / "fork")  # fits cycle 0 for itself
    picked = forked.query()
    np.testing.assert_array_equal(forked.history.snapshot(0).probs, runner.history.snapshot(0).probs)
    runner.restore(0)
    np.testing.assert_array_equal(runner.ask(0, BALD(passes=2)).scores, picked.scores)


def test_a_network_of_ones_own_is_the_runners_or_is_passed(few: Pool, tmp_path: Path) -> None:
    learner = Supervised(model=own, epochs=2)
    start: dict[str, Any] = {"initial": 12, "budget": 5, "cross_validate": 0}
    runner = CycleRunner(few, learner, BALD(passes=3), path=tmp_path / "run", **start)
    picked = runner.query()
    run = Run.open(tmp_path / "run", few)
    with pytest.raises(MissingNeeds, match=r"cannot be made from its record .*own.*Pass it: alviz\.ask\(.*learner="):
        alviz.ask(run, 0, BALD(passes=3))
    with pytest.raises(MissingNeeds, match="margin can answer; The learner of cycle 0"):
        alviz.compare(run, 0, ["margin", BALD(passes=3)])
    asked = alviz.ask(run, 0, BALD(passes=3), learner=learner)
    compared = alviz.compare(run, 0, [BALD(passes=3)], learner=learner)
    for selection in (asked, compared.selections["bald"], runner.preview(0, BALD(passes=3))):
        np.testing.assert_array_equal(selection.scores, picked.scores)


def test_another_learner_of_a_fork_is_not_asked_about_the_fits_before(few: Pool, tmp_path: Path) -> None:
    runner = CycleRunner(few, path=tmp_path / "run", **runs.FAST)
    runner.run(until=1)
    before = runner.ask(0, ICAL())
    fork = runner.fork(1, learner=MLP, path=tmp_path / "fork")
    np.testing.assert_array_equal(fork.ask(0, ICAL()).scores, before.scores)


def test_a_record_of_before_fits_said_what_they_answer(fast: Any, few: Pool, tmp_path: Path) -> None:
    fast(**BAYES).query()
    record = tmp_path / "run" / "cycles" / "0000" / "fit" / "fit.json"
    told = read_json(record)
    assert told.pop("model_gives") == ["predict", "stochastic"]
    write_json(record, told)
    run = Run.open(tmp_path / "run", few)
    assert len(alviz.ask(run, 0, ICAL()).ids) == 5
    with pytest.raises(MissingNeeds, match="needs stochastic"):
        alviz.ask(run, 0, BALD())


def test_without_a_label_there_is_no_model(few: Pool) -> None:
    runner = CycleRunner(few, "linear", ICAL(), initial=0, budget=20)
    record = runner.step()
    assert record.sampler == {"name": "random", "params": {}}
    assert record.notes == ("ical needs predict, not there without a label: cycle 0 picked at random.",)
    assert runner.step().sampler["name"] == "ical"


def test_the_pool_comes_by_its_recipe_or_is_asked_for(few: Pool, tmp_path: Path) -> None:
    digits = alviz.datasets.digits().subset(60)
    CycleRunner(digits, "linear", initial=10, budget=3, path=tmp_path / "recipe").query()
    CycleRunner(few, "linear", initial=10, budget=3, path=tmp_path / "memory").query()
    run = Run.open(tmp_path / "recipe")
    assert run.loaded is None
    for sampler in (ICAL(), OracleUncertainty()):
        assert len(alviz.ask(Run.open(tmp_path / "recipe"), 0, sampler).ids) == 3
        with pytest.raises(PoolMissing, match="came from memory: pass it"):
            alviz.ask(Run.open(tmp_path / "memory"), 0, sampler)


class Peeks(Negative):
    """Reads the truth without a word."""

    name: ClassVar[str] = "peeks"

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"probs"})

    def select(self, query: Query) -> Selection:
        return highest(query, query.truth[query.candidates].astype(np.float32))


def test_the_truth_is_told_to_those_alone_that_say_they_read_it(fast: Any) -> None:
    with pytest.raises(MissingNeeds, match="Only the oracle 'truth' knows"):
        fast(sampler=Peeks()).query()
