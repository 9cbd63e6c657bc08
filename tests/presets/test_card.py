"""Cards on numbers made by hand: the nearest labels, every verdict, and what a card shows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from alviz import presets
from alviz.presets.card import Card, Observed, rows_of, verdict
from alviz.presets.protocol import Published

NAN = math.nan
WITH_STD = Published("jlp", 500, 80.0, 0.5)
WITHOUT = Published("core_gcn", 10_000, 90.7)


@pytest.mark.parametrize(
    ("told", "mean", "std", "seeds", "at", "apart", "said"),
    [
        (WITH_STD, 80.5, 0.1, 5, 500, (), "within the published deviation"),
        (WITH_STD, 79.5, 0.1, 5, 500, (), "within the published deviation"),
        (WITH_STD, 80.51, 9.0, 5, 500, (), "above by 0.51"),
        (WITH_STD, 79.0, 9.0, 5, 500, (), "below by 1.00"),
        (WITH_STD, 80.0, NAN, 1, 500, (), "within the published deviation, from one seed"),
        (WITH_STD, 70.0, NAN, 1, 500, (), "below by 10.00, from one seed"),
        (WITHOUT, 91.0, 0.4, 5, 10_000, (), "within our deviation; none is published"),
        (WITHOUT, 91.2, 0.4, 5, 10_000, (), "above by 0.50; no deviation is published"),
        (WITHOUT, 90.0, 0.4, 5, 10_000, (), "below by 0.70; no deviation is published"),
        (WITHOUT, 90.7, NAN, 1, 10_000, (), "below by 0.00; no deviation is published, from one seed"),
        (WITHOUT, 90.7, 0.4, 5, 9_000, (), "not comparable: nearest is 9,000 labels"),
        (WITHOUT, 90.7, 0.4, 5, 10_000, ("scaled to 0.01",), "not comparable: scaled to 0.01"),
        (WITHOUT, 90.7, 0.4, 5, 9_000, ("pool", "budget"), "not comparable: pool, budget"),
        (WITHOUT, 90.7, 0.4, 5, 9_000, tuple("abcde"), "not comparable: a, b, c and 2 more"),
        (WITHOUT, NAN, NAN, 0, None, (), "not run"),
        (replace(WITHOUT, value=NAN), 50.0, 1.0, 2, 30, ("scaled to 0.01",), "nothing published"),
        (replace(WITHOUT, least=True), 90.8, 0.4, 5, 10_000, (), "passes it, as published"),
        (replace(WITHOUT, least=True), 90.0, 0.4, 5, 10_000, (), "below by 0.70; no deviation is published"),
    ],
)
def test_a_verdict_in_plain_words(
    told: Published, mean: float, std: float, seeds: int, at: int | None, apart: tuple[str, ...], said: str
) -> None:
    assert verdict(told, mean, std, seeds, at, apart) == said


def test_the_nearest_labels_that_every_seed_reached() -> None:
    one = Observed("", "random", ({10: 1.0, 20: 2.0, 30: 3.0}, {10: 2.0, 20: 3.0}))
    assert one.labels == [10, 20]
    assert (one.nearest(30), one.nearest(15), one.nearest(16), one.nearest(None)) == (20, 10, 20, 20)
    assert Observed("", "random", ({10: 1.0}, {20: 1.0})).nearest(10) is None
    assert Observed("", "random", ()).nearest(10) is None


def card() -> Card:
    """Return a card of seqgcn-cifar10 with three samplers of ours."""
    preset = presets.get("seqgcn-cifar10")
    observed = [
        Observed("", "core_gcn", ({9_000: 80.0, 10_000: 90.0}, {9_000: 80.0, 10_000: 91.0})),
        Observed("", "random", ({1_000: 50.0, 10_000: 88.0}, {1_000: 50.0, 10_000: 89.0}, {1_000: 50.0, 10_000: 90.0})),
    ]
    return Card(preset, rows_of(preset, observed), ("2 seeds, the preset has 5",), ("vaal: not run",))


def test_a_row_per_published_number_and_one_for_what_is_ours_alone() -> None:
    frame = card().frame()
    assert frame["sampler"].tolist() == ["core_gcn", "all labels", "random"]
    core, everything, random = (frame.iloc[i] for i in range(3))
    assert (core["labels"], core["published"], core["ours"], core["ours_labels"], core["seeds"]) == (
        10_000,
        90.7,
        90.5,
        10_000,
        2,
    )
    # Of 90 and 91, with n − 1.
    assert core["ours_std"] == pytest.approx(math.sqrt(0.5))
    assert core["difference"] == pytest.approx(-0.2)
    assert core["verdict"] == "within our deviation; none is published"
    assert math.isnan(core["published_std"])
    assert everything["verdict"] == "not run"
    assert math.isnan(everything["ours"])
    assert (random["ours"], random["ours_labels"], random["seeds"]) == (89.0, 10_000, 3)
    assert math.isnan(random["published"])
    assert random["verdict"] == "nothing published"


def test_trainings_are_kept_apart() -> None:
    preset = presets.get("rethinking-cifar10-1000")
    rows = rows_of(preset, [Observed("SEMI", "jlp", ({5_000: 90.0}, {5_000: 90.2}))])
    said = {(row.training, row.sampler): row.verdict for row in rows}
    assert said["SEMI", "jlp"] == "within the published deviation"
    assert said["plain", "jlp"] == "not run"
    text = str(Card(preset, rows))
    assert "training" in text
    assert "89.91 ± 0.28 %" in text


def test_a_printed_card_holds_the_numbers_and_all_that_speaks_for_caution() -> None:
    text = str(card())
    (row,) = [line for line in text.splitlines() if line.strip().startswith("core_gcn")]
    cells = [cell for cell in row.split("  ") if cell]
    assert [cell.strip() for cell in cells] == [
        "core_gcn",
        "10,000",
        "90.70 %",
        "90.50 ± 0.71 %",
        "2",
        "within our deviation; none is published",
    ]
    whole = " ".join(text.split())
    for said in (
        "differs 2 seeds, the preset has 5",
        "left out vaal: not run",
        *presets.get("seqgcn-cifar10").deviations,
    ):
        assert said in whole


def test_a_card_of_a_scaled_preset_says_so_first() -> None:
    preset = presets.get("seqgcn-cifar10").scaled(0.01)
    text = str(Card(preset, rows_of(preset.original, [])))
    assert "0.01: this says nothing about the published numbers" in text


def test_the_figure_shows_both_sides_of_what_was_run() -> None:
    figure = card().figure()
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["published"].x) == [90.7]
    assert list(traces["ours"].x) == [90.5, 89.0], "of random nothing was published"
    assert list(traces["ours-apart"].x) == []
    assert traces["ours"].error_x.array[0] == pytest.approx(math.sqrt(0.5))
    assert list(traces["all labels"].x) == [93.09, 93.09]
    assert list(figure.layout.yaxis.ticktext) == ["core_gcn, 10,000", "random, 10,000"]


def test_the_figure_of_a_scaled_preset_shows_nothing_as_comparable() -> None:
    preset = presets.get("seqgcn-cifar10").scaled(0.01)
    ours = Observed("", "core_gcn", ({30: 90.7},), ("scaled to 0.01",))
    card = Card(preset, rows_of(preset.original, [ours]))
    assert "90.70 % at 30 " in str(card), "the nearest that there is"
    figure = card.figure()
    traces = {trace.name: trace for trace in figure.data}
    assert (list(traces["ours"].x), list(traces["ours-apart"].x)) == ([], [90.7])
    assert list(figure.layout.yaxis.ticktext) == ["core_gcn, 10,000 (ours 30)"]
    assert {"scaled to 0.01: not comparable", "ours, not comparable"} <= set(traces["legend"].text)
    assert "ours" not in traces["legend"].text
