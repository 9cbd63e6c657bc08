"""Files that cannot be taken: one sentence, and nothing written."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from exchange.hostile import book_bytes, labels, pool, runner
from exchange.test_reading import PICTURES, animals, csv, fill, studio, task

from alviz import CycleRunner, Run
from alviz.errors import AlvizError, ConfigMismatch, DiskFull, InvalidInput, PoolMissing
from alviz.exchange import export_labels, export_pseudo_labels, import_labels, read_labels
from alviz.labeling import Session


@pytest.fixture
def started(tmp_path: Path) -> CycleRunner:
    """0 cat, 1 dog, 2 owl, 3 fox; 5 dog by an answer."""
    made = runner(tmp_path / "run", animals())
    Session(made, who="ada").answer(5, 1)
    return made


def refused(
    target: CycleRunner | Run, path: Path, says: str, kind: type[AlvizError] = InvalidInput, **how: Any
) -> None:
    run = target.history if isinstance(target, CycleRunner) else target
    before, held = book_bytes(run), labels(run)
    with pytest.raises(kind, match=re.escape(says)) as told:
        import_labels(target, path, **how)
    assert "\n" not in str(told.value)
    assert (book_bytes(run), labels(run), run.classes) == (before, held, animals().classes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has the columns none, expected id or name, and label"),
        ("id;label\n4;cat\n", "has the column(s) 'id;label', expected id or name, and label; there may be class, who"),
        ("id,lable\n4,cat\n", "has the column(s) 'lable', expected id or name, and label"),
        ("id,Label\n4,cat\n", "Did you mean 'label'?"),
        ("label\ncat\n", "has the columns 'label', expected id or name, and label"),
        ("id,label,id\n4,cat,5\n", "has a column more than once: 'id', 'label', 'id'"),
        ("id,label\n4,cat\nx,cat\n", "row 3: the id 'x' is no whole number"),
        ("id,label\n4.5,cat\n", "row 2: the id '4.5' is no whole number"),
        ("id,label\n4,cat\n16,cat\n", "row 3: id 16 is outside the pool, whose ids are 0..15"),
        ("id,label\n-1,cat\n", "id -1 is outside the pool"),
        ("id,label\n16,\n", "id 16 is outside the pool"),
        ("id,label\n4,cow\n", "row 2: the label 'cow' is none of the classes 'cat', 'dog', 'owl', 'fox'. add_classes="),
        ("id,label\n4,Cat\n", "the label 'Cat' is none of the classes"),
        ("id,label\n4,4\n", "the label '4' is none of the classes 0 'cat', 1 'dog', 2 'owl', 3 'fox'."),
        ("id,label\n4,1\n5,cat\n", "the label '1' is none of the classes 'cat'"),
        ("id,label\n4,cat\n6,dog\n4,dog\n", "names id 4 twice: 'cat' in row 2, 'dog' in row 4. Leave one of them."),
        ("name,label\n0,cat\n0,dog\n", "names id 4 twice: 'cat' in row 2, 'dog' in row 3"),
        ("id,label,why\n4,cat,\n4,,skipped\n", "names id 4 twice: 'cat' in row 2, skipped in row 3"),
        ("id,label,why\n4,,lazy\n", "why is 'lazy', expected one of 'skipped', 'cannot tell', 'noted' or nothing"),
        ("id,label\n,cat\n", "row 2 has neither an id nor a name"),
        ("id,label\n4,cat,dog\n", "row 2 has 3 cells, expected 2: one per column"),
        ('id,label\n4,"cat\n', "cannot be read as CSV"),
        ("name,label\nnobody.png,cat\n", "no row of the pool is named 'nobody.png'; the first is 'photos/cats/1.png'"),
        ("name,label\nbirds/1.png,cat\n", "no row of the pool is named 'birds/1.png'"),
        ("name,label\n1.png,cat\n", "'1.png' is ambiguous: it may be row 0 ('photos/cats/1.png') or row 2"),
        ("id,name,label\n4,1,cat\n", "row 2: id 4 is named '1', which this pool calls '0'"),
        (
            "id,label\n5,owl\n4,cat\n",
            "1 example(s) have another label already, the first is id 5 ('dog', 'owl' in row 2)",
        ),
        (
            "id,label,why\n5,,skipped\n",
            "the first is id 5 ('dog', skipped in row 2). on_conflict='last' takes the file's",
        ),
        ("id,pseudo_label,kind\n4,cat,pseudo\n", "holds pseudo-labels: what a model predicted is no answer, and"),
        ("id,label,kind\n4,cat,pseudo\n", "holds pseudo-labels"),
    ],
)
def test_tables(text: str, says: str, started: CycleRunner, tmp_path: Path) -> None:
    refused(started, csv(tmp_path, text), says)


def test_numbers_are_no_names_of_classes_to_add(started: CycleRunner, tmp_path: Path) -> None:
    refused(started, csv(tmp_path, "id,label\n4,7\n"), "the label '7' is none of the classes 0 'cat'", add_classes=True)


def test_no_text_and_no_table(started: CycleRunner, tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("id,label\n4,Käuzchen\n".encode("latin-1"))
    refused(started, tmp_path / "latin.csv", "is no UTF-8 text (invalid continuation byte at byte 12)")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and then nothing")
    refused(started, tmp_path / "x.parquet", "cannot be read as a Parquet file")
    pd.DataFrame({"id": [4], "lable": ["cat"]}).to_parquet(tmp_path / "y.parquet", index=False)
    refused(started, tmp_path / "y.parquet", "has the column(s) 'lable'")


def test_places_and_formats(started: CycleRunner, tmp_path: Path) -> None:
    refused(started, tmp_path / "none.csv", "There is no file")
    (tmp_path / "labels.xlsx").write_bytes(b"")
    refused(started, tmp_path / "labels.xlsx", "ends in '.xlsx', expected one of .csv, .parquet, .pq, .json")
    refused(started, tmp_path / "labels.xlsx", "format is 'xlsx', expected one of 'csv'", format="xlsx")
    refused(started, tmp_path / "labels.xlsx", "is a file, and format='folder' needs a folder", format="folder")
    refused(started, fill(tmp_path / "sorted", "cat/0"), "is a folder, and format='csv' needs a file", format="csv")
    path = csv(tmp_path, "id,label\n4,cat\n")
    refused(started, path, "on_conflict is 'first', expected one of 'refuse', 'last', 'keep'", on_conflict="first")
    refused(started, path, "who is empty", who=" ")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("3", "holds int at its top, expected an object with images, categories and annotations or a list of tasks"),
        ("[3]", "task 0: 'data' is None, expected an object"),
        (
            '[{"image": "x.png", "choice": "cat"}]',
            "task 0 has no 'data': export from Label Studio as JSON, not as JSON-MIN",
        ),
        ('[{"data": {"image": "0"}, "annotations": 3}]', "task 0: 'annotations' is 3, expected a list"),
        ('[{"data": {"image": "0"}, "annotations": [7]}]', "task 0, an annotation: 'result' is None, expected a list"),
        ('{"images": []}', "'categories' is None, expected a list"),
        ('{"images": [{"id": "a"}]}', "image 0: 'id' is 'a', expected a whole number"),
        (
            '{"images": [], "categories": [], "annotations": [{"image_id": 1, "category_id": 1}]}',
            "annotation 0 is of category 1, which the file does not list",
        ),
        (
            '{"images": [], "categories": [{"id": 1, "name": ""}], "annotations": [{"image_id": 9, "category_id": 1}]}',
            "annotation 0 is of image 9",
        ),
    ],
)
def test_json_of_another_kind(data: str, says: str, started: CycleRunner, tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text(data)
    refused(started, path, says)


def test_json_that_is_not_what_it_is_said_to_be(started: CycleRunner, tmp_path: Path) -> None:
    path = studio(tmp_path)
    refused(started, path, "holds list at its top, expected an object with images, categories", format="coco")
    path.write_text("{}")
    refused(started, path, "holds dict at its top, expected a list of tasks", format="label-studio")


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ([task({"image": "0"}, "cat", "dog")], "task 0 has more than one label: 'cat', 'dog'"),
        ([task({"image": "0"}, "cow")], "task 0: the label 'cow' is none of the classes 'cat'"),
        ([task({"image": "0"}, "1")], "the label '1' is none of the classes 'cat'"),
        ([task({"image": "z.png"}, "cat")], "task 0: no row of the pool is named 'z.png'"),
        ([task({"image": "1.png"}, "cat")], "'1.png' is ambiguous"),
        ([task({"alviz_id": 99}, "cat")], "task 0: id 99 is outside the pool"),
        ([task({"alviz_id": True}, "cat")], "alviz_id is True, expected a whole number"),
        ([task({"colour": "red"}, "cat")], "its data has neither alviz_id nor one of name, image"),
        (
            [task({"image": "0"}, "cat"), task({"alviz_id": 4}, "dog")],
            "names id 4 twice: 'cat' in task 0, 'dog' in task 1",
        ),
        (
            [task({"alviz_id": 4, "alviz_pool": "a"}, "cat"), task({"alviz_id": 6, "alviz_pool": "b"}, "cat")],
            "holds tasks of two pools: task 0 and task 1",
        ),
    ],
)
def test_label_studio(tasks: list[dict[str, Any]], says: str, started: CycleRunner, tmp_path: Path) -> None:
    refused(started, studio(tmp_path, *tasks), says)


def test_several_choices_for_one_task(started: CycleRunner, tmp_path: Path) -> None:
    told = task({"image": "0"}, "cat")
    told["annotations"][0]["result"][0]["value"]["choices"] = ["cat", "dog"]
    refused(started, studio(tmp_path, told), "task 0 has the choices ['cat', 'dog'], expected the name of one class")
    # Two annotators who do not agree.
    two = task({"image": "0"}, "cat")
    two["annotations"] += task({"image": "0"}, "owl")["annotations"]
    refused(started, studio(tmp_path, two), "task 0 has more than one label: 'cat', 'owl'")


def test_folders(started: CycleRunner, tmp_path: Path) -> None:
    says = "the file 'cat/0' and the file 'cat/more/0' both go for row 4 of the pool: which one is meant?"
    refused(started, fill(tmp_path / "a", "cat/0", "cat/more/0"), says)
    refused(started, fill(tmp_path / "b", "cat/1.png"), "'cat/1.png' is ambiguous: it may be row 0")
    refused(started, fill(tmp_path / "c", "cow/0"), "the label 'cow' is none of the classes")
    refused(started, fill(tmp_path / "d", "cat/z.png"), "no row of the pool is named 'cat/z.png'")
    refused(started, fill(tmp_path / "e", "0"), "holds no file below a folder: expected one folder per class")
    nameless = runner(tmp_path / "nameless", animals(names=None))
    refused(nameless, tmp_path / "a", "has no id, and the pool has no row names to find 'cat/0' by")


@pytest.mark.parametrize(
    ("name", "format"), [("out.parquet", None), ("out.json", "coco"), ("out.json", "label-studio")]
)
def test_labels_of_another_pool(name: str, format: str | None, started: CycleRunner, tmp_path: Path) -> None:
    other = replace(animals(), X=pool().X + 1)
    path = export_labels(runner(tmp_path / "other", other).history, tmp_path / name, format)
    says = f"holds labels of another pool (digest {other.digest[:12]}…, expected {animals().digest[:12]}…)"
    refused(started, path, says, ConfigMismatch)
    with pytest.raises(ConfigMismatch, match="another pool"):
        read_labels(path, animals())


@pytest.mark.parametrize("name", ["pseudo.csv", "pseudo.parquet"])
def test_what_a_model_predicts_is_no_answer(name: str, started: CycleRunner, tmp_path: Path) -> None:
    started.query()
    path = export_pseudo_labels(started.history, tmp_path / name)
    refused(started, path, "holds pseudo-labels")
    with pytest.raises(InvalidInput, match="holds pseudo-labels"):
        read_labels(path, animals())


def test_pseudo_labels_by_another_name_are_still_known(started: CycleRunner, tmp_path: Path) -> None:
    started.query()
    path = export_pseudo_labels(started.history, tmp_path / "pseudo.csv")
    frame = pd.read_csv(path).rename(columns={"pseudo_label": "label"})[["id", "label", "kind"]]
    frame.to_csv(path, index=False)
    refused(started, path, "holds pseudo-labels")


def test_names_without_the_pool(started: CycleRunner, tmp_path: Path) -> None:
    started.close()
    lone = Run.open(tmp_path / "run")
    refused(lone, csv(tmp_path, "name,label\n0,cat\n"), "came from memory: pass it", PoolMissing)
    assert import_labels(lone, csv(tmp_path, "id,label\n4,cat\n")).added == 1


def test_a_removed_class_is_not_offered(started: CycleRunner, tmp_path: Path) -> None:
    ada = Session(started, who="ada")
    ada.remove_class(ada.add_class("yak"))
    before = book_bytes(started.history)
    for text in ("id,label\n4,yak\n", "id,label\n4,4\n"):
        with pytest.raises(InvalidInput, match="is none of the classes"):
            import_labels(started, csv(tmp_path, text))
    assert book_bytes(started.history) == before
    # It comes back under its number, beside a new one.
    import_labels(started, csv(tmp_path, "id,label\n4,ape\n6,yak\n"), add_classes=True)
    assert started.history.classes[4:] == ("yak", "ape")
    assert (labels(started.history)[4], labels(started.history)[6]) == ("ape", "yak")


def test_a_full_disk_writes_nothing(started: CycleRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv(tmp_path, "id,label\n" + "".join(f"{id},cat\n" for id in range(6, 16)))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("alviz.store.book.os.fsync", full)
        refused(started, path, "There is no room left", DiskFull)
    assert import_labels(started, path).added == 10


def test_all_names_are_there() -> None:
    assert len(PICTURES) == len(animals())
