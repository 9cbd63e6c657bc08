"""The left column: parameters of every kind, the list of compared samplers, and the map's few options."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as w
import numpy as np
import pytest
from views.conftest import PATIENCE
from views.gates import Broken, Gated, first

import alviz
from alviz.part import parameter
from alviz.samplers import Query, Sampler, UncertainGCN
from alviz.views import CompareList, SamplerPanel

Open = Callable[..., Any]


def mine(query: Query) -> None:
    """Stand in for a choice."""


@dataclass(frozen=True)
class Many(Sampler):
    """Has a parameter of every kind."""

    name: ClassVar[str] = "many"

    flag: bool = parameter(True, "yes or no")
    count: int = parameter(3, "how many", low=0, high=10)
    free: int = parameter(5, "any whole number")
    share: float = parameter(0.5, "how much", low=0.0, high=1.0, step=0.1)
    limit: float | None = parameter(None, "a bound, if any", low=0.0)
    kind: str | None = parameter(None, "a word, if any")
    maybe: bool | None = parameter(None, "yes, no, or neither")
    sizes: tuple[int, ...] = parameter((2, 3), "some whole numbers")
    words: str = parameter("a, b", "free text")
    way: Any = parameter("up", "which way <i>", choices=("up", "down"), factory=True)

    def select(self, query: Query) -> alviz.Selection:
        return first(query)


@pytest.fixture
def view() -> Iterator[Open]:
    Gated.gates.clear()
    opened: list[Any] = []

    def make(kind: type, *shown: Any) -> Any:
        opened.append(kind(*shown))
        assert opened[-1].controller.wait(PATIENCE)
        return opened[-1]

    yield make
    for gate in Gated.gates.values():
        gate.open.set()
    for made in opened:
        made.controller.stop()
        assert made.controller.wait(PATIENCE)


def inputs(panel: SamplerPanel) -> dict[str, Any]:
    assert panel._controls is not None
    return panel._controls.inputs


def test_every_kind_of_parameter_has_its_control(runner: alviz.CycleRunner, view: Open) -> None:
    runner.run(until=0)
    panel = view(SamplerPanel, runner)
    controller = panel.controller
    controller.choose(Many())
    controls = inputs(panel)
    assert {name: type(control) for name, control in controls.items()} == {
        "flag": w.Checkbox,
        "count": w.BoundedIntText,
        "free": w.IntText,
        "share": w.BoundedFloatText,
        "limit": w.Text,
        "kind": w.Text,
        "maybe": w.Dropdown,
        "sizes": w.Text,
        "words": w.Text,
        "way": w.Dropdown,
    }
    assert (controls["limit"].value, controls["sizes"].value) == ("", "2, 3")
    for name, written, expected in [
        ("flag", False, False),
        ("count", 7, 7),
        ("free", -(10**12), -(10**12)),
        ("share", 0.25, 0.25),
        ("limit", "2", 2.0),
        ("limit", "1e-3", 0.001),
        ("limit", " None ", None),
        ("kind", "odd", "odd"),
        ("kind", "7", "7"),
        ("kind", "", None),
        ("maybe", False, False),
        ("maybe", None, None),
        ("sizes", "(4, 5, 6)", (4, 5, 6)),
        ("sizes", "8", (8,)),
        ("sizes", "", ()),
        ("words", "<b>c</b>", "<b>c</b>"),
        ("way", "down", "down"),
    ]:
        controls[name].value = written
        value = getattr(controller.state.sampler, name)
        assert value == expected
        assert type(value) is type(expected), name
    assert inputs(panel) is controls
    assert controller.errors == []
    assert controller.wait(PATIENCE)
    assert controller.state.frame.picks.sampler == controller.state.sampler.config()


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("limit", "-1", "Many: limit is -1.0, expected at least 0"),
        ("limit", "much", "limit is 'much', expected a number"),
        ("sizes", "1, x", "sizes is 'x', expected a number"),
    ],
)
def test_what_a_sampler_refuses_is_said_and_taken_back(
    runner: alviz.CycleRunner, view: Open, name: str, written: str, told: str
) -> None:
    runner.run(until=0)
    panel = view(SamplerPanel, runner)
    panel.controller.choose(Many())
    control = inputs(panel)[name]
    before = control.value
    control.value = written
    assert told in panel.controller.state.error
    assert panel.controller.state.sampler == Many()
    assert control.value == before


def test_controls_follow_what_python_sets(runner: alviz.CycleRunner, view: Open) -> None:
    runner.run(until=0)
    panel = view(SamplerPanel, runner)
    controller = panel.controller
    controller.choose(Many())
    controls = inputs(panel)
    changed = Many(count=9, limit=0.5, sizes=(1,), maybe=True, way="down")
    controller.choose(changed)
    assert inputs(panel) is controls
    shown = {name: controls[name].value for name in ("count", "limit", "sizes", "maybe", "way")}
    assert shown == {"count": 9, "limit": "0.5", "sizes": "1", "maybe": True, "way": "down"}
    assert controller.state.sampler is changed  # showing is no choice
    # A function of one's own has no place among the choices: the controls are made anew.
    controller.choose(Many(way=mine))
    assert inputs(panel)["way"].label == "mine"
    assert controller.state.sampler.way is mine
    assert "many" in panel.sampler.options
    assert panel.sampler.value == "many"
    controller.choose("margin")
    assert panel.parameters.children == ()
    assert controller.wait(PATIENCE)


def test_colors_edges_and_map_are_options(runner: alviz.CycleRunner, view: Open) -> None:
    runner.run(until=0)
    panel = view(SamplerPanel, runner)
    state = panel.controller.state
    panel.coloring.value = "entropy"
    panel.edges.value = True
    panel.method.value = "pca"
    assert (state.coloring, state.edges, state.method) == ("entropy", True, "pca")
    panel.controller.color_by("class")
    panel.controller.show_edges(False)
    panel.controller.map_by("tsne")
    assert (panel.coloring.value, panel.edges.value, panel.method.value) == ("class", False, "tsne")
    assert repr(panel) == "SamplerPanel(run='a', cycle=0)"


def rows(view: CompareList) -> list[tuple[str, str, str, bool]]:
    return [(row["name"], row["state"], row["kind"], row["removable"]) for row in view.page.rows]


def say(view: CompareList, **message: Any) -> None:
    view.page._handle_custom_msg(message, [])
    assert view.controller.wait(PATIENCE)


def test_the_list_says_how_far_everyone_is(pool: alviz.Pool, view: Open, tmp_path: Path) -> None:
    cold = alviz.CycleRunner(pool, learner="linear", sampler="random", initial=0, budget=5, path=tmp_path / "cold")
    cold.run(until=0)
    compared = view(CompareList, cold)
    controller = compared.controller
    assert rows(compared) == [("random", "preview", "done", False)]
    controller.compare("margin", "coreset", Gated(1), Broken())
    assert Gated(1).gate.started.wait(PATIENCE)
    told = rows(compared)
    assert told[1] == ("margin", "needs probs", "error", True)
    assert told[2][1].endswith(" s")
    assert told[2][2:] == ("done", True)
    assert told[3][2] == "open"
    assert told[4] == ("broken", "waits", "open", True)
    assert "alviz.samplers.Margin(): needs probs" in compared.page.rows[1]["title"]
    controller.stop()
    assert controller.wait(PATIENCE)
    assert [row[1] for row in rows(compared)[3:]] == ["stopped", "stopped"]
    say(compared, do="again", name="broken")
    assert rows(compared)[4] == ("broken", "RuntimeError: the sampler broke <here>", "error", True)
    assert rows(compared)[3][1] == "stopped"


def test_the_list_adds_and_removes(runner: alviz.CycleRunner, view: Open) -> None:
    runner.run(until=1)
    compared = view(CompareList, runner)
    controller = compared.controller
    everyone = alviz.samplers.names()
    assert compared.page.offers == {"names": [n for n in everyone if n != "entropy"], "chosen": "entropy"}
    say(compared, do="add", name="margin")
    assert [row[0] for row in rows(compared)] == ["entropy", "margin"]
    assert compared.page.offers["names"] == [n for n in everyone if n not in ("entropy", "margin")]
    say(compared, do="own")
    assert rows(compared)[0] == ("entropy", "preview", "done", True)
    assert compared.page.offers["chosen"] == ""
    controller.choose(UncertainGCN(steps=2))
    assert controller.wait(PATIENCE)
    assert [row[0] for row in rows(compared)] == ["uncertain_gcn", "margin", "entropy"]
    # With other parameters than the usual, the usual one can be added beside it.
    assert "uncertain_gcn" in compared.page.offers["names"]
    assert compared.page.offers["chosen"] == "uncertain_gcn"
    say(compared, do="remove", name="entropy")
    assert [row[0] for row in rows(compared)] == ["uncertain_gcn", "margin"]
    say(compared, do="remove", name="entropy")
    assert "There is no sampler 'entropy' in the comparison" in controller.state.error


def test_all_adds_who_can_answer(pool: alviz.Pool, view: Open, tmp_path: Path) -> None:
    cold = alviz.CycleRunner(pool, learner="linear", sampler="random", initial=0, budget=5, path=tmp_path / "cold")
    cold.run(until=0)
    compared = view(CompareList, cold)
    say(compared, do="all")
    asked = [row[0] for row in rows(compared)]
    assert asked == ["random", *sorted(asked[1:])]
    assert {"coreset", "featprop", "maxherding"} < set(asked)
    assert not {"margin", "badge"} & set(asked)  # they need a prediction
    assert all(row[2] == "done" for row in rows(compared))
    say(compared, do="all")
    assert "All samplers that can answer" in compared.controller.state.message
    assert compared.controller.errors == []


def test_recorded_picks_say_so(runner: alviz.CycleRunner, view: Open) -> None:
    runner.run(until=1)
    compared = view(CompareList, runner.history)
    assert rows(compared)[0][1] == "preview"
    compared.controller.go(0)
    assert rows(compared)[0][1] == "picked"
    selection = compared.controller.state.frame.picks.selection
    np.testing.assert_array_equal(selection.ids, runner.history.selection(0).ids)
