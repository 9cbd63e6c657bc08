"""Drawings of comparisons: every number where it belongs, words that stay on the page."""

import numpy as np
import pytest

from alviz.figures import DotRow, dot_rows, win_matrix
from alviz.figures.page import SMALL, text_width

NAN = float("nan")
ROWS = [
    DotRow("<b>a", 0.8, 0.7, 0.9, np.array([0.75, 0.85]), "80 ± 7", 0),
    DotRow("b", NAN, NAN, NAN, np.array([0.6, NAN]), "1 of 2", 3, open=True),
]


def test_a_row_has_its_mark_its_bar_and_its_seeds() -> None:
    figure = dot_rows(ROWS, x_title="x", end=1.0)
    traces = {trace.uid: trace for trace in figure.data}
    assert list(traces) == ["bar-0", "seeds-0", "mean-0", "seeds-1", "open-1", "names"]
    assert list(traces["bar-0"].x) == [0.7, 0.9]
    assert list(traces["mean-0"].x) == [0.8]
    assert traces["seeds-1"].x.tolist() == [0.6]
    assert [set(traces[uid].y) for uid in ("bar-0", "seeds-0", "seeds-1")] == [{0}, {0}, {1}]
    low, high = figure.layout.xaxis.range
    assert low < 0.6
    assert high > 1.0
    assert list(traces["open-1"].x) == [high]
    assert list(traces["names"].text)[:2] == ["&lt;b&gt;a", "b"]
    assert traces["mean-0"].name == "&lt;b&gt;a"
    # Rows read from the top down, their names and numbers beside them.
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    first, second, first_text, _ = traces["names"].y[:4]
    assert first == first_text > second


def test_words_stay_on_the_page() -> None:
    rows = [DotRow("a_sampler_with_a_long_name (k=5)", 1, 0.9, 1.1, np.ones(3), "100.0 ± 10.0")]
    figure = dot_rows(rows, x_title="test accuracy (%), mean over 20 to 180 labels", note="mark: mean")
    names = figure.data[-1]
    for text, x, side in zip(names.text, names.x, names.textposition, strict=True):
        room = text_width(text, SMALL)
        left = {"middle left": x - room, "middle right": x, "middle center": x - room / 2}[side]
        assert left >= 0
        assert left + room <= figure.layout.width


def test_a_bar_of_two_seeds_does_not_squeeze_all_others() -> None:
    rows = [DotRow("a", 0.8, -1.0, 2.6, np.array([0.7, 0.9])), DotRow("b", 0.6, 0.55, 0.65, np.array([0.58, 0.62]))]
    low, high = dot_rows(rows, x_title="x").layout.xaxis.range
    assert high - low < 0.75


@pytest.mark.parametrize("width", ["column", "text"])
def test_the_matrix_reads_row_beats_column(width: str) -> None:
    values = np.array([[0.0, 0.25, 1.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]])
    figure = win_matrix(["<i>a", "b", "c"], values, values.mean(axis=0), budgets=4, width=width)
    cells, averages, names = figure.data
    expected = values.copy()
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_array_equal(cells.z, expected)
    np.testing.assert_allclose(averages.z, [[0, 0.25 / 3, 0.5]])
    assert [list(row) for row in cells.text] == [["", "0.25", "1.00"], ["0", "", "0.50"], ["0", "0", ""]]
    assert list(averages.text[0]) == ["0", "0.08", "0.50"]
    assert cells.customdata[0, 1].tolist() == ["&lt;i&gt;a", "b"]
    assert cells.hovertemplate.startswith("%{customdata[0]} beats %{customdata[1]}")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert any("4 numbers of labels" in text for text in names.text)


def test_names_above_columns_stand_upright_where_they_do_not_fit() -> None:
    long = [f"a_long_name_{i}" for i in range(8)]
    upright = win_matrix(long, np.zeros((8, 8)), np.zeros(8), budgets=2)
    assert [note.text for note in upright.layout.annotations] == long
    assert {note.textangle for note in upright.layout.annotations} == {-90}
    flat = win_matrix(["a", "b"], np.zeros((2, 2)), np.zeros(2), budgets=2)
    assert not flat.layout.annotations
    # So many that no number fits into a cell: colors and hovers tell them.
    many = win_matrix(long * 3, np.zeros((24, 24)), np.zeros(24), budgets=2)
    assert many.data[0].texttemplate is None
