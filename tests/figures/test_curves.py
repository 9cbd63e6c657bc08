"""The curves' drawing: branches, forks, bands over seeds, names, levels, and where we are."""

from typing import Any

import numpy as np
import pytest

from alviz.figures import Curve, Level, accuracy_curves, cycle_line, here_point

ROOT = Curve("core_gcn", np.array([20, 40, 60, 80]), np.float32([0.5, 0.7, 0.8, 0.82]))
FORK = Curve("<i>margin", np.array([20, 40, 60]), np.float32([0.5, 0.7, 0.9]), shared=2)
# By hand: at 20 labels 0.6, 0.8, 1.0 have mean 0.8 and squares 0.04, 0, 0.04, so std √(0.08 / 2) = 0.2;
# at 40 labels 0.7 and 0.9: mean 0.8, std √0.02; at 60 labels one seed; at 80 nothing was measured.
SEEDS = [
    Curve("a", np.array([20, 40, 60, 80]), np.float32([0.6, 0.7, 0.9, np.nan])),
    Curve("b", np.array([20, 40]), np.float32([0.8, np.nan])),
    Curve("c", np.array([20, 40]), np.float32([1.0, 0.9])),
]


def traces(figure: Any) -> dict[str, Any]:
    return {trace.uid: trace for trace in figure.data}


def test_a_mean_counts_its_seeds_and_has_a_deviation_from_two_on() -> None:
    mean = Curve.mean("margin", SEEDS)
    assert mean.labels.tolist() == [20, 40, 60, 80]
    np.testing.assert_allclose(mean.values, [0.8, 0.8, 0.9, np.nan], rtol=1e-6)
    assert mean.std is not None
    np.testing.assert_allclose(mean.std, [0.2, 0.02**0.5, np.nan, np.nan], rtol=1e-6)
    assert mean.seeds is not None
    assert mean.seeds.tolist() == [3, 2, 1, 0]


def test_a_mean_of_one_is_that_one_and_of_none_is_empty() -> None:
    one = Curve.mean("margin", [ROOT])
    np.testing.assert_array_equal(one.values, ROOT.values)
    assert one.std is not None
    assert np.isnan(one.std).all()
    assert len(Curve.mean("margin", []).labels) == 0


def test_a_band_is_mean_plus_and_minus_std_where_there_are_two_seeds() -> None:
    band = traces(accuracy_curves([Curve.mean("margin", SEEDS)]))["band-0"]
    assert band.fill == "toself"
    assert band.x.tolist() == [20, 40, 40, 20]
    deviation = 100 * 0.02**0.5
    np.testing.assert_allclose(band.y, [100, 80 + deviation, 80 - deviation, 60], rtol=1e-6)
    assert len(traces(accuracy_curves([ROOT]))["band-0"].x) == 0


def test_a_band_with_a_hole_is_in_two_pieces() -> None:
    labels, values = np.array([1, 2, 3, 4, 5]), np.float32([0.1, 0.2, 0.3, 0.4, 0.5])
    curve = Curve("x", labels, values, std=np.float32([0.1, 0.1, np.nan, 0.1, 0.1]))
    band = traces(accuracy_curves([curve]))["band-0"]
    np.testing.assert_array_equal(band.x, [1, 2, 2, 1, np.nan, 4, 5, 5, 4])
    np.testing.assert_allclose(band.y, [20, 30, 10, 0, np.nan, 50, 60, 40, 30], atol=1e-5)


def test_the_hover_tells_mean_deviation_and_seeds() -> None:
    line = traces(accuracy_curves([Curve.mean("<b>m", SEEDS)]))["branch-0"]
    assert line.text[0] == "&lt;b&gt;m<br>20 labels · 80.0 ± 20.0 % · 3 seeds"
    assert line.text[2] == "&lt;b&gt;m<br>60 labels · 90.0 % · 1 seed"
    assert line.hovertemplate == "%{text}<extra></extra>"
    plain = traces(accuracy_curves([ROOT], percent=False))["branch-0"]
    assert plain.text[1] == "core_gcn<br>40 labels · 0.700"


def test_points_carry_where_a_click_leads() -> None:
    places = np.array([[0, 0], [0, 1], [0, 2], [0, 3]])
    root = Curve(ROOT.name, ROOT.labels, ROOT.values, places=places)
    fork = Curve(FORK.name, FORK.labels, FORK.values, shared=2, places=np.array([[1, 0], [1, 1], [1, 2]]))
    drawn = traces(accuracy_curves([root, fork]))
    np.testing.assert_array_equal(drawn["branch-0"].customdata, places)
    np.testing.assert_array_equal(drawn["branch-1"].customdata, [[1, 1], [1, 2]])


def test_a_fork_is_drawn_from_where_it_leaves_its_parent() -> None:
    figure = accuracy_curves([ROOT, FORK])
    assert [trace.uid for trace in figure.data] == [
        "level",
        "band-0",
        "branch-0",
        "band-1",
        "branch-1",
        "own",
        "here",
    ]
    root, fork = traces(figure)["branch-0"], traces(figure)["branch-1"]
    assert root.x.tolist() == [20, 40, 60, 80]
    assert fork.x.tolist() == [40, 60]
    np.testing.assert_allclose(fork.y, [70, 90], rtol=1e-6)
    assert fork.marker.symbol == ("circle-open", "circle")
    assert root.line.color != fork.line.color


