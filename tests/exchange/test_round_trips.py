"""What goes out comes back, in every format; and the files are what other programs expect."""

from __future__ import annotations

import csv
import errno
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from exchange.hostile import ASIDE, CLASSES, HELD, NAMES, NOTE, NOTES, answered, aside, labels, notes, pool, runner

from alviz import CycleRunner, Pool, Run
from alviz.errors import DiskFull, InvalidInput
from alviz.exchange import Imported, export_labels, import_labels, read_labels
from alviz.labeling import Session

FORMATS = [("out.csv", None), ("out.parquet", None), ("out.json", "coco"), ("out.json", "label-studio")]
every_format = pytest.mark.parametrize(("name", "format"), FORMATS, ids=[told or name for name, told in FORMATS])


@every_format
def test_what_goes_out_comes_back(name: str, format: str | None, tmp_path: Path) -> None:
    run = answered(tmp_path / "run").history
    assert (labels(run), aside(run), notes(run)) == (HELD, ASIDE, NOTES)
    path = export_labels(run, tmp_path / name, format)

    fresh = runner(tmp_path / "fresh")
    told = import_labels(fresh, path, who="zoe", on_conflict="last", add_classes=True)
    assert (labels(fresh.history), aside(fresh.history), notes(fresh.history)) == (HELD, ASIDE, NOTES)
    assert fresh.history.classes == run.classes == (*CLASSES, "=new, class")
    assert told == Imported(added=3, unchanged=3, conflicting=1, set_aside=2)
    entries = fresh.history.book.look().entries
    assert {(entry.who, entry.run, entry.cycle, entry.sampler) for entry in entries} == {
        ("zoe", fresh.history.uid, None, None)
    }

    written = fresh.history.book.path.read_bytes()
    again = import_labels(fresh, path, who="somebody else")
    assert again == Imported(added=0, unchanged=7, conflicting=0, set_aside=0)
    assert fresh.history.book.path.read_bytes() == written


@every_format
def test_a_run_with_nothing_in_it(name: str, format: str | None, tmp_path: Path) -> None:
    empty = runner(tmp_path / "run", initial=0)
    path = export_labels(empty.history, tmp_path / name, format)
    fresh = runner(tmp_path / "fresh", initial=0)
    assert import_labels(fresh, path) == Imported(0, 0, 0, 0)
    assert not fresh.history.book.path.exists()


