"""The small panels: every number in its cell, every example at its rank, texts as texts."""

import json

import numpy as np
import pytest

from alviz.figures import DARK, LIGHT, agreement_panel, rank_panel
from alviz.figures.palette import ranks


def test_cells_read_row_against_column_and_the_diagonal_is_bare() -> None:
    values = np.array([[1.0, 0.256, np.nan], [0.256, 1.0, 0.0], [np.nan, 0.0, 1.0]])
    figure = agreement_panel(["<b>a", "b", "c"], values, pair=(0, 2))
    heat = figure.data[0]
    assert [list(row) for row in heat.text] == [["", "26", ""], ["26", "", "0"], ["", "0", ""]]
    assert heat.z[0][2] is None
    assert heat.z[0][1] == 0.256
    json.dumps([list(row) for row in heat.z], allow_nan=False)
    assert heat.hovertext[0][1] == "&lt;b&gt;a and b: 25.6 %"
    assert heat.hovertext[0][2] == "&lt;b&gt;a and c: not known"
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;a", "b", "c"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first row stands at the top
    assert [(shape.x0, shape.y0) for shape in figure.layout.shapes] == [(1.5, -0.5), (-0.5, 1.5)]


def test_scores_are_shown_with_their_sign_and_never_as_minus_zero() -> None:
    values = np.array([[1.0, -0.384, -0.001], [-0.384, 1.0, 0.5], [-0.001, 0.5, 1.0]])
    heat = agreement_panel(["a", "b", "c"], values, percent=False).data[0]
    assert [list(row) for row in heat.text] == [["", "−.38", ".00"], ["−.38", "", ".50"], [".00", ".50", ""]]
    assert heat.hovertext[0][1] == "a and b: −0.384"


def test_many_samplers_have_symbols_above_their_columns() -> None:
    few, many = (agreement_panel([f"s{i}" for i in range(n)], np.eye(n)) for n in (4, 9))
    assert list(few.layout.xaxis.ticktext) == ["s0", "s1", "s2", "s3"]
    assert len(few.data[1].x) == 4
    symbols = list(many.data[1].marker.symbol)
    assert symbols[:9] == symbols[9:]
    assert len(set(symbols[:9])) == 9
    assert symbols[:3] == ["diamond", "triangle-up-open", "square-open"]
    assert symbols[7:9] == ["circle-open-dot", "triangle-up-open-dot"]
    assert set(many.layout.xaxis.ticktext) == {""}


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_numbers_can_be_read_on_every_cell(theme: object) -> None:
    figure = agreement_panel(["a", "b"], np.eye(2), theme=theme)  # type: ignore[arg-type]
    ink = _luminance(figure.data[0].textfont.color)
    for _, color in figure.data[0].colorscale:
        light, dark = sorted((ink, _luminance(color)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3.5


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_ranks_of_all_picks_and_of_some_of_the_others() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 50, 400).astype(np.float32)  # with ties
    b = rng.random(400, dtype=np.float32)
    a[:10] = b[:10] = np.nan
    picks = np.array([20, 30, 40]), np.array([40, 50])
    figure = rank_panel((a, b), ("<i>a", "b"), picks, most=100)
    groups = {trace.name: trace for trace in figure.data}
    assert {name: len(trace.x) for name, trace in groups.items()} == {
        "candidates": 100,
        "only the first": 2,
        "only the second": 1,
        "both": 1,
    }
    assert groups["both"].customdata.tolist() == [40]
    for trace in figure.data:
        rows = np.asarray(trace.customdata)
        np.testing.assert_allclose(trace.x, ranks(a)[rows], atol=1e-6)
        np.testing.assert_allclose(trace.y, ranks(b)[rows], atol=1e-6)
    assert figure.layout.xaxis.title.text == "&lt;i&gt;a"
    again = rank_panel((a, b), ("a", "b"), picks, most=100)
    assert again.data[0].customdata.tolist() == groups["candidates"].customdata.tolist()


def test_a_pick_without_a_score_is_not_drawn() -> None:
    scores = np.full(5, np.nan, dtype=np.float32)
    figure = rank_panel((scores, scores), ("a", "b"), (np.array([1]), np.array([2])))
    assert [len(trace.x) for trace in figure.data] == [0, 0, 0, 0]


def test_as_many_samplers_as_there_are_can_be_drawn() -> None:
    names = [f"sampler {i}" for i in range(40)]
    figure = agreement_panel(names, np.eye(40))
    marks = figure.data[1].marker.symbol  # plotly refuses a symbol that it does not have
    assert len(set(marks[:14])) == 14
