"""Files that others write: by id, by name, by number, from folders and from Label Studio."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exchange.hostile import NAMES, book_bytes, labels, pool, runner

from alviz import CycleRunner
from alviz.exchange import Imported, export_labels, import_labels, read_labels
from alviz.labeling import Session

PICTURES = ("photos/cats/1.png", "photos/cats/2.png", "photos/dogs/1.png", "photos/dogs/x 3.png", *map(str, range(12)))


def animals(names: tuple[str, ...] | None = PICTURES, classes: tuple[str, ...] = ("cat", "dog", "owl")) -> Any:
    return pool(classes=(*classes, "fox") if len(classes) == 3 else classes, names=names)


def first(y: np.ndarray[Any, Any], n: int = 5) -> list[int]:
    assert (y[n:] == -1).all()
    return y[:n].tolist()


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode())
    return path


def studio(tmp_path: Path, *tasks: dict[str, Any]) -> Path:
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def task(data: dict[str, Any], *choices: str, **more: Any) -> dict[str, Any]:
    """Return a task as Label Studio exports it."""
    results = [
        {"id": "Dx_aB9", "from_name": "animal", "to_name": "image", "type": "choices", "value": {"choices": [name]}}
        for name in choices
    ]
    annotation = {"id": 1001, "completed_by": 10, "result": results, "was_cancelled": False, "lead_time": 4.3, **more}
    return {"id": 5, "data": data, "annotations": [annotation], "predictions": [], "meta": {}, "project": 83}


@pytest.mark.parametrize(
    "text",
    [
        "id,label\n0,owl\n4,cat\n",
        "id,label\r\n0,2\r\n4,0\r\n",
        "id,label\n0,2.0\n4,0.0\n1,\n2,-1\n",
        "\ufeffid,label\n0,owl\n4,cat\n",
        'label,name\n"owl",photos/cats/1.png\n\ncat,0\n',
        "row name,label\ncats/1.png,owl\n0,cat\n",
        "Row_Name,label\nC:/data/photos/cats/1.png,owl\n0,cat\n",
        "name,label,note\ncats\\1.png,owl,odd\n0,cat,\n2,,\n",
        "id,name,label\n0,photos/cats/1.png,owl\n4,0,cat\n",
        "id,label,class\n0,owl,7\n4,cat,9\n",
        "id,label\n0,owl\n4,cat\n0,owl\n",
        "id,label\n0, owl \n4,cat\t\n1,  \n",
    ],
)
def test_tables_by_id_name_class_and_number(text: str, tmp_path: Path) -> None:
    assert first(read_labels(csv(tmp_path, text), animals())) == [2, -1, -1, -1, 0]


@pytest.mark.parametrize(("text", "expected"), [("1", 0), ("3", 2), ("3.0", 2)])
def test_classes_that_are_named_by_numbers_go_by_name(text: str, expected: int, tmp_path: Path) -> None:
    given = animals(classes=("1", "2", "3", "4"))
    assert first(read_labels(csv(tmp_path, f"id,label\n4,{text}\n"), given)) == [-1, -1, -1, -1, expected]


@pytest.mark.parametrize(
    "columns",
    [
        {"id": [0, 4], "label": ["owl", "cat"]},
        {"id": [0, 4], "label": [2, 0]},
        {"id": [0.0, 4.0], "label": [2.0, 0.0]},
        {"id": [0, 4, 1], "label": [2.0, 0.0, np.nan]},
        {"name": ["photos/cats/1.png", "0", "1"], "label": ["owl", "cat", None]},
        {"id": [0, 4], "label": pd.Categorical(["owl", "cat"])},
    ],
)
def test_parquet_of_pandas(columns: dict[str, Any], tmp_path: Path) -> None:
    pd.DataFrame(columns).to_parquet(tmp_path / "labels.pq", index=False)
    assert first(read_labels(tmp_path / "labels.pq", animals())) == [2, -1, -1, -1, 0]


def test_parquet_in_folders_that_look_like_partitions(tmp_path: Path) -> None:
    (tmp_path / "year=2024").mkdir()
    path = tmp_path / "year=2024" / "labels.parquet"
    pq.write_table(pa.table({"id": [4], "label": ["cat"]}), path)
    assert first(read_labels(path, animals())) == [-1, -1, -1, -1, 0]


# -- folders ------------------------------------------------------------------------------------------


def fill(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"")
    return folder


def test_folders_of_classes(tmp_path: Path) -> None:
    folder = fill(
        tmp_path / "sorted",
        "owl/cats/1.png",
        "cat/sub/x 3.png",
        "dog/2.png",
        "unlabeled/5",
        "readme.txt",
        "dog/.hidden",
        "dog/Thumbs.db",
        ".git/config",
    )
    assert first(
        read_labels(folder, animals(("photos/cats/1.png", "2.png", "photos/dogs/1.png", "sub/x 3.png", *PICTURES[4:])))
    ) == [
        2,
        1,
        -1,
        0,
        -1,
    ]


def test_a_file_below_its_class_is_found_by_what_follows_the_class(tmp_path: Path) -> None:
    assert first(read_labels(fill(tmp_path / "sorted", "owl/x 3.png"), animals())) == [-1, -1, -1, 2, -1]


def test_a_row_name_that_begins_with_the_class_itself(tmp_path: Path) -> None:
    given = animals(("cat/1.png", "dog/1.png", *PICTURES[2:]))
    assert first(read_labels(fill(tmp_path / "sorted", "cat/1.png", "dog/1.png"), given)) == [0, 1, -1, -1, -1]


# -- Label Studio -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"image": "photos/dogs/x 3.png"},
        {"image": "/data/local-files/?d=photos%2Fdogs%2Fx%203.png"},
        {"image": "https://example.com/all/photos/dogs/x%203.png"},
        {"image": "/data/upload/1/42d46c4c-x_3.png", "name": "photos/dogs/x 3.png"},
        {"image": "/data/upload/1/42d46c4c-x%203.png"},
        {"image": "s3://bucket/photos/dogs/x 3.png"},
        {"alviz_id": 3, "image": "anything"},
        {"text": "dogs/x 3.png"},
    ],
)
def test_label_studio_tasks_by_id_and_by_file(data: dict[str, Any], tmp_path: Path) -> None:
    assert first(read_labels(studio(tmp_path, task(data, "owl")), animals())) == [-1, -1, -1, 2, -1]


def test_label_studio_after_people_worked_there(tmp_path: Path) -> None:
    run = runner(tmp_path / "run", animals())
    Session(run, who="ada").answer(4, 1, "odd")
    tasks = json.loads(export_labels(run.history, tmp_path / "out.json", "label-studio").read_text(encoding="utf-8"))
    # Their way of doing it: accounts by number or as an object, a new label, a skip, a further task without a label.
    by_id = {told["data"]["alviz_id"]: told for told in tasks}
    by_id[4]["annotations"][0] |= {"completed_by": {"id": 1, "email": "ada@example.com"}, "id": 7}
    by_id[0]["annotations"][0]["result"][0]["value"]["choices"] = ["dog"]
    cancelled = task({"image": "x", "alviz_id": 6, "alviz_pool": animals().digest}, was_cancelled=True)
    twice = task({"image": "x", "alviz_id": 7}, "owl")
    twice["annotations"].insert(0, {"result": [], "was_cancelled": True})
    blank = {"data": {"image": "x", "alviz_id": 8}, "annotations": [], "predictions": [{"result": [], "score": 0.4}]}
    fresh = runner(tmp_path / "fresh", animals())
    path = studio(tmp_path, *by_id.values(), cancelled, twice, blank)
    assert import_labels(fresh, path, on_conflict="last") == Imported(2, 3, 1, 1)
    assert labels(fresh.history) == {0: "dog", 1: "dog", 2: "owl", 3: "fox", 4: "dog", 7: "owl"}
    assert fresh.history.book.look().note(4) == "odd"
    assert list(fresh.history.book.look().set_aside) == [6]


def test_coco_of_others_goes_by_file_name(tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    data = {
        "images": [{"id": 900, "file_name": "cats/1.png"}, {"id": 901, "file_name": "0"}],
        "categories": [{"id": 17, "name": "owl"}, {"id": 18, "name": "cat"}],
        "annotations": [{"image_id": 900, "category_id": 17}, {"image_id": 901, "category_id": 18}],
    }
    path.write_text(json.dumps(data), encoding="utf-8")
    assert first(read_labels(path, animals())) == [2, -1, -1, -1, 0]


# -- into a run ---------------------------------------------------------------------------------------


@pytest.fixture
def started(tmp_path: Path) -> CycleRunner:
    return runner(tmp_path / "run", animals())  # 0 cat, 1 dog, 2 owl, 3 fox


@pytest.mark.parametrize(
    ("on_conflict", "expected", "told"),
    [
        ("last", {0: "owl", 1: "dog", 3: "fox", 4: "cat"}, Imported(1, 1, 2, 1)),
        ("keep", {0: "cat", 1: "dog", 2: "owl", 3: "fox", 4: "cat"}, Imported(1, 1, 2, 0)),
    ],
)
def test_labels_that_differ(
    on_conflict: str, expected: dict[int, str], told: Imported, started: CycleRunner, tmp_path: Path
) -> None:
    path = csv(tmp_path, "id,label,why,note\n0,owl,,so so\n1,dog,,\n4,cat,,\n2,,cannot tell,\n")
    assert import_labels(started, path, on_conflict=on_conflict) == told
    assert labels(started.history) == expected
    # What is left as it is takes no note from the file either.
    assert started.history.book.look().note(0) == ("so so" if on_conflict == "last" else "")


def test_new_classes_are_numbered_as_they_come_or_as_they_were(started: CycleRunner, tmp_path: Path) -> None:
    path = csv(tmp_path, "id,label\n4,yak\n5,owl\n6,<ape>\n7,yak\n")
    assert import_labels(started, path, add_classes=True).added == 4
    assert started.history.classes == ("cat", "dog", "owl", "fox", "yak", "<ape>")
    other = runner(tmp_path / "other", animals())
    path = csv(tmp_path, "id,label,class\n4,yak,5\n5,owl,2\n6,<ape>,4\n")
    import_labels(other, path, add_classes=True)
    assert other.history.classes[4:] == ("<ape>", "yak")
    assert labels(other.history)[4] == "yak"


def test_an_example_that_was_set_aside_takes_a_label(started: CycleRunner, tmp_path: Path) -> None:
    Session(started, who="ada").cannot_tell(4)
    assert import_labels(started, csv(tmp_path, "id,label\n4,cat\n")) == Imported(1, 0, 0, 0)
    assert labels(started.history)[4] == "cat"
    assert not started.history.book.look().set_aside


def test_a_note_on_a_label_that_is_there_already_comes_along(started: CycleRunner, tmp_path: Path) -> None:
    path = csv(tmp_path, 'id,label,note\n0,cat,"sleeps, =1"\n')
    assert import_labels(started, path) == Imported(0, 1, 0, 0)
    assert started.history.book.look().note(0) == "sleeps, =1"
    before = book_bytes(started.history)
    import_labels(started, path)
    assert book_bytes(started.history) == before


def test_who_is_the_user_of_the_system_unless_told(
    started: CycleRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "grace")
    import_labels(started, csv(tmp_path, "id,label\n4,cat\n"))
    import_labels(started.history, csv(tmp_path, "id,label\n5,cat\n"), who=" zoe ")
    assert [entry.who for entry in started.history.book.look().entries] == ["grace", "zoe"]


def test_it_is_written_in_one_append(started: CycleRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv(tmp_path, "id,label\n" + "".join(f"{id},new {id}\n" for id in range(4, len(NAMES))))
    book = started.history.book
    writes: list[int] = []
    write: Callable[..., None] = book._write
    monkeypatch.setattr(book, "_write", lambda entries: (writes.append(len(entries)), write(entries))[1])
    import_labels(started, path, add_classes=True)
    assert writes == [24]
