import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from samplers.heads import ask_head, head_of

import alviz
from alviz import CycleRunner, Pool, samplers
from alviz.errors import InvalidInput, MissingNeeds, UnknownName
from alviz.samplers import Coreset, Entropy, FeatProp, Margin, Query, Sampler
from alviz.samplers.base import highest
from alviz.samplers.schedule import Schedule
from alviz.samplers.tcm import TCM
from alviz.selection import Selection
from alviz.testing import check_sampler

TABLE = {"schedule": "alviz.samplers.schedule:Schedule", "tcm": "alviz.samplers.tcm:TCM"}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if all were in the table already; core-set stands in for TypiClust."""
    table = {**samplers.registry._table, **TABLE, "typiclust": "alviz.samplers.coreset:Coreset"}
    monkeypatch.setattr(samplers.registry, "_table", table)


@dataclass(frozen=True)
class First(Sampler):
    """Picks the lowest ids; of somebody's own, not registered."""

    name: ClassVar[str] = "first"

    def select(self, query: Query) -> Selection:
        return highest(query, -query.candidates.astype(np.float32))


def question(cycle: int, n: int = 4) -> Query:
    rng = np.random.default_rng(0)
    return replace(ask_head(n, rng.random((30, 4)), head_of(rng.normal(size=(3, 4))), [2, 5, 29]), cycle=cycle)


@pytest.mark.parametrize(
    ("cycle", "stage"), [(0, Coreset()), (1, Coreset()), (2, Entropy()), (3, Margin()), (9, Margin())]
)
def test_each_stage_picks_in_its_cycles_what_it_would_pick_alone(cycle: int, stage: Sampler) -> None:
    schedule = Schedule([(2, "coreset"), (1, Entropy()), (None, "margin")])
    selection, alone = schedule.select(question(cycle)), stage.select(question(cycle))
    assert schedule.at(cycle) == stage
    assert selection.ids.tolist() == alone.ids.tolist()
    np.testing.assert_array_equal(selection.scores, alone.scores)
    assert selection.extra["stage"] == stage.name
    assert selection.extra.keys() - {"stage"} == alone.extra.keys()


def test_it_needs_what_its_stages_need_and_in_a_cycle_what_that_stage_does() -> None:
    schedule = Schedule([(1, "coreset"), (None, "margin")])
    assert schedule.needs == {"features", "probs"}
    assert schedule.at(0).needs == {"features"}
    query = question(0)
    cold = replace(query, snapshot=replace(query._snapshot, probs=None, head=None))
    assert len(schedule.select(cold)) == 4
    with pytest.raises(MissingNeeds, match="gave no probs"):
        schedule.select(replace(cold, cycle=1))


def test_the_config_goes_through_json_with_every_parameter() -> None:
    schedule = Schedule([(2, FeatProp(k=7)), (1, "coreset"), (None, Entropy())])
    config = json.loads(json.dumps(schedule.config()))
    assert config["params"]["stages"][0] == [2, {"name": "featprop", "params": {"k": 7, "hops": 2, "rounds": 100}}]
    again = samplers.make(config)
    assert again == schedule
    assert again.config() == schedule.config()
    assert schedule.stages == ((2, FeatProp(k=7)), (1, "coreset"), (None, "entropy"))
    assert schedule != Schedule([(2, FeatProp(k=8)), (1, "coreset"), (None, Entropy())])


def test_one_written_as_a_view_writes_it_is_the_same() -> None:
    from alviz.views.steps import sampler_code

    code = sampler_code(Schedule([(5, "coreset"), (None, "margin")]))
    assert code == "alviz.samplers.Schedule(stages=((5, 'coreset'), (None, 'margin')))"
    assert eval(code.replace("alviz.samplers.", "")) == Schedule([(5, Coreset()), (None, Margin())])


