"""The map's drawing: who is where, on top of whom, told apart by what."""

import numpy as np
import pytest

from alviz.figures import DARK, LIGHT, TRACES, Coloring, class_marks, selection_map

IDS = np.array([3, 8, 11, 20, 21, 40])
XY = np.float32([[0, 0], [4, 0], [0, 1], [1, 1], [2, 2], [3, 1]])
LABELS = np.array([0, 0, 1, 1, 1, -1])
LABELED = np.array([True, False, False, True, False, False])
PICKED = np.array([4, 1])


@pytest.fixture
def figure() -> object:
    coloring = Coloring.of_classes(LABELS, 2)
    marks = class_marks(XY, LABELS, ["cat", "<b>dog"])
    return selection_map(IDS, XY, coloring, labeled=LABELED, picked=PICKED, focus=2, marks=marks)


def test_every_point_is_drawn_once_and_picks_come_last_in_their_order(figure: object) -> None:
    assert [trace.uid for trace in figure.data] == list(TRACES)
    ids = {trace.name: np.asarray(trace.customdata).tolist() for trace in figure.data}
    assert ids == {"unlabeled": [11, 40], "labeled": [3, 20], "picked": [21, 8], "focus": [11]}
    for trace in figure.data:
        rows = [IDS.tolist().index(id) for id in trace.customdata]
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], axis=1), XY[rows])


def test_points_go_to_the_page_as_numbers(figure: object) -> None:
    for trace in figure.data[:3]:
        assert (trace.x.dtype, trace.customdata.dtype) == (np.float32, np.int32)
        assert trace.marker.color.dtype == np.float32
    assert figure.data[0].marker.color.tolist() == [1, -1]
    assert figure.data[2].marker.color.tolist() == [1, 0]


def test_statuses_differ_by_shape_and_size_not_by_color_alone(figure: object) -> None:
    unlabeled, labeled, picked, _ = (trace.marker for trace in figure.data)
    assert [unlabeled.symbol, labeled.symbol, picked.symbol] == [None, "circle-open", "diamond"]
    assert unlabeled.size < labeled.size < picked.size
    assert unlabeled.opacity < 1


def test_outlines_follow_the_theme() -> None:
    def outline(theme: object) -> str:
        drawn = selection_map(IDS, XY, Coloring.of_classes(LABELS, 2), labeled=LABELED, picked=PICKED, theme=theme)
        return drawn.data[2].marker.line.color

    assert (outline(LIGHT), outline(DARK)) == (LIGHT.ink, DARK.ink)


def test_class_marks_stand_at_the_medians_and_are_escaped(figure: object) -> None:
    marks = {mark.text: (mark.x, mark.y) for mark in figure.layout.annotations}
    assert marks == {"<b>cat</b>": (2, 0), "<b>&lt;b&gt;dog</b>": (1, 1)}
    assert class_marks(XY, LABELS, [str(i) for i in range(50)]) == []


def test_the_whole_map_is_in_view_with_equal_scales(figure: object) -> None:
    layout = figure.layout
    assert layout.xaxis.range[0] < 0
    assert layout.xaxis.range[1] > 4
    assert layout.yaxis.range[0] < 0
    assert layout.yaxis.range[1] > 2
    assert layout.yaxis.scaleanchor == "x"
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_an_empty_map_is_drawn() -> None:
    none = np.zeros(0, dtype=np.int64)
    drawn = selection_map(
        none, np.zeros((0, 2), np.float32), Coloring.of_classes(none, 2), labeled=none.astype(bool), picked=none
    )
    assert [len(trace.x) for trace in drawn.data] == [0, 0, 0, 0]


def test_shares_are_colored_by_the_theme() -> None:
    shares = np.float32([-1, 0, 0.5, 1, 1, 1])
    drawn = selection_map(IDS, XY, Coloring.of_shares(shares, DARK), labeled=LABELED, picked=PICKED, theme=DARK)
    assert drawn.data[0].marker.colorscale[-1] == (1, DARK.scale[-1][1])
    assert drawn.data[2].marker.color.tolist() == [1, 0]
