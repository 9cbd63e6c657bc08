"""Published numbers and ours, as they are drawn."""

from __future__ import annotations

import math

import pytest

from alviz.figures import Pair, parity_dots

NAN = math.nan


def test_ours_stands_below_what_was_published() -> None:
    pairs = [Pair("jlp", 80.0, 0.5, 79.0, 0.7), Pair("random", 75.0, NAN, 74.0, NAN, comparable=False)]
    figure = parity_dots(pairs, x_title="accuracy (%)", levels={"all labels": 90.0}, note="scaled")
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["published"].x) == [80.0, 75.0]
    assert list(traces["published"].error_x.array) == [0.5, None]
    assert (list(traces["ours"].x), list(traces["ours-apart"].x)) == ([79.0], [74.0])
    for name, rows in (("ours", [0]), ("ours-apart", [1])):
        assert all(y > i for y, i in zip(traces[name].y, rows, strict=True)), "the axis runs down"
    assert all(y < i for i, y in enumerate(traces["published"].y))
    assert figure.layout.yaxis.range == (1.5, -0.5)
    low, high = figure.layout.xaxis.range
    assert low < 74.0
    assert high > 90.0
    assert traces["published"].text[0] == "jlp<br>published 80.00 ± 0.50"
    assert traces["ours-apart"].text[0] == "random<br>ours 74.00"
    assert "scaled" in traces["legend"].text
    assert "ours, not comparable" in traces["legend"].text


def test_what_is_missing_is_not_drawn() -> None:
    figure = parity_dots([Pair("a", NAN, NAN, 50.0, 1.0), Pair("b", 60.0, 1.0, NAN, NAN)], x_title="x")
    traces = {trace.name: trace for trace in figure.data}
    assert (list(traces["published"].x), list(traces["ours"].x)) == ([60.0], [50.0])
    assert "ours, not comparable" not in traces["legend"].text
    empty = parity_dots([], x_title="x")
    assert all(math.isfinite(end) for end in empty.layout.xaxis.range)


def test_names_are_text_and_not_markup() -> None:
    evil = "<b>x</b>&"
    figure = parity_dots([Pair(evil, 1.0, 0.1, 2.0, 0.1)], x_title=evil, levels={evil: 3.0}, note=evil)
    drawn = str(figure.to_dict())
    assert evil not in drawn
    assert "&lt;b&gt;x&lt;/b&gt;&amp;" in drawn


@pytest.mark.parametrize("count", [1, 12])
def test_a_figure_is_as_high_as_it_has_rows(count: int) -> None:
    figure = parity_dots([Pair(f"sampler {i}", 1.0, NAN, 2.0, NAN) for i in range(count)], x_title="x")
    assert figure.layout.width == 6.75 * 96
    assert figure.layout.height > 26 * count
    top, bottom = figure.layout.yaxis.domain[1], figure.layout.yaxis.domain[0]
    assert (top - bottom) * figure.layout.height == pytest.approx(26 * count, abs=1)