def test_a_view_reads_what_it_shows() -> None:
    from alviz.views.controls import Controls

    read: list[Callable[[], object]] = []
    schedule = Schedule([(5, "coreset"), (None, "margin")])
    controls = Controls(schedule, lambda name, value: read.append(value))
    text = controls.inputs["stages"]
    assert text.value == "(5, 'coreset'), (None, 'margin')"
    text.value = "(2, 'coreset'), (None, 'entropy')"
    assert Schedule(read[-1]()) == Schedule([(2, "coreset"), (None, "entropy")])  # type: ignore[arg-type]
    text.value = "2 coreset"
    with pytest.raises(InvalidInput, match="stages is '2 coreset', expected something like"):
        read[-1]()


def test_a_sampler_of_ones_own_is_kept() -> None:
    schedule = Schedule([(1, First()), (None, "margin")])
    assert schedule.select(question(0)).ids.tolist() == [0, 1, 3, 4]
    assert schedule.config()["params"]["stages"][0] == [1, {"name": "first", "params": {}}]


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([], r"stages is \[\]"),
        ("margin", "stages is 'margin'"),
        ([(2, "margin")], "the last stage makes 2 acquisitions, expected None"),
        ([(None, "coreset"), (None, "margin")], "a stage makes None acquisitions"),
        ([(0, "coreset"), (None, "margin")], "a stage makes 0 acquisitions, expected a whole number"),
        ([(1.5, "coreset"), (None, "margin")], r"a stage makes 1\.5 acquisitions"),
        ([(True, "coreset"), (None, "margin")], "a stage makes True acquisitions"),
        (["margin"], "a stage is 'margin', expected"),
        ([(1, "coreset", 3), (None, "margin")], r"a stage is \(1, 'coreset', 3\)"),
        ([(1, Coreset), (None, "margin")], "Coreset is a class"),
    ],
)
def test_bad_stages_are_refused(stages: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Schedule(stages)  # type: ignore[arg-type]


def test_unknown_names_and_schedules_in_schedules_are_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'margin'"):
        Schedule([(1, "coreset"), (None, "margins")])
    for inner in (Schedule([(None, "margin")]), TCM(), "tcm", Schedule([(None, "margin")]).config()):
        with pytest.raises(InvalidInput, match="a stage is a schedule itself"):
            Schedule([(1, "coreset"), (None, inner)])


def test_tcm_is_a_schedule_with_one_number() -> None:
    assert TCM().schedule == Schedule()
    assert TCM(cycles=5).schedule == Schedule([(5, "typiclust"), (None, "margin")])
    assert TCM(cycles=2).needs == {"features", "probs"}
    assert TCM(cycles=2).select(question(1)).ids.tolist() == Coreset().select(question(1)).ids.tolist()
    assert TCM(cycles=2).select(question(2)).ids.tolist() == Margin().select(question(2)).ids.tolist()


def test_contract() -> None:
    check_sampler(Schedule())
    check_sampler(Schedule([(5, "coreset"), (None, "margin")]))  # asked in cycle 3
    check_sampler(Schedule([(2, "coreset"), (None, "featprop")]))
    check_sampler(TCM())
    check_sampler(TCM(cycles=9))


def test_a_run_goes_through_its_stages_and_resumes(fast: Callable[..., CycleRunner], few: Pool) -> None:
    schedule = Schedule([(2, "coreset"), (None, "margin")])
    runner = fast(sampler=schedule, learner="linear", initial=0)
    runner.run(until=2)
    path = runner.history.path
    assert [runner.history.record(cycle).sampler for cycle in range(2)] == [schedule.config()] * 2
    cold = Coreset()
    assert runner.history.selection(0).ids.tolist() == alviz.ask(runner.history, 0, cold).ids.tolist(), (
        "no label yet, and core-set needs none"
    )
    assert [runner.history.selection(cycle).extra["stage"] for cycle in range(2)] == ["coreset", "coreset"]
    runner.close()
    again = CycleRunner.resume(path, few)
    assert again.sampler == schedule
    again.run(until=3)
    assert again.history.selection(2).extra["stage"] == "margin"
    assert again.history.selection(2).ids.tolist() == alviz.ask(again.history, 2, "margin").ids.tolist()
    again.close()
