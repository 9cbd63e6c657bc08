"""Samplers compared at a cycle: as forks pick, nothing asked twice, nothing stale, whatever comes between."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from views.conftest import PATIENCE
from views.gates import Broken, Gate, Gated

import alviz
from alviz.errors import InvalidInput, UnknownName
from alviz.samplers import Coreset, UncertainGCN
from alviz.views import comparing, remembered
from alviz.views.branch import Branch
from alviz.views.comparing import all_answers
from alviz.views.controller import Controller
from alviz.views.state import Answer
from alviz.views.worker import Worker

Control = Callable[..., Controller]


@pytest.fixture
def control() -> Iterator[Control]:
    """Return a controller with a worker of its own that shows runs, all its first work done."""
    made: list[Controller] = []
    Gated.gates.clear()

    def make(*shown: Any) -> Controller:
        made.append(Controller(shown, worker=Worker()))
        assert made[-1].wait(PATIENCE)
        return made[-1]

    yield make
    for gate in Gated.gates.values():
        gate.open.set()
    for controller in made:
        controller.stop()
        assert controller.wait(PATIENCE)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is asked of any branch, by the name of the sampler and the cycle."""
    calls: list[tuple[str, int]] = []
    ask = Branch.ask

    def counted(self: Branch, cycle: int, sampler: Any, report: Any) -> Any:
        calls.append((sampler.name, cycle))
        return ask(self, cycle, sampler, report)

    monkeypatch.setattr(Branch, "ask", counted)
    return calls


def settled(controller: Controller) -> dict[str, Answer]:
    assert controller.wait(PATIENCE)
    return answers(controller)


def answers(controller: Controller) -> dict[str, Answer]:
    with controller.reading() as state:
        return {answer.name: answer for answer in state.compared}


def until(controller: Controller, holds: Callable[[], bool]) -> None:
    """Wait for something that comes while the worker is still busy."""
    changed = threading.Event()
    controller.state.observe(lambda _: changed.set())
    for _ in range(1000):
        with controller.reading():
            if holds():
                return
            changed.clear()
        changed.wait(PATIENCE / 1000)
    raise AssertionError("it never came")


def test_each_answer_is_what_a_fork_there_picks(runner: alviz.CycleRunner, control: Control, tmp_path: Path) -> None:
    runner.run(until=2)
    controller = control(runner)
    controller.go(1)
    samplers = ["margin", "random", Coreset(), UncertainGCN(steps=5), "jlp"]
    controller.compare(*samplers)
    found = settled(controller)
    assert list(found) == ["margin", "random", "coreset", "uncertain_gcn", "jlp"]
    for sampler, (name, answer) in zip(samplers, found.items(), strict=True):
        fork = runner.fork(at=1, sampler=sampler, path=tmp_path / name).query()
        assert answer.selection is not None
        assert answer.selection.ids.tolist() == fork.ids.tolist()
        np.testing.assert_array_equal(answer.selection.scores, fork.scores)
        assert answer.selection.extra == {}
        assert (answer.error, answer.progress) == ("", None)
        assert answer.seconds is not None
        assert answer.seconds > 0
    assert controller.state.code == (
        "alviz.compare(runner.history, 1, ['entropy', 'margin', 'random', 'coreset', "
        "alviz.samplers.UncertainGCN(steps=5), 'jlp'])"
    )
    assert controller.errors == []