@every_format
def test_a_fork_shares_the_book_in_and_out(name: str, format: str | None, tmp_path: Path) -> None:
    root = answered(tmp_path / "run")
    fork = root.fork(at=0, path=tmp_path / "fork")
    paths = [export_labels(each.history, tmp_path / each.history.name / name, format) for each in (root, fork)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    fresh = runner(tmp_path / "fresh")
    branch = fresh.fork(at=0, path=tmp_path / "branch")
    import_labels(branch, paths[0], on_conflict="last", add_classes=True)
    assert labels(fresh.history) == HELD
    assert {entry.run for entry in fresh.history.book.look().entries} == {branch.history.uid}


@every_format
def test_labels_for_a_pool_before_there_is_a_run(name: str, format: str | None, tmp_path: Path) -> None:
    run = runner(tmp_path / "run")
    session = Session(run, who="ada")
    session.answer(11, 3)
    session.skip(12)
    blank = replace(pool(), y=np.full(len(NAMES), -1))
    if name == "out.csv":
        y = read_labels(export_labels(run.history, tmp_path / name, format), blank)
        assert replace(blank, y=y).known.nonzero()[0].tolist() == [0, 1, 2, 3, 11]
    y = read_labels(export_labels(run.history, tmp_path / name, format, overwrite=True), pool())
    assert y.dtype == np.int64
    assert y.tolist() == [0, 1, 2, 3, *[-1] * 7, 3, *[-1] * 4]


@every_format
def test_the_next_fit_learns_from_what_came_in(name: str, format: str | None, tmp_path: Path) -> None:
    path = export_labels(answered(tmp_path / "run").history, tmp_path / name, format)
    fresh = runner(tmp_path / "fresh")
    fresh.query()
    import_labels(fresh, path, on_conflict="last", add_classes=True)
    fresh.label()
    learned = fresh.history.labeled(1)
    assert dict(zip(learned.ids.tolist(), learned.values.tolist(), strict=True)) == {
        0: 2,
        1: 1,
        2: 2,
        3: 3,
        4: 1,
        5: 3,
        7: 4,
    }
    assert fresh.history.set_aside(1).tolist() == [8, 9]


def test_csv_is_rfc_4180_and_no_cell_of_text_is_a_formula(tmp_path: Path) -> None:
    path = export_labels(answered(tmp_path / "run").history, tmp_path / "out.csv")
    data = path.read_bytes()
    assert data.startswith(
        b"id,name,label,class,who,when,cycle,sampler,note,source,why\r\n0,'=cmd|' /C calc'!A0,'=2+3,2,"
    )
    assert data.endswith(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    assert [row["id"] for row in rows] == list(map(str, range(6))) + list(map(str, range(7, 11)))
    for row in rows:
        assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in row.values())
    fourth = rows[4]
    assert (fourth["name"], fourth["note"], fourth["source"]) == ("'\ttab", f"'{NOTE}", "answer")
    assert [row["source"] for row in rows[:4]] == ["answer", "initial", "initial", "initial"]
    assert [row["why"] for row in rows[-3:]] == ["skipped", "cannot tell", "noted"]
    assert [row["label"] for row in rows[-3:]] == ["", "", ""]


def test_a_name_that_had_the_apostrophe_already_keeps_it(tmp_path: Path) -> None:
    run = runner(tmp_path / "run")
    Session(run, who="ada").answer(NAMES.index("'=already"), 1)
    path = export_labels(run.history, tmp_path / "out.csv")
    assert "''=already" in path.read_text(encoding="utf-8")
    assert import_labels(runner(tmp_path / "fresh"), path).added == 1  # names are compared where there are ids, too


def test_parquet_has_types_and_says_which_pool(tmp_path: Path) -> None:
    run = answered(tmp_path / "run").history
    path = export_labels(run, tmp_path / "out.parquet")
    schema = pq.read_schema(path)
    assert {name: str(schema.field(name).type) for name in ("id", "label", "class", "cycle", "note")} == {
        "id": "int64",
        "label": "string",
        "class": "int64",
        "cycle": "int64",
        "note": "string",
    }
    told = json.loads(schema.metadata[b"alviz"])
    assert told["pool"] == run.header["pool"]["digest"]
    assert told["classes"] == list(run.classes)
    frame = pd.read_parquet(path)
    assert frame["name"].tolist() == [NAMES[id] for id in frame["id"]]  # nothing is put before a name here
    assert frame["label"].isna().tolist() == [*[False] * 7, True, True, True]


def test_coco_lists_images_categories_and_annotations(few: Pool, tmp_path: Path) -> None:
    run = CycleRunner(few, "linear", "random", initial=12, path=tmp_path / "run").history
    data = json.loads(export_labels(run, tmp_path / "out.json", "coco").read_text(encoding="utf-8"))
    assert data["info"]["alviz"] == {"pool": few.digest, "kind": "labels"}
    assert data["categories"] == [{"id": number, "name": str(number)} for number in range(10)]
    ids = run.initial.ids.tolist()
    assert data["images"] == [{"id": id, "file_name": str(id), "width": 8, "height": 8} for id in ids]
    assert [told["image_id"] for told in data["annotations"]] == ids
    assert [told["category_id"] for told in data["annotations"]] == run.initial.values.tolist()
    assert all("bbox" not in told for told in data["annotations"])


def test_label_studio_gets_tasks_that_it_takes(tmp_path: Path) -> None:
    run = answered(tmp_path / "run").history
    tasks = json.loads(export_labels(run, tmp_path / "out.json", "label-studio").read_text(encoding="utf-8"))
    by_id = {task["data"]["alviz_id"]: task for task in tasks}
    assert by_id[4]["data"] == {"text": "\ttab", "alviz_id": 4, "alviz_pool": run.header["pool"]["digest"]}
    assert by_id[4]["annotations"] == [
        {
            "result": [
                {
                    "from_name": "label",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"choices": ["<b>dog</b>"]},
                    "meta": {"text": [NOTE]},
                }
            ],
            "was_cancelled": False,
        }
    ]
    assert by_id[4]["meta"]["who"] == "ada, =1"
    assert by_id[8]["annotations"] == [{"result": [], "was_cancelled": True}]
    assert by_id[9]["meta"]["why"] == "cannot tell"
    assert by_id[10]["annotations"] == []
    # An account that the server does not have makes it refuse the whole file.
    assert not any("completed_by" in annotation for task in tasks for annotation in task["annotations"])


