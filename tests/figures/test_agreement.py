"""The agreement's drawings: every value where it belongs."""

import numpy as np

from alviz.figures import agreement_matrix, rank_scatter


def test_the_matrix_reads_row_against_column() -> None:
    values = np.array([[1.0, 0.25], [0.5, np.nan]])
    figure = agreement_matrix(["<b>a", "b"], values)
    heat = figure.data[0]
    assert tuple(heat.x) == tuple(heat.y) == ("&lt;b&gt;a", "b")
    np.testing.assert_array_equal(heat.z, np.float32(100 * values))
    assert [list(row) for row in heat.text] == [["100", "25"], ["50", ""]]
    assert figure.layout.yaxis.autorange == "reversed"  # the first row stands at the top


def test_ranks_of_two_samplers_and_the_picks_of_both() -> None:
    a = np.arange(100, dtype=np.float32)
    a[7] = np.nan  # labeled
    b = np.where(np.isnan(a), np.nan, np.exp(-a / 10)).astype(np.float32)
    figure = rank_scatter((a, b), ("a", "<b>"), (np.array([99, 98, 50]), np.array([0, 50])), share=0.5)
    groups = {trace.name: trace for trace in figure.data}
    assert list(groups) == ["candidates", "picked by a", "picked by &lt;b&gt;", "picked by both"]
    assert groups["picked by a"].customdata.tolist() == [98, 99]
    assert groups["picked by &lt;b&gt;"].customdata.tolist() == [0]
    assert groups["picked by both"].customdata.tolist() == [50]
    np.testing.assert_allclose(groups["picked by a"].x, [97 / 98, 1])
    np.testing.assert_allclose(groups["picked by a"].y, [1 / 98, 0], atol=1e-7)
    drawn = groups["candidates"].customdata
    assert len(drawn) == round(0.5 * 95)
    assert not np.isin([7, 0, 50, 98, 99], drawn).any()
    np.testing.assert_allclose(groups["candidates"].x + groups["candidates"].y, 1, atol=1e-6)
