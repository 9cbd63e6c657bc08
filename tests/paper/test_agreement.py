"""The table and the scatter show the comparison's own numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import alviz
from alviz import Comparison, Run, paper
from alviz.errors import InvalidInput
from alviz.figures import booktabs


@pytest.fixture(scope="module")
def compared(recorded: dict[str, Run]) -> Comparison:
    return alviz.compare(recorded["margin-0"], 1, ["entropy", "random", "coreset"])


def rows(figure: Any) -> list[list[str]]:
    """Return the table's texts line by line, from left to right."""
    table = figure.data[0]
    lines: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in zip(table.x, table.y, table.text, strict=True):
        lines.setdefault(y, []).append((x, text))
    return [[text for _, text in sorted(line)] for _, line in sorted(lines.items(), reverse=True)]


def test_the_table_is_that_of_the_comparison(compared: Comparison) -> None:
    frame = compared.agreement("entropy")
    found = rows(paper.agreement_table(compared))
    assert found[0] == ["agreement (%)", "accuracy (%)", "weight"]
    assert found[1] == ["", "weighted", "plain", "agree", "differ", "agree", "differ"]
    assert found[2] == ["cycle 1, against entropy"]
    assert [row[0] for row in found[3:]] == ["random", "coreset"]  # the reference agrees with itself
    for row in found[3:]:
        expected = frame.loc[row[0]]
        shares = ["agree", "agree_plain", "accuracy_agree", "accuracy_disagree"]
        assert row[1:5] == [f"{100 * expected[name]:.1f}".replace("nan", "–") for name in shares]
        assert row[5:] == [f"{expected[name]:.2f}".replace("nan", "–") for name in ("weight_agree", "weight_disagree")]


def test_a_run_is_asked_cycle_by_cycle(recorded: dict[str, Run], compared: Comparison) -> None:
    asked = rows(paper.agreement_table(recorded["margin-0"], [1, 2], ["entropy", "random", "coreset"]))
    assert asked[2:5] == rows(paper.agreement_table(compared))[2:5]
    assert asked[5] == ["cycle 2, against entropy"]
    other = rows(paper.agreement_table([compared], reference="random"))
    assert [row[0] for row in other[3:]] == ["entropy", "coreset"]


def test_what_has_no_number_is_a_dash(recorded: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    compared = alviz.compare(recorded["margin-0"], 1, ["entropy", "random"])
    frame = compared.agreement()
    frame.loc["random", ["accuracy_disagree"]] = np.nan
    monkeypatch.setattr(Comparison, "agreement", lambda *_: frame)
    assert rows(paper.agreement_table(compared))[3][4] == "–"


def test_columns_of_a_table_stand_apart_and_inside() -> None:
    figure = booktabs(["", "<b>x", "a long header"], [("", [["name", "1.0", "2.0"]])], width=2)
    assert rows(figure) == [["", "&lt;b&gt;x", "a long header"], ["name", "1.0", "2.0"]]
    table = figure.data[0]
    ends = sorted({x for x, side in zip(table.x, table.textposition, strict=True) if side == "middle left"})
    assert ends[-1] <= 192
    assert ends[1] - ends[0] > 50
    assert len(figure.layout.shapes) == 3


def test_ranks_in_print_are_those_on_the_screen(compared: Comparison) -> None:
    printed = paper.rank_scatter(compared, "random", "coreset", share=0.5, seed=3)
    a, b = (compared.selections[name] for name in ("random", "coreset"))
    screen = alviz.figures.rank_scatter((a.scores, b.scores), ("random", "coreset"), (a.ids, b.ids), share=0.5, seed=3)
    for ours, theirs in zip(printed.data, screen.data, strict=False):
        assert ours.name == theirs.name
        assert ours.customdata.tolist() == theirs.customdata.tolist()
        np.testing.assert_array_equal([ours.x, ours.y], [theirs.x, theirs.y])
    assert printed.layout.xaxis.title.text == "rank under random"
    texts = printed.data[-1].text
    assert texts[0] == "other candidates (50%)"
    assert "picked by coreset" in texts
    both = np.intersect1d(a.ids, b.ids)
    assert ("picked by both" in texts) == bool(both.size)


def test_bad_input_is_told(recorded: dict[str, Run], compared: Comparison) -> None:
    run = recorded["margin-0"]
    alone = alviz.compare(run, 1, ["margin"])
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: paper.agreement_table(run), "With a run, give a cycle and samplers"),
        (lambda: paper.agreement_table(run, 9, ["margin", "random"]), "no fit of cycle 9"),
        (lambda: paper.agreement_table(run, 1, ["margin"]), "at least two"),
        (lambda: paper.agreement_table(alone), "at least two"),
        (lambda: paper.agreement_table(compared, 1), "A comparison has its cycle and samplers"),
        (lambda: paper.agreement_table([run]), "A table is made of comparisons"),
        (lambda: paper.agreement_table(compared, reference="jlp"), "There is no sampler 'jlp' here"),
        (lambda: paper.rank_scatter(run), "is no comparison"),  # type: ignore[arg-type]
        (lambda: paper.rank_scatter(alone), "there is only 'margin'"),
        (lambda: paper.rank_scatter(compared, "jlp"), "There is no sampler 'jlp' here, only entropy, random"),
        (lambda: paper.rank_scatter(compared, "random", "random"), "got 'random' twice"),
        (lambda: paper.rank_scatter(compared, share=5), "share is 5"),
    ]
    for call, told in cases:
        with pytest.raises(InvalidInput) as error:
            call()
        assert told in str(error.value)
