"""The curves' drawing: branches, forks, names, and where we are."""

import numpy as np
import pytest

from alviz.figures import Curve, accuracy_curves

ROOT = Curve("core_gcn", np.array([20, 40, 60, 80]), np.float32([0.5, 0.7, 0.8, 0.82]))
FORK = Curve("<i>margin", np.array([20, 40, 60]), np.float32([0.5, 0.7, 0.9]), shared=2)


def test_a_fork_is_drawn_from_where_it_leaves_its_parent() -> None:
    figure = accuracy_curves([ROOT, FORK])
    assert [trace.uid for trace in figure.data] == ["branch-0", "branch-1", "here"]
    assert figure.data[0].x.tolist() == [20, 40, 60, 80]
    assert figure.data[1].x.tolist() == [40, 60]
    np.testing.assert_allclose(figure.data[1].y, [70, 90], rtol=1e-6)
    assert figure.data[1].marker.symbol == ("circle-open", "circle")
    assert figure.data[0].line.color != figure.data[1].line.color


def test_the_shown_branch_is_stronger_and_the_shown_fit_is_marked() -> None:
    figure = accuracy_curves([ROOT, FORK], shown=1, at=2)
    assert figure.data[1].line.width > figure.data[0].line.width
    assert (figure.data[2].x, figure.data[2].y[0]) == ((60,), pytest.approx(90))
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (60, 60)
    assert accuracy_curves([ROOT, FORK]).layout.shapes == ()


def test_names_stand_at_the_ends_escaped_and_do_not_cover_each_other() -> None:
    twins = [Curve(f"twin {i}", ROOT.labels, ROOT.values + np.float32(i / 1000)) for i in (1, 2)]
    figure = accuracy_curves([ROOT, *twins, FORK])
    names = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert list(names) == ["<b>core_gcn</b>", "twin 1", "twin 2", "&lt;i&gt;margin"]
    assert [x for x, _ in names.values()] == [80, 80, 80, 60]
    low, high = figure.layout.yaxis.range
    places = [y for _, y in names.values()]
    assert np.diff(places).min() >= (high - low) / 20
    assert max(places) < high


def test_a_name_with_room_stands_at_its_line() -> None:
    names = accuracy_curves([ROOT, FORK]).layout.annotations
    assert [(name.x, name.y) for name in names] == [(80, pytest.approx(82)), (60, pytest.approx(90))]


def test_names_at_the_top_stay_in_view() -> None:
    twins = [Curve(f"twin {i}", ROOT.labels, ROOT.values) for i in range(5)]
    figure = accuracy_curves(twins)
    low, high = figure.layout.yaxis.range
    places = [note.y for note in figure.layout.annotations]
    assert max(places) < high
    assert np.diff(places).min() >= (high - low) / 20
    assert figure.layout.showlegend is False


def test_many_branches_get_a_legend() -> None:
    curves = [Curve(f"run {i}", ROOT.labels, ROOT.values - np.float32(i / 100)) for i in range(9)]
    figure = accuracy_curves(curves)
    assert figure.layout.annotations == ()
    assert figure.layout.showlegend is True


def test_all_values_are_in_view_and_percent() -> None:
    layout = accuracy_curves([ROOT, FORK]).layout
    assert layout.yaxis.range[0] < 50
    assert 90 < layout.yaxis.range[1] <= 101
    assert layout.yaxis.ticksuffix == " %"


def test_no_branch_and_no_test_split_are_drawn() -> None:
    assert [trace.uid for trace in accuracy_curves([]).data] == ["here"]
    unmeasured = Curve("random", np.array([20]), np.float32([np.nan]))
    figure = accuracy_curves([unmeasured], at=0)
    assert figure.layout.annotations == ()
    assert np.isfinite(figure.layout.yaxis.range).all()


def test_ticks_stand_at_fits() -> None:
    assert accuracy_curves([ROOT, FORK]).layout.xaxis.tickvals == (20, 40, 60, 80)
    long = Curve("margin", np.arange(100, 2100, 100), np.linspace(0.5, 0.9, 20, dtype=np.float32))
    assert accuracy_curves([long]).layout.xaxis.tickvals == (100, 500, 900, 1300, 1700)


def test_a_long_name_is_cut_at_the_line_and_whole_on_hover() -> None:
    long = Curve("uncertain_gcn → coreset", ROOT.labels, ROOT.values)
    figure = accuracy_curves([long])
    assert figure.layout.annotations[0].text == "<b>uncertain_gcn…</b>"
    assert "uncertain_gcn → coreset" in figure.data[0].hovertemplate