def test_the_shown_branch_is_stronger_and_the_shown_fit_is_marked() -> None:
    figure = accuracy_curves([ROOT, FORK], shown=1, at=60)
    drawn = traces(figure)
    assert drawn["branch-1"].line.width > drawn["branch-0"].line.width
    assert (drawn["here"].x, drawn["here"].y[0]) == ((60,), pytest.approx(90))
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1, line.line.dash) == (60, 60, "dot")
    assert accuracy_curves([ROOT, FORK]).layout.shapes == ()
    # What is redrawn alone when only the cycle changes is the same.
    assert here_point(FORK, 1, 60) == drawn["here"]
    assert cycle_line(60)[0]["x0"] == 60
    assert cycle_line(None) == []


def test_the_shown_seed_has_a_line_and_the_dot() -> None:
    drawn = traces(accuracy_curves([Curve.mean("margin", SEEDS)], at=20, own=SEEDS[2]))
    assert drawn["own"].x.tolist() == [20, 40]
    np.testing.assert_allclose(drawn["own"].y, [100, 90], rtol=1e-6)
    assert drawn["own"].line.width < drawn["branch-0"].line.width
    assert drawn["here"].y[0] == pytest.approx(100)


def test_a_level_is_a_line_across_with_its_name_and_stays_in_view() -> None:
    figure = accuracy_curves([ROOT], level=Level("all labels <97 %>", 0.97))
    level = traces(figure)["level"]
    assert (level.x, level.y) == ((20, 80), (97, 97))
    assert figure.layout.yaxis.range[1] > 97
    assert [note.text for note in figure.layout.annotations] == ["<b>core_gcn</b>", "all labels &lt;97 %&gt;"]


@pytest.mark.parametrize(("chance", "there"), [(0.4, True), (0.1, False)])
def test_a_level_that_is_far_does_not_flatten_the_curves(chance: float, there: bool) -> None:
    figure = accuracy_curves([ROOT], percent=False, level=Level("chance", chance, always=False))
    assert (figure.layout.yaxis.range[0] < chance) is there
    assert ("chance" in [note.text for note in figure.layout.annotations]) is there


def test_names_stand_at_the_ends_escaped_and_do_not_cover_each_other() -> None:
    twins = [Curve(f"twin {i}", ROOT.labels, ROOT.values + np.float32(i / 1000)) for i in (1, 2)]
    figure = accuracy_curves([ROOT, *twins, FORK])
    names = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert {name: x for name, (x, _) in names.items()} == {
        "<b>core_gcn</b>": 80,
        "twin 1": 80,
        "twin 2": 80,
        "&lt;i&gt;margin": 60,
    }
    low, high = figure.layout.yaxis.range
    places = sorted(y for x, y in names.values() if x == 80)
    assert np.diff(places).min() >= (high - low) / 20
    assert max(places) < high


def test_a_name_with_room_stands_at_its_line() -> None:
    names = {name.text: (name.x, name.y) for name in accuracy_curves([ROOT, FORK]).layout.annotations}
    assert names["<b>core_gcn</b>"] == (80, pytest.approx(82))
    assert names["&lt;i&gt;margin"] == (60, pytest.approx(90))


def test_a_line_that_ended_long_before_does_not_move_the_names_of_others() -> None:
    short = Curve("short", np.array([20, 40]), np.float32([0.5, 0.82]))
    names = {name.text: name.y for name in accuracy_curves([ROOT, short]).layout.annotations}
    assert names == {"short": pytest.approx(82), "<b>core_gcn</b>": pytest.approx(82)}


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
    shown = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert shown == [f"run {i}" for i in range(9)]


def test_all_values_and_bands_are_in_view_and_percent() -> None:
    layout = accuracy_curves([ROOT, FORK]).layout
    assert layout.yaxis.range[0] < 50
    assert 90 < layout.yaxis.range[1] <= 101
    assert layout.yaxis.ticksuffix == " %"
    wide = Curve("x", np.array([20, 40]), np.float32([0.5, 0.6]), std=np.float32([0.3, 0.1]))
    low, high = accuracy_curves([wide]).layout.yaxis.range
    assert low < 20
    assert 80 < high < 100
    assert accuracy_curves([ROOT], percent=False).layout.yaxis.ticksuffix == ""


def test_small_errors_are_not_drawn_below_nothing() -> None:
    errors = Curve("x", np.array([20, 40]), np.float32([0.02, 0.3]))
    assert -1 <= accuracy_curves([errors]).layout.yaxis.range[0] < 2


def test_no_branch_and_no_test_split_are_drawn() -> None:
    assert [trace.uid for trace in accuracy_curves([]).data] == ["level", "own", "here"]
    unmeasured = Curve("random", np.array([20]), np.float32([np.nan]))
    figure = accuracy_curves([unmeasured], at=20)
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
    assert "uncertain_gcn → coreset" in traces(figure)["branch-0"].text[0]
