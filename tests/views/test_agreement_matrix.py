"""The matrix and the ranks: the numbers of `alviz.compare`, filled as answers come, and a pair by a click."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from views.conftest import PATIENCE
from views.gates import Gate, Gated

import alviz
from alviz.errors import InvalidInput
from alviz.figures import DARK
from alviz.views import AgreementMatrix, RankScatter, agreement_matrix

NAMES = ["entropy", "margin", "random", "coreset"]


@pytest.fixture
def view() -> Iterator[Callable[..., Any]]:
    """Open views, and stop what they compute at the end."""
    Gated.gates.clear()
    opened: list[Any] = []

    def make(kind: type, shown: Any) -> Any:
        opened.append(kind(shown))
        assert opened[-1].controller.wait(PATIENCE)
        return opened[-1]

    yield make
    for gate in Gated.gates.values():
        gate.open.set()
    for made in opened:
        made.controller.stop()
        assert made.controller.wait(PATIENCE)


def click(view: Any, trace: Any, **points: Any) -> None:
    for callback in trace._click_callbacks:
        callback(trace, SimpleNamespace(point_inds=[0], **points), None)


def drawn(matrix: AgreementMatrix) -> np.ndarray:
    return np.array(matrix.figure.data[0].z, dtype=np.float64)


def test_the_numbers_are_those_of_compare(view: Callable[..., Any], tmp_path: Path) -> None:
    pool = alviz.datasets.digits().subset(400)
    runner = alviz.CycleRunner(pool, "linear", "entropy", budget=15, path=tmp_path / "run")
    runner.run(until=2)
    matrix = view(AgreementMatrix, runner)
    controller = matrix.controller
    controller.go(1)
    controller.compare(*NAMES[1:])
    assert controller.wait(PATIENCE)
    expected = alviz.compare(runner.history, 1, NAMES, pool=runner.pool)
    names, values = matrix.table()
    assert names == NAMES
    np.testing.assert_array_equal(values, expected.jaccard)
    np.testing.assert_allclose(drawn(matrix), expected.jaccard, rtol=1e-6)
    texts = np.array(matrix.figure.data[0].text)
    assert (np.diag(texts) == "").all()
    assert texts[0, 1] == f"{100 * expected.jaccard.iloc[0, 1]:.0f}"

    matrix.show("scores")
    assert controller.wait(PATIENCE)
    np.testing.assert_array_equal(matrix.table()[1], expected.spearman)
    np.testing.assert_allclose(drawn(matrix), expected.spearman, rtol=1e-6)
    assert matrix.code.endswith("['entropy', 'margin', 'random', 'coreset']).spearman")

    matrix.show("labels")
    assert controller.wait(PATIENCE)
    table = matrix.table()[1]
    for i, reference in enumerate(NAMES):
        np.testing.assert_allclose(table[i], expected.agreement(reference)["agree"].astype(float), rtol=1e-6)
    assert 0 < table.min() < 1
    assert matrix.note.value == ""
    matrix.show("picks")
    np.testing.assert_array_equal(matrix.table()[1], expected.jaccard)
    # What was found at one cycle says nothing of another.
    controller.go(0)
    assert controller.wait(PATIENCE)
    before = alviz.compare(runner.history, 0, NAMES, pool=runner.pool).jaccard
    assert not np.array_equal(before, expected.jaccard)
    np.testing.assert_array_equal(matrix.table()[1], before)


@pytest.mark.parametrize("measure", ["picks", "scores"])
def test_cells_fill_as_answers_come(runner: alviz.CycleRunner, view: Callable[..., Any], measure: str) -> None:
    runner.run(until=1)
    matrix = view(AgreementMatrix, runner)
    controller = matrix.controller
    assert "Add samplers under Compare here" in matrix.note.value
    assert matrix._room.layout.display == "none"
    matrix.show(measure)
    controller.compare("margin")
    assert controller.wait(PATIENCE)
    controller.compare(Gated(1), "random")
    assert Gated(1).gate.started.wait(PATIENCE)
    assert matrix._room.layout.display == ""
    values = drawn(matrix)
    assert np.isfinite(values[:2, :2]).all()
    assert np.isnan(values[2:]).all()
    assert np.isnan(values[:, 2:]).all()
    Gated(1).gate.open.set()
    assert controller.wait(PATIENCE)
    assert np.isfinite(drawn(matrix)).all()
    controller.uncompare("margin")
    assert drawn(matrix).shape == (3, 3)
    controller.uncompare("gated")
    controller.uncompare("random")
    assert matrix._room.layout.display == "none"


@pytest.mark.parametrize(
    ("measure", "function", "other"), [("picks", "jaccard", "scores"), ("scores", "spearman", "picks")]
)
def test_nothing_is_measured_twice(
    runner: alviz.CycleRunner,
    view: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    measure: str,
    function: str,
    other: str,
) -> None:
    measured: list[int] = []
    compute = getattr(agreement_matrix, function)
    monkeypatch.setattr(agreement_matrix, function, lambda a, b: measured.append(1) or compute(a, b))
    runner.run(until=1)
    matrix = view(AgreementMatrix, runner)
    controller = matrix.controller
    matrix.show(measure)
    for count, name in ((1, "margin"), (3, "random"), (6, "coreset")):
        controller.compare(name)
        assert controller.wait(PATIENCE)
        assert len(measured) == count
    matrix.show(other)
    matrix.show(measure)
    controller.uncompare("margin")
    controller.compare("margin")
    controller.set_theme("dark")
    assert controller.wait(PATIENCE)
    assert len(measured) == 6
    assert np.isfinite(drawn(matrix)).all()
    assert matrix.figure.data[0].textfont.color == DARK.ink


def test_a_late_measure_is_written_on_no_other_cycle(
    runner: alviz.CycleRunner, view: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    spearman = agreement_matrix.spearman

    def slow(a: Any, b: Any) -> float:
        gate.started.set()
        assert gate.open.wait(PATIENCE)
        return spearman(a, b)

    runner.run(until=2)
    matrix = view(AgreementMatrix, runner)
    controller = matrix.controller
    controller.go(1)
    controller.compare("margin", "coreset")
    assert controller.wait(PATIENCE)
    monkeypatch.setattr(agreement_matrix, "spearman", slow)
    matrix.show("scores")
    assert gate.started.wait(PATIENCE)
    controller.go(0)
    gate.open.set()
    assert controller.wait(PATIENCE)
    expected = alviz.compare(runner.history, 0, ["entropy", "margin", "coreset"], pool=runner.pool).spearman
    np.testing.assert_array_equal(matrix.table()[1], expected)


def test_why_there_are_no_labels_to_compare(
    pool: alviz.Pool, runner: alviz.CycleRunner, view: Callable[..., Any], tmp_path: Path
) -> None:
    cold = alviz.CycleRunner(pool, learner="linear", sampler="random", initial=0, budget=5, path=tmp_path / "cold")
    cold.run(until=0)
    matrix = view(AgreementMatrix, cold)
    matrix.controller.compare("coreset")
    matrix.show("labels")
    assert matrix.controller.wait(PATIENCE)
    assert "Nothing is labeled at cycle 0" in matrix.note.value
    assert np.isnan(matrix.table()[1][0, 1])
    matrix.show("picks")
    assert matrix.note.value == ""
    assert np.isfinite(matrix.table()[1]).all()
    assert matrix.controller.errors == []


def test_answers_that_nobody_gave_leave_cells_empty(view: Callable[..., Any], tmp_path: Path, pool: alviz.Pool) -> None:
    half = alviz.datasets.arrays(pool.X, np.where(np.arange(160) < 40, pool.y, -1), classes=pool.classes)
    asking = alviz.CycleRunner(half, "linear", "margin", oracle="human", initial=30, budget=5, path=tmp_path / "run")
    ids = asking.query().ids
    asking.label(ids, pool.y[ids])
    asking.run(until=1)
    matrix = view(AgreementMatrix, asking)
    controller = matrix.controller
    controller.go(0)
    controller.compare("random")
    matrix.show("labels")
    assert controller.wait(PATIENCE)
    assert "picks have no answer yet, the first is" in matrix.note.value
    assert np.isnan(matrix.table()[1][0, 1])


def test_a_click_tells_two_apart(runner: alviz.CycleRunner, view: Callable[..., Any]) -> None:
    runner.run(until=1)
    matrix = view(AgreementMatrix, runner)
    controller = matrix.controller
    controller.compare("margin", "random")
    assert controller.wait(PATIENCE)
    heat = matrix.figure.data[0]
    click(matrix, heat, xs=[2], ys=[1])
    assert controller.state.pair == ("margin", "random")
    framed = {(shape.x0, shape.y0) for shape in matrix.figure.layout.shapes}
    assert framed == {(1.5, 0.5), (0.5, 1.5)}
    click(matrix, heat, xs=[0], ys=[2])
    assert controller.state.pair == ("random", "entropy")
    click(matrix, heat, xs=[2], ys=[0])  # the same two, from the other side
    assert controller.state.pair is None
    assert matrix.figure.layout.shapes == ()
    click(matrix, heat, xs=[0], ys=[1])
    click(matrix, heat, xs=[1], ys=[1])
    assert controller.state.pair is None
    assert controller.errors == []


def test_the_same_figure_is_drawn_into_and_only_when_something_changed(
    runner: alviz.CycleRunner, view: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.run(until=1)
    matrix = view(AgreementMatrix, runner)
    controller = matrix.controller
    figure, uids = matrix.figure, [trace.uid for trace in matrix.figure.data]
    controller.compare("margin", "random")
    assert controller.wait(PATIENCE)
    assert matrix.figure is figure
    assert [trace.uid for trace in figure.data] == uids
    drawings: list[int] = []
    fill = matrix._fill
    monkeypatch.setattr(matrix, "_fill", lambda drawing: drawings.append(1) or fill(drawing))
    controller.compare(Gated(1))
    assert Gated(1).gate.started.wait(PATIENCE)
    Gated(1).gate.open.set()
    assert controller.wait(PATIENCE)
    assert len(drawings) == 2  # a row more, and its values; progress draws nothing


def test_what_is_no_measure(runner: alviz.CycleRunner, view: Callable[..., Any]) -> None:
    runner.run(until=0)
    matrix = view(AgreementMatrix, runner)
    with pytest.raises(InvalidInput, match="There is no measure 'rank', only 'picks', 'labels', 'scores'"):
        matrix.show("rank")
    assert repr(matrix) == "AgreementMatrix(run='a', cycle=0)"


def test_ranks_of_the_pair(runner: alviz.CycleRunner, view: Callable[..., Any]) -> None:
    runner.run(until=2)
    ranks = view(RankScatter, runner)
    controller = ranks.controller
    controller.go(1)
    assert "Click a cell of the agreement matrix" in ranks.note.value
    controller.compare("margin", Gated(1))
    assert Gated(1).gate.started.wait(PATIENCE)
    controller.pair("entropy", "gated")
    assert "gated is asked." in ranks.note.value
    assert ranks._room.layout.display == "none"
    controller.pair("entropy", "margin")
    assert ranks._room.layout.display == ""
    found = {name: runner.ask(1, name) for name in ("entropy", "margin")}
    ids = {name: set(selection.ids.tolist()) for name, selection in found.items()}
    shown = {trace.name: trace for trace in ranks.figure.data}
    only = ids["entropy"] - ids["margin"], ids["margin"] - ids["entropy"], ids["entropy"] & ids["margin"]
    for name, expected in zip(("only the first", "only the second", "both"), only, strict=True):
        assert set(np.asarray(shown[name].customdata).tolist()) == expected
    candidates = np.flatnonzero(np.isfinite(found["margin"].scores))
    assert sum(len(trace.x) for trace in ranks.figure.data) == len(candidates)
    for trace in ranks.figure.data:
        for axis, name in ((trace.x, "entropy"), (trace.y, "margin")):
            scores = found[name].scores
            below = [(scores[candidates] < scores[id]).mean() for id in np.asarray(trace.customdata)]
            np.testing.assert_allclose(axis, below, atol=0.05)
    assert f"only entropy {len(only[0])}" in ranks.note.value
    assert ranks.figure.layout.xaxis.title.text == "entropy"
    click(ranks, shown["only the second"])
    assert controller.state.selected == np.asarray(shown["only the second"].customdata)[0]
    ranks.close.click()
    assert controller.state.pair is None
    assert ranks._room.layout.display == "none"


def test_ranks_without_scores(pool: alviz.Pool, view: Callable[..., Any], tmp_path: Path) -> None:
    lean = alviz.CycleRunner(pool, "linear", "margin", keep=["features", "probs"], budget=5, path=tmp_path / "lean")
    lean.run(until=2)
    ranks = view(RankScatter, lean)
    ranks.controller.go(0)
    ranks.controller.compare("random")
    assert ranks.controller.wait(PATIENCE)
    ranks.controller.pair("margin", "random")
    assert "scores of these picks were not kept" in ranks.note.value