def test_label_studio_shows_images_as_images(few: Pool, tmp_path: Path) -> None:
    run = CycleRunner(few, "linear", "random", initial=12, path=tmp_path / "run").history
    task = json.loads(export_labels(run, tmp_path / "out.json", "label-studio").read_text(encoding="utf-8"))[0]
    assert task["data"]["image"] == str(run.initial.ids[0])
    assert task["annotations"][0]["result"][0]["to_name"] == "image"


def test_a_run_without_its_pool_has_no_names_and_goes_out_all_the_same(tmp_path: Path) -> None:
    answered(tmp_path / "run").close()
    path = export_labels(Run.open(tmp_path / "run"), tmp_path / "out.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    assert {row["name"] for row in rows} == {""}
    runner(tmp_path / "fresh").close()
    lone = Run.open(tmp_path / "fresh")
    assert import_labels(lone, path, on_conflict="last", add_classes=True).added == 3
    assert labels(lone) == HELD


def test_names_of_files_that_no_text_can_hold(tmp_path: Path) -> None:
    names = ("\udcff.png", *NAMES[1:])
    given = pool(names=names)
    run = runner(tmp_path / "run", given).history
    for name, format in FORMATS:
        path = export_labels(run, tmp_path / name, format, overwrite=True)
        assert import_labels(run, path) == Imported(0, 4, 0, 0)
    assert "\\udcff.png" in (tmp_path / "out.csv").read_text(encoding="utf-8")


@every_format
def test_a_file_that_is_there_is_replaced_only_when_told(name: str, format: str | None, tmp_path: Path) -> None:
    run = runner(tmp_path / "run").history
    path = export_labels(run, tmp_path / name, format)
    path.write_text("mine")
    with pytest.raises(InvalidInput, match="is there already: pass overwrite=True"):
        export_labels(run, path, format)
    assert path.read_text() == "mine"
    export_labels(run, path, format, overwrite=True)
    assert import_labels(run, path).unchanged == 4


@every_format
def test_a_full_disk_leaves_what_was_there(
    name: str, format: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runner(tmp_path / "run").history
    path = export_labels(run, tmp_path / "files" / name, format)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("alviz.exchange.files.os.fsync", full)
    with pytest.raises(DiskFull):
        export_labels(run, path, format, overwrite=True)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "format", "says"),
    [
        ("out.json", None, "pass format='coco' or format='label-studio'"),
        ("out.txt", None, "ends in '.txt', expected one of .csv, .parquet, .pq, .json, or format="),
        ("out", "xml", "format is 'xml', expected one of 'csv', 'parquet', 'coco', 'label-studio'"),
    ],
)
def test_formats_that_there_are_not(name: str, format: str | None, says: str, tmp_path: Path) -> None:
    run = runner(tmp_path / "run").history
    with pytest.raises(InvalidInput, match=says.replace(".", r"\.")):
        export_labels(run, tmp_path / name, format)
    with pytest.raises(InvalidInput, match="is a folder, expected a file"):
        export_labels(run, tmp_path, "csv")
    assert not (tmp_path / name).exists()