def test_answers_come_one_after_the_other(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    seen: list[list[str]] = []

    def look(change: Any) -> None:
        told = [answer.name for answer in change.new if answer.selection is not None]
        if not seen or told != seen[-1]:
            seen.append(told)

    controller.state.observe(look, "compared")
    controller.compare("margin", Gated(1), "random")
    assert Gated(1).gate.started.wait(PATIENCE)
    until(controller, lambda: answers(controller)["gated"].progress is not None)
    midway = answers(controller)
    progress = midway["gated"].progress
    assert progress is not None
    assert (progress.phase, progress.share) == ("select", 0.25) or progress.share == 0
    assert midway["margin"].selection is not None
    assert (midway["random"].selection, midway["random"].progress) == (None, None)
    Gated(1).gate.open.set()
    done = settled(controller)
    assert done["gated"].progress is None
    assert seen == [[], ["margin"], ["margin", "gated"], ["margin", "gated", "random"]]


def test_nothing_is_asked_twice(
    runner: alviz.CycleRunner, control: Control, asked: list[tuple[str, int]], tmp_path: Path
) -> None:
    runner.run(until=2)
    fork = runner.fork(at=1, sampler="coreset", path=tmp_path / "fork")
    fork.run(until=2)
    controller = control(runner, fork)
    controller.go(1)
    asked.clear()
    controller.compare("margin", "random")
    first = settled(controller)
    controller.go(0)
    settled(controller)
    for cycle, branch in ((1, 0), (0, 0), (1, 1), (0, 1), (1, 0)):
        controller.go(cycle, branch)
        # At once, before the worker had a chance: nobody waits for what is known.
        told = answers(controller)
        assert all(answer.selection is not None for answer in told.values()), (cycle, branch)
        assert cycle == 0 or told["margin"].selection is first["margin"].selection
        assert cycle == 0 or told["margin"].seconds == first["margin"].seconds
    settled(controller)
    assert sorted(asked) == [("margin", 0), ("margin", 1), ("random", 0), ("random", 1)]
    # Beyond the fork the fits differ, and so do the answers.
    controller.go(2, 1)
    settled(controller)
    controller.go(2, 0)
    settled(controller)
    assert sorted(call for call in asked if call[1] == 2 and call[0] in ("margin", "random")) == [
        ("margin", 2),
        ("margin", 2),
        ("random", 2),
        ("random", 2),
    ]


def test_a_recorded_pick_answers_without_asking(
    runner: alviz.CycleRunner, control: Control, asked: list[tuple[str, int]], tmp_path: Path
) -> None:
    runner.run(until=2)
    fork = runner.fork(at=1, sampler="coreset", path=tmp_path / "fork")
    fork.run(until=2)
    controller = control(runner, fork)
    controller.go(1)
    controller.choose("margin")
    settled(controller)
    asked.clear()
    controller.compare("entropy", "coreset")
    found = answers(controller)
    assert found["entropy"].selection is not None
    assert found["coreset"].selection is not None
    assert found["entropy"].selection.ids.tolist() == runner.history.selection(1).ids.tolist()
    assert found["coreset"].selection.ids.tolist() == fork.history.selection(1).ids.tolist()
    assert found["entropy"].seconds == runner.history.record(1).phases["select"].seconds
    settled(controller)
    assert asked == []


def test_a_record_of_another_number_of_picks_is_no_answer(
    runner: alviz.CycleRunner, control: Control, asked: list[tuple[str, int]]
) -> None:
    runner.run(until=1)
    ids = runner.query(3).ids
    runner.label(ids)
    runner.run(until=2)
    controller = control(runner)
    controller.go(1)
    controller.choose("margin")
    controller.compare("entropy")
    selection = settled(controller)["entropy"].selection
    assert selection is not None
    assert len(selection) == runner.budget
    assert selection.ids.tolist() == runner.ask(1, "entropy").ids.tolist()
    assert ("entropy", 1) in asked


def test_the_chosen_sampler_is_not_asked_twice(
    runner: alviz.CycleRunner, control: Control, asked: list[tuple[str, int]]
) -> None:
    runner.run(until=1)
    controller = control(runner)
    asked.clear()
    controller.choose("margin")
    settled(controller)
    controller.compare("margin", "random")
    assert "margin stays in the comparison" in controller.state.message
    assert list(settled(controller)) == ["random"]
    assert [answer.name for answer in all_answers(controller.state)] == ["margin", "random"]
    preview = controller.state.frame.picks.selection
    assert all_answers(controller.state)[0].selection is preview
    controller.choose("random")
    told = answers(controller)
    assert list(told) == ["margin"]
    assert told["margin"].selection is not None
    assert told["margin"].selection.ids.tolist() == preview.ids.tolist()
    settled(controller)
    assert asked.count(("margin", 1)) == 1
    controller.uncompare("margin")
    controller.uncompare("random")
    assert controller.state.compared == ()


def test_one_sampler_with_two_settings(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    for key in (1, 2):
        Gated(key).gate.open.set()
    controller.compare(Gated(1), Gated(1, skip=3), Gated(1), "coreset")
    found = settled(controller)
    assert list(found) == ["gated(skip=0)", "gated(skip=3)", "coreset"]
    a, b = found["gated(skip=0)"].selection, found["gated(skip=3)"].selection
    assert a is not None
    assert b is not None
    assert (a.ids[3:] == b.ids[:2]).all()
    # The chosen one keeps its plain name, whatever its parameters are.
    controller.choose(Gated(2))
    settled(controller)
    names = [answer.name for answer in all_answers(controller.state)]
    assert names == ["gated", "gated(key=1, skip=0)", "gated(key=1, skip=3)", "coreset"]


def test_who_cannot_answer_says_why_and_the_others_go_on(
    pool: alviz.Pool, control: Control, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cold = alviz.CycleRunner(pool, learner="linear", sampler="random", initial=0, budget=5, path=tmp_path / "cold")
    cold.run(until=0)
    controller = control(cold)
    controller.compare("margin", "core_gcn", Broken(), "coreset")
    found = settled(controller)
    assert found["margin"].error == "needs probs"
    assert found["core_gcn"].error == "needs labels"
    assert found["broken"].error == "RuntimeError: the sampler broke <here>"
    assert found["coreset"].selection is not None
    # What a sampler may say is no defect; what nobody expected is, and its traceback is kept.
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [RuntimeError]
    assert controller.state.error == ""


def test_what_was_not_kept_is_said(pool: alviz.Pool, control: Control, tmp_path: Path) -> None:
    lean = alviz.CycleRunner(pool, "supervised", "random", keep=["probs"], budget=5, path=tmp_path / "lean")
    lean.run(until=1)
    controller = control(lean)
    controller.go(0)
    controller.compare("coreset", "margin")
    found = settled(controller)
    assert found["coreset"].error == "features not kept"
    assert found["margin"].selection is not None


def test_where_nothing_is_left_nobody_is_asked(
    pool: alviz.Pool, control: Control, asked: list[tuple[str, int]], tmp_path: Path
) -> None:
    whole = alviz.CycleRunner(pool, learner="linear", initial=150, budget=10, path=tmp_path / "whole")
    whole.run(until=1)
    controller = control(whole)
    asked.clear()
    controller.compare("margin")
    assert answers(controller)["margin"].error == "nothing is left to pick"
    settled(controller)
    assert asked == []


def test_moving_ends_what_is_asked(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=2)
    controller = control(runner)
    controller.go(1)
    settled(controller)
    gate = Gated(1).gate
    controller.compare(Gated(1), "margin")
    assert gate.started.wait(PATIENCE)
    gate.started.clear()
    controller.go(0)
    assert answers(controller)["gated"].progress is None
    assert gate.started.wait(PATIENCE)
    assert gate.asked == [1, 0]
    gate.open.set()
    found = settled(controller)
    for name in ("gated", "margin"):
        selection = found[name].selection
        assert selection is not None
        expected = runner.ask(0, Gated(1) if name == "gated" else name)
        assert selection.ids.tolist() == expected.ids.tolist()


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> tuple[Gate, list[int]]:
    """Let "random" work without a report, so that asking it cannot be ended: the gate, and the cycles."""
    gate, calls = Gate(), list[int]()
    ask = Branch.ask

    def without_a_word(self: Branch, cycle: int, sampler: Any, report: Any) -> Any:
        if sampler.name != "random":
            return ask(self, cycle, sampler, report)
        calls.append(cycle)
        gate.started.set()
        assert gate.open.wait(PATIENCE)
        return ask(self, cycle, sampler, lambda *_: None)

    monkeypatch.setattr(Branch, "ask", without_a_word)
    return gate, calls


def test_a_late_answer_is_shown_nowhere_else_but_kept(
    runner: alviz.CycleRunner, control: Control, deaf: tuple[Gate, list[int]]
) -> None:
    runner.run(until=3)
    controller = control(runner.history)
    gate, calls = deaf
    controller.go(1)
    controller.compare("random")
    assert gate.started.wait(PATIENCE)
    seen: list[tuple[int, Any]] = []
    controller.state.observe(lambda change: seen.append((controller.state.cycle, change.new[0].selection)), "compared")
    controller.go(0)
    gate.open.set()
    assert settled(controller)["random"].selection is not None
    shown = [selection.ids.tolist() for cycle, selection in seen if cycle == 0 and selection is not None]
    assert shown == [runner.ask(0, "random").ids.tolist()]
    controller.go(1)
    there = answers(controller)["random"].selection
    assert there is not None
    assert there.ids.tolist() == runner.ask(1, "random").ids.tolist()
    settled(controller)
    assert calls == [1, 0]


def test_what_was_called_off_and_is_asked_again_is_computed_once(
    runner: alviz.CycleRunner, control: Control, deaf: tuple[Gate, list[int]]
) -> None:
    runner.run(until=3)
    controller = control(runner.history)
    gate, calls = deaf
    controller.go(1)
    controller.compare("random")
    assert gate.started.wait(PATIENCE)
    controller.uncompare("random")
    controller.compare("random")
    gate.open.set()
    assert settled(controller)["random"].selection is not None
    assert calls == [1]


def test_removing_ends_a_sampler_and_lets_the_next_work(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    controller.compare(Gated(1), "margin")
    assert Gated(1).gate.started.wait(PATIENCE)
    controller.uncompare("gated")
    assert controller.state.code == "explorer.uncompare('gated')"
    found = settled(controller)
    assert list(found) == ["margin"]
    assert found["margin"].selection is not None
    with pytest.raises(InvalidInput, match="There is no sampler 'gated' in the comparison, only 'margin'"):
        controller.uncompare("gated")
    with pytest.raises(InvalidInput, match="no sampler 'entropy'"):
        controller.uncompare("entropy")  # the chosen one, which nobody compared


def test_stopped_answers_say_so_and_can_be_asked_again(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    controller.compare("random", Gated(1), "margin")
    assert Gated(1).gate.started.wait(PATIENCE)
    controller.stop()
    found = settled(controller)
    assert {name: answer.error for name, answer in found.items()} == {
        "random": "",
        "gated": "stopped",
        "margin": "stopped",
    }
    assert found["gated"].progress is None
    Gated(1).gate.open.set()
    controller.compare("margin")
    found = settled(controller)
    assert (found["margin"].error, found["gated"].error) == ("", "stopped")
    assert found["margin"].selection is not None
    controller.compare(Gated(1))
    assert settled(controller)["gated"].selection is not None
    # Another cycle is another question.
    controller.go(0)
    assert all(answer.error == "" for answer in settled(controller).values())


def test_a_worker_that_is_stopped_says_so_too(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    controller.compare(Gated(1), "margin")
    assert Gated(1).gate.started.wait(PATIENCE)
    controller._worker.stop(controller)
    assert [answer.error for answer in settled(controller).values()] == ["stopped", "stopped"]


def test_a_step_goes_first(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    gate = Gated(1).gate
    controller.compare(Gated(1), "margin")
    assert gate.started.wait(PATIENCE)
    gate.started.clear()
    controller.step()
    assert answers(controller)["gated"].progress is None
    until(controller, lambda: controller.state.cycle == 2 and not controller.state.busy)
    assert runner.history.closed == 2  # although the gate never opened
    assert gate.started.wait(PATIENCE)
    assert gate.asked == [1, 2]
    gate.open.set()
    found = settled(controller)
    selection = found["margin"].selection
    assert selection is not None
    assert selection.ids.tolist() == runner.ask(2, "margin").ids.tolist()


def test_the_preview_of_the_chosen_sampler_goes_first(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    gate = Gated(1).gate
    controller.compare(Gated(1))
    assert gate.started.wait(PATIENCE)
    controller.choose("margin")
    until(controller, lambda: controller.state.frame.picks is not None)
    gate.open.set()
    assert settled(controller)["gated"].selection is not None
    assert gate.asked == [1, 1]


def test_progress_is_told_a_few_times_a_second(
    runner: alviz.CycleRunner, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.run(until=1)
    controller = control(runner)
    told: list[Any] = []
    now = [100.0]
    monkeypatch.setattr(comparing.time, "monotonic", lambda: now[0])
    controller.state.observe(lambda change: told.append(change.new[0].progress), "compared")

    def talk(self: Branch, cycle: int, sampler: Any, report: Any) -> Any:
        for i in range(60):
            now[0] += 0.05
            report(f"phase {i}", 0, 1)  # what a job passes on at once
        return runner.ask(cycle, "random")

    monkeypatch.setattr(Branch, "ask", talk)
    controller.compare("random")
    settled(controller)
    shown = [progress.phase for progress in told if progress is not None]
    assert 3 <= len(shown) <= 11  # in three seconds
    assert shown[0] == "phase 0"


def test_nothing_is_told_when_nothing_changed(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    controller.compare("margin", "random")
    settled(controller)
    told: list[Any] = []
    controller.state.observe(told.append, "compared")
    controller.compare("margin")
    controller.select(3)
    controller.color_by("entropy")
    controller.map_by("pca")
    settled(controller)
    assert told == []


def test_memory_is_bounded_and_forgets_the_oldest(
    runner: alviz.CycleRunner, control: Control, asked: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.run(until=2)
    one = 160 * 4 + 5 * 8
    monkeypatch.setattr(remembered, "_REMEMBERED_BYTES", 3 * one)  # of which one is the preview of the last cycle
    controller = control(runner)
    controller.compare("random")
    for cycle in (0, 1, 2):
        controller.go(cycle)
        settled(controller)
    asked.clear()
    controller.go(1)
    assert answers(controller)["random"].selection is not None
    controller.go(0)
    settled(controller)
    assert asked == [("random", 0)]


def test_it_can_be_asked_for_before_anything_is_fitted(runner: alviz.CycleRunner, control: Control) -> None:
    controller = control(runner)
    controller.compare("margin", "random")
    assert controller.state.code == "explorer.compare('margin', 'random')"
    assert [answer.selection for answer in settled(controller).values()] == [None, None]
    controller.step()
    found = settled(controller)
    assert all(answer.selection is not None for answer in found.values())


def test_the_pair_follows_its_samplers(runner: alviz.CycleRunner, control: Control) -> None:
    runner.run(until=1)
    controller = control(runner)
    Gated(1).gate.open.set()
    controller.compare(Gated(1), "margin")
    settled(controller)
    controller.pair("entropy", "gated")
    assert controller.state.pair == ("entropy", "gated")
    assert controller.state.code == "explorer.pair('entropy', 'gated')"
    controller.compare(Gated(1, skip=2))
    assert controller.state.pair == ("entropy", "gated(skip=0)")
    controller.choose("coreset")  # the first of the pair is the chosen one, whoever that is
    assert controller.state.pair == ("coreset", "gated(skip=0)")
    settled(controller)
    controller.uncompare("gated(skip=0)")
    assert controller.state.pair is None
    controller.pair("margin", "gated")
    controller.choose("margin")
    assert controller.state.pair == ("margin", "gated")
    controller.pair("gated", "gated")
    assert controller.state.pair is None
    with pytest.raises(InvalidInput, match="There is no answer of 'nobody' here, only 'margin', 'gated'"):
        controller.pair("margin", "nobody")
    controller.pair("margin", "gated")
    controller.pair(None, None)
    assert controller.state.pair is None


def answering(there: set[str], cycle: int) -> set[str]:
    """Return the samplers that need no more than that in a cycle, but for those that take minutes."""
    known = {name: alviz.samplers.make(name) for name in alviz.samplers.names()}
    assert known["vaal"].leisurely
    return {name for name, sampler in known.items() if sampler.at(cycle).needs <= there and not sampler.leisurely}


def test_all_is_who_can_answer_here(pool: alviz.Pool, control: Control, tmp_path: Path) -> None:
    runner = alviz.CycleRunner(pool, learner="linear", sampler="random", initial=0, budget=5, path=tmp_path / "cold")
    runner.run(until=1)
    controller = control(runner)
    everyone = answering({"features", "probs", "head", "labels", "predict", "truth"}, 1)
    assert {"coreset", "margin", "random"} < everyone
    assert "bald" not in everyone  # no passes with dropout
    assert controller.comparing.able() == sorted(everyone - {"random"})
    controller.compare("margin", UncertainGCN(steps=3))
    assert controller.comparing.able() == sorted(everyone - {"random", "margin"})
    controller.go(0)
    cold = answering({"features", "truth"}, 0)
    assert {"coreset", "featprop"} < cold < everyone
    assert controller.comparing.able() == sorted(cold - {"random"})
    settled(controller)


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [((), InvalidInput, "compare takes samplers"), (("margn",), UnknownName, "Did you mean 'margin'")],
)
def test_what_is_no_sampler(
    runner: alviz.CycleRunner, control: Control, given: Any, error: type[Exception], told: str
) -> None:
    runner.run(until=0)
    controller = control(runner)
    with pytest.raises(error, match=told):
        controller.compare(*given)
    assert controller.state.compared == ()
