"""What the entries of a label book come to, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from alviz.book import ASKED_AGAIN, CANNOT_TELL, NOTED, SKIPPED, UNDONE, Answer, ClassChange, Tally, entry


def said(row: int, label: int | None, who: str = "ana", **more: Any) -> Answer:
    return Answer(row, label, who, "2026-01-01T00:00:00+00:00", more.pop("run", "r"), **more)


def tally(*entries: Any) -> Tally:
    told = Tally(("cat", "dog"))
    for told_entry in entries:
        told.take(told_entry)
    return told


def test_the_last_answer_wins_and_the_earlier_ones_are_kept() -> None:
    told = tally(said(4, 0), said(7, 1), said(4, 1), said(7, None, why=SKIPPED))
    assert told.labels == {4: 1}
    assert (told.label(4), told.label(7), told.label(5)) == (1, None, None)
    assert set(told.set_aside) == {7}
    assert [answer.label for answer in told.history(4)] == [0, 1]
    assert told.history(5) == []


def test_set_aside_ends_with_an_answer_or_when_asked_again() -> None:
    aside = [said(1, None, why=SKIPPED), said(2, None, why=CANNOT_TELL), said(3, None, why=SKIPPED)]
    told = tally(*aside, said(2, 0), said(3, None, why=ASKED_AGAIN))
    assert set(told.set_aside) == {1}
    assert told.labels == {2: 0}


def test_a_note_changes_no_label() -> None:
    told = tally(said(1, 1, note="sharp"), said(1, None, why=NOTED, note="blurred"), said(2, None, why=NOTED, note="?"))
    assert told.labels == {1: 1}
    assert told.note(1) == "blurred"
    assert told.note(2) == "?"
    assert 2 not in told.last


def test_undo_goes_back_step_by_step_over_what_is_undone_already() -> None:
    first, second, third = said(1, 0), said(1, 1), said(2, 0)
    told = tally(first, second, third)
    assert told.undoable("ana", "r") is third
    assert told.before(third) is None
    told.take(said(2, None, why=UNDONE, undo=True))
    assert told.undoable("ana", "r") is second
    assert told.before(second) is first
    told.take(said(1, 0, undo=True))
    assert told.undoable("ana", "r") is first
    assert told.before(first) is None
    told.take(said(1, None, why=UNDONE, undo=True))
    assert told.undoable("ana", "r") is None
    assert told.labels == {}
    # What comes afterwards can be taken back again.
    fourth = said(1, 1)
    told.take(fourth)
    assert told.undoable("ana", "r") is fourth
    assert told.undoable("ben", "r") is None
    assert told.undoable("ana", "other run") is None


def test_a_skip_that_was_labeled_over_comes_back_whole() -> None:
    skip, label = said(1, None, why=SKIPPED), said(1, 1)
    told = tally(skip, label)
    assert told.before(label) is skip
    told.take(said(1, None, why=SKIPPED, undo=True))
    assert set(told.set_aside) == {1}


def test_people_who_differ_are_listed_with_what_each_said_last() -> None:
    told = tally(
        said(1, 0),
        said(1, 1, "ben"),
        said(2, 0),
        said(2, 0, "ben"),
        said(3, 0),
        said(3, 1),  # one person who changed her mind
        said(4, 1, "ben"),
        said(4, 0),
        said(4, 1),  # came round
        said(5, 0, "ben"),
        said(5, None, why=CANNOT_TELL),  # no label to differ from
    )
    conflicts = told.conflicts()
    assert [conflict.id for conflict in conflicts] == [1]
    assert [(answer.who, answer.label) for answer in conflicts[0].answers] == [("ana", 0), ("ben", 1)]
    # Of 1, 2 and 4, which two people labeled, they agree on 2 and 4.
    assert told.agreement() == pytest.approx(2 / 3)
    assert tally(said(1, 0)).agreement() is None


def test_what_is_taken_back_is_no_disagreement() -> None:
    told = tally(said(1, 0), said(1, 1, "ben"), said(1, 0, "ben", undo=True))
    assert told.conflicts() == []
    assert told.agreement() is None
    told = tally(said(1, 0, "ben"), said(1, 1), said(1, 0), said(1, 1, undo=True))
    assert [(a.who, a.label) for a in told.conflicts()[0].answers] == [("ben", 0), ("ana", 1)]


def test_classes_are_laid_over_those_of_the_pool() -> None:
    def change(number: int, name: str | None) -> ClassChange:
        return ClassChange(number, name, "ana", "now", "r")

    told = tally(change(2, "owl"), change(0, "lynx"), change(3, "fox"), change(1, None))
    assert told.classes == ("lynx", "dog", "owl", "fox")
    assert told.offered == (0, 2, 3)
    told.take(change(1, "dog"))
    assert told.offered == (0, 1, 2, 3)


@pytest.mark.parametrize(
    "given",
    [
        said(1, 2, cycle=3, sampler="margin", note="n", undo=True),
        said(1, None, why=SKIPPED),
        ClassChange(2, "owl", "ana", "now", "r"),
        ClassChange(2, None, "ana", "now", "r"),
    ],
)
def test_entries_come_back_from_their_lines(given: Answer | ClassChange) -> None:
    assert entry(given.to_json()) == given
