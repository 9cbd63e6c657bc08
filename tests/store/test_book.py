"""The label book: every answer, whole lines only."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from alviz.errors import DamagedFile, DiskFull
from alviz.store import book


def answer(row: int, label: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": row, "label": label, "who": "given", "cycle": 0, "run": "r", "when": "now", **more}


def test_answers_come_back_in_the_order_in_which_they_were_given(tmp_path: Path) -> None:
    book.append(tmp_path, [answer(5), answer(2)])
    book.append(tmp_path, [answer(9, 3)])
    assert book.read(tmp_path) == [answer(5), answer(2), answer(9, 3)]


def test_no_book_is_an_empty_one(tmp_path: Path) -> None:
    assert book.read(tmp_path) == []


def test_a_line_that_a_kill_cut_short_is_no_answer_and_swallows_none(tmp_path: Path) -> None:
    book.append(tmp_path, [answer(1)])
    whole = (tmp_path / book.NAME).read_bytes()
    for cut in range(1, len(whole)):
        (tmp_path / book.NAME).write_bytes(whole + whole[:cut])
        assert book.read(tmp_path) == [answer(1)]
    book.append(tmp_path, [answer(2)])
    assert (tmp_path / book.NAME).read_bytes().splitlines() == [json.dumps(answer(i)).encode() for i in (1, 2)]


def test_an_attempt_made_again_is_not_written_twice_but_a_change_of_mind_is(tmp_path: Path) -> None:
    book.append(tmp_path, [answer(1, 0), answer(2, 0)])
    book.append(tmp_path, [answer(1, 0, when="later"), answer(2, 0), answer(3, 0)])
    assert [(a["id"], a["label"]) for a in book.read(tmp_path)] == [(1, 0), (2, 0), (3, 0)]
    for label in (1, 0):
        book.append(tmp_path, [answer(1, label)])
    assert [a["label"] for a in book.read(tmp_path) if a["id"] == 1] == [0, 1, 0]


@pytest.mark.parametrize("line", [b"nothing", b"{}", b'{"id": "x", "label": 1}', b"[1]", b"", b"\xff"])
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    book.append(tmp_path, [answer(1)])
    path = tmp_path / book.NAME
    path.write_bytes(path.read_bytes() + line + b"\n" + path.read_bytes())
    with pytest.raises(DamagedFile, match=r"labels\.jsonl, line 2"):
        book.read(tmp_path)


def test_a_full_disk_leaves_the_book_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book.append(tmp_path, [answer(1)])
    before = (tmp_path / book.NAME).read_bytes()
    real = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match=r"labels\.jsonl"):
        book.append(tmp_path, [answer(2)])
    assert (tmp_path / book.NAME).read_bytes() == before
    monkeypatch.setattr(os, "fsync", real)
    book.append(tmp_path, [answer(2)])
    assert [a["id"] for a in book.read(tmp_path)] == [1, 2]


def _append_many(folder: Path, who: int) -> None:
    for i in range(20):
        book.append(folder, [answer(1000 * who + i)])


def test_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append_many, args=(tmp_path, who)) for who in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    ids = [a["id"] for a in book.read(tmp_path)]
    assert sorted(ids) == sorted(1000 * who + i for who in range(2) for i in range(20))
    for who in range(2):
        own = [row for row in ids if row // 1000 == who]
        assert own == sorted(own)
