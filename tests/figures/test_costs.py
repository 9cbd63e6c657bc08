"""The bars of what cycles cost."""

import numpy as np
import pytest

from alviz.figures.costs import cycle_costs, duration, memory, stacked

# Two cycles; the second has no answers yet, and a phase that a plugin named.
CYCLES = [
    {"label": (0.5, 0), "train": (2.0, 3_000_000_000), "select": (0.25, 40_000_000)},
    {"train": (1.0, 0), "<dream>": (4.0, 5)},
]
COSTS = stacked(CYCLES, ("train", "embed", "select", "label"))


def test_phases_stand_in_order_and_totals_are_sums() -> None:
    assert COSTS.phases == ("train", "select", "label", "<dream>")
    np.testing.assert_array_equal(COSTS.seconds, [[2, 0.25, 0.5, np.nan], [1, np.nan, np.nan, 4]])
    assert COSTS.totals.tolist() == [2.75, 5]
    assert COSTS.peak_bytes.max() == 3_000_000_000


def test_a_bar_per_cycle_and_phase_carries_its_cycle_and_tells_all() -> None:
    figure = cycle_costs(COSTS, shown=0)
    assert [trace.uid for trace in figure.data] == [
        "phase-train",
        "phase-select",
        "phase-label",
        "phase-<dream>",
        "totals",
    ]
    train = figure.data[0]
    assert (train.x.tolist(), train.y.tolist(), train.customdata.tolist()) == ([0, 1], [2, 1], [0, 1])
    assert train.text[0] == "cycle 0 · train 2.0 s of 2.8 s<br>peak memory 3.0 GB"
    assert train.text[1] == "cycle 1 · train 1.0 s of 5.0 s"
    assert np.isnan(figure.data[1].y[1])
    assert figure.data[3].text[1] == "cycle 1 · &lt;dream&gt; 4.0 s of 5.0 s<br>peak memory 0 MB"
    assert figure.layout.barmode == "stack"


def test_the_shown_cycle_stands_out_and_totals_stand_above_while_there_is_room() -> None:
    figure = cycle_costs(COSTS, shown=1)
    first, second = figure.data[0].marker.opacity
    assert first < second == 1
    totals = figure.data[-1]
    assert (totals.x, totals.y, totals.text) == ((0, 1), (2.75, 5.0), ("2.8 s", "<b>5.0 s</b>"))
    assert figure.layout.yaxis.range[1] > 5
    many = cycle_costs(stacked(CYCLES[:1] * 30, ()), shown=7)
    assert (many.data[-1].x, many.data[-1].text) == ((7,), ("<b>2.8 s</b>",))
    assert len(many.layout.xaxis.tickvals) <= 12


def test_nothing_is_drawn_of_nothing() -> None:
    figure = cycle_costs(stacked([], ()))
    assert [trace.uid for trace in figure.data] == ["totals"]
    assert np.isfinite(figure.layout.yaxis.range).all()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0"),
        (0.0001, "1 ms"),
        (0.034, "34 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (12.34, "12.3 s"),
        (99.96, "1 min 40 s"),
        (3599.6, "1 h 0 min"),
        (7384, "2 h 3 min"),
    ],
)
def test_durations_are_read_at_a_glance(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_memory_is_read_at_a_glance() -> None:
    assert [memory(812_000_000), memory(999_600_000), memory(15_500_000_000)] == ["812 MB", "1.0 GB", "15.5 GB"]


def test_ticks_are_round() -> None:
    assert cycle_costs(COSTS).layout.yaxis.tickvals == (0, 1, 2, 3, 4, 5)
    assert cycle_costs(COSTS).layout.yaxis.ticktext == ("0", "1.0 s", "2.0 s", "3.0 s", "4.0 s", "5.0 s")
