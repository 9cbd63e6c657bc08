"""The label book: every answer, whole lines only, whoever appends."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from alviz.book import Answer, ClassChange
from alviz.errors import AlvizWarning, ConfigMismatch, DamagedFile, DiskFull
from alviz.store.book import NAME, Book

CLASSES = ("cat", "dog")


def book(folder: Path, digest: str = "d1") -> Book:
    return Book(folder, digest, CLASSES)


def answer(row: int, label: int | None = 1, **more: Any) -> Answer:
    return Answer(**{"id": row, "label": label, "who": "ana", "when": "now", "run": "r", "cycle": 0, **more})


def told(folder: Path) -> list[Answer]:
    return book(folder).look().entries


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / NAME).read_bytes().splitlines()]


def test_answers_come_back_in_the_order_in_which_they_were_given(tmp_path: Path) -> None:
    book(tmp_path).append([answer(5), answer(2, None, why="skipped", note="<b>blurred</b>")])
    book(tmp_path).append([answer(9, 3, sampler="margin")])
    assert told(tmp_path) == [
        answer(5),
        answer(2, None, why="skipped", note="<b>blurred</b>"),
        answer(9, 3, sampler="margin"),
    ]


def test_no_book_is_an_empty_one_and_looking_makes_none(tmp_path: Path) -> None:
    assert told(tmp_path) == []
    assert book(tmp_path).look().classes == CLASSES
    assert not (tmp_path / NAME).exists()


def test_the_first_line_says_which_pool_the_ids_are_rows_of(tmp_path: Path) -> None:
    book(tmp_path).append([answer(1)])
    assert lines(tmp_path) == [{"book": 1, "pool": "d1"}, answer(1).to_json()]
    for act in (lambda other: other.look(), lambda other: other.append([answer(2)])):
        with pytest.raises(ConfigMismatch, match=r"is the label book of another pool .digest d1…, expected d2…"):
            act(book(tmp_path, "d2"))
    assert len(lines(tmp_path)) == 2


def test_a_book_from_before_it_said_so_is_read(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps(answer(4).to_json()) + "\n")
    book(tmp_path).append([answer(5)])
    assert [line["id"] for line in lines(tmp_path)] == [4, 5]
    assert told(tmp_path) == [answer(4), answer(5)]


def test_a_line_that_a_kill_cut_short_is_no_answer_and_swallows_none(tmp_path: Path) -> None:
    book(tmp_path).append([answer(1)])
    whole = (tmp_path / NAME).read_bytes()
    line = whole.splitlines(keepends=True)[1]
    for cut in range(1, len(line)):
        (tmp_path / NAME).write_bytes(whole + line[:cut])
        assert told(tmp_path) == [answer(1)]
    with pytest.warns(AlvizWarning, match=r"labels\.jsonl ended in half a line.*it was never an answer"):
        book(tmp_path).append([answer(2)])
    assert lines(tmp_path)[1:] == [answer(1).to_json(), answer(2).to_json()]


def test_half_a_first_line_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"book": 1, "po')
    with pytest.warns(AlvizWarning, match="half a line"):
        book(tmp_path).append([answer(2)])
    assert lines(tmp_path) == [{"book": 1, "pool": "d1"}, answer(2).to_json()]


def test_mending_says_whether_there_was_half_a_line(tmp_path: Path) -> None:
    assert not book(tmp_path).mend()
    book(tmp_path).append([answer(1)])
    whole = (tmp_path / NAME).read_bytes()
    assert not book(tmp_path).mend()
    (tmp_path / NAME).write_bytes(whole + b'{"id": 7, ' + b" " * 200_000)
    assert book(tmp_path).mend()
    assert (tmp_path / NAME).read_bytes() == whole


def test_an_attempt_made_again_is_not_written_twice_but_a_change_of_mind_is(tmp_path: Path) -> None:
    book(tmp_path).append([answer(1, 0), answer(2, 0)])
    new = book(tmp_path).append([answer(1, 0, when="later"), answer(2, 0), answer(3, 0)])
    assert new == [answer(3, 0)]
    assert [(a.id, a.label) for a in told(tmp_path)] == [(1, 0), (2, 0), (3, 0)]
    for label in (1, 0):
        book(tmp_path).append([answer(1, label)])
    assert [a.label for a in told(tmp_path) if a.id == 1] == [0, 1, 0]
    # The same word of somebody else is news.
    book(tmp_path).append([answer(1, 0, who="ben")])
    assert [a.who for a in told(tmp_path) if a.id == 1] == ["ana", "ana", "ana", "ben"]


@pytest.mark.parametrize(
    "line",
    [b"nothing", b"{}", b'{"id": "x", "label": 1}', b"[1]", b"", b"\xff", b'"book"', b'{"class": 1, "who": "a"}'],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    book(tmp_path).append([answer(1)])
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes() + line + b"\n" + path.read_bytes())
    for _ in range(2):
        with pytest.raises(DamagedFile, match=r"labels\.jsonl, line 3"):
            told(tmp_path)
    with pytest.raises(DamagedFile, match=r"labels\.jsonl, line 3"):
        book(tmp_path).append([answer(2)])


def test_a_full_disk_leaves_the_book_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = book(tmp_path)
    mine.append([answer(1)])
    before = (tmp_path / NAME).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="no room left"):
        mine.append([answer(2)])
    assert (tmp_path / NAME).read_bytes() == before
    assert mine.look().entries == [answer(1)]
    monkeypatch.undo()
    mine.append([answer(2)])
    assert [a.id for a in told(tmp_path)] == [1, 2]


def test_what_is_made_is_made_of_the_book_as_it_stands(tmp_path: Path) -> None:
    mine, theirs = book(tmp_path), book(tmp_path)
    mine.append([answer(1)])
    theirs.look()
    mine.append([ClassChange(2, "owl", "ana", "now", "r")])

    def next_class(tally: Any) -> Sequence[ClassChange]:
        return [ClassChange(len(tally.classes), "fox", "ben", "now", "r")]

    theirs.change(next_class)
    assert mine.look().classes == ("cat", "dog", "owl", "fox")


def test_each_entry_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = book(tmp_path)
    read = []
    loads = json.loads
    monkeypatch.setattr(json, "loads", lambda line: read.append(line) or loads(line))
    for row in range(200):
        mine.append([answer(row)])
        mine.look()
    assert len(read) == 201  # and the first line


def _append(folder: Path, who: int) -> None:
    mine = book(folder)
    for i in range(25):
        mine.append([answer(1000 * who + i)])


def test_answers_of_several_processes_are_all_kept(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    people = [context.Process(target=_append, args=(tmp_path, who)) for who in range(3)]
    for person in people:
        person.start()
    for person in people:
        person.join()
        assert person.exitcode == 0
    ids = [a.id for a in told(tmp_path)]
    assert sorted(ids) == sorted(1000 * who + i for who in range(3) for i in range(25))
    for who in range(3):
        assert [row for row in ids if row // 1000 == who] == [1000 * who + i for i in range(25)]


def test_a_book_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    mine = book(tmp_path)
    mine.append([answer(1), answer(2), answer(3)])
    (tmp_path / NAME).write_text(json.dumps(answer(9).to_json()) + "\n")
    assert mine.look().entries == [answer(9)]
