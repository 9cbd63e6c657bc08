"""Files are there whole or not at all, and say when they were changed."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs

from alviz.errors import DamagedFile, DiskFull
from alviz.store import files


def test_json_comes_back_and_carries_its_own_checksum(tmp_path: Path) -> None:
    data = {"text": "é × −", "number": 0.1, "list": [1, None, True], "nested": {"b": 1, "a": 2}}
    files.write_json(tmp_path / "a.json", data)
    assert files.read_json(tmp_path / "a.json") == data
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", '{"a": 1}', '{"a": 1, "sha256": "0"}', '{"a": 1, "sha256": null}', "\xff\xfe"],
)
def test_what_is_no_sealed_json_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DamagedFile, match=r"a\.json"):
        files.read_json(path)


def test_a_changed_number_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"accuracy": 0.5})
    path.write_text(path.read_text().replace("0.5", "0.6"))
    with pytest.raises(DamagedFile, match="differs from its checksum"):
        files.read_json(path)


def test_a_missing_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=r"gone\.json is missing"):
        files.read_json(tmp_path / "gone.json")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.float32).reshape(3, 4),
        np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)),
        np.arange(24, dtype=np.int64).reshape(4, 6)[:, ::2],
        np.zeros(0, dtype=np.int64),
        np.float32(1.5).reshape(()),
        np.array([1.0, np.nan], dtype=np.float16),
    ],
    ids=["c", "fortran", "strided", "empty", "scalar", "half"],
)
def test_an_array_comes_back_as_it_was_with_the_checksum_of_its_file(tmp_path: Path, array: Any) -> None:
    told = files.write_array(tmp_path / "a.npy", array)
    back = np.load(tmp_path / "a.npy", mmap_mode="r", allow_pickle=False)
    np.testing.assert_array_equal(back, array, strict=True)
    assert told["sha256"] == hashlib.sha256((tmp_path / "a.npy").read_bytes()).hexdigest()
    assert told["shape"] == list(array.shape)
    assert np.dtype(told["dtype"]) == array.dtype


def test_equal_arrays_are_equal_files_whatever_their_order_in_memory(tmp_path: Path) -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    told = [files.write_array(tmp_path / "a.npy", a)["sha256"] for a in (array, np.asfortranarray(array))]
    assert told[0] == told[1]


def test_objects_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        files.write_array(tmp_path / "a.npy", np.array([{}], dtype=object))


def test_weights_come_back(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    weights = {"w": np.arange(6, dtype=np.float32).reshape(2, 3).T, "steps": np.array(3)}
    told = files.write_weights(tmp_path / "w.safetensors", weights)
    back = load_file(tmp_path / "w.safetensors")
    np.testing.assert_array_equal(back["w"], weights["w"])
    np.testing.assert_array_equal(back["steps"], np.array(3), strict=True)  # of no dimension, as it was
    assert told["sha256"] == files.sha256(tmp_path / "w.safetensors")


def test_a_folder_takes_its_name_only_when_all_is_written(tmp_path: Path) -> None:
    with files.committed(tmp_path / "cycles" / "fit") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "cycles" / "fit").exists()
    assert runs.files(tmp_path) == {"cycles/fit/a": 1}


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit()])
def test_a_folder_that_fails_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def fail() -> None:
        with files.committed(tmp_path / "cycles" / "fit") as folder:
            (folder / "a").write_text("1")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert list((tmp_path / "cycles").iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    with pytest.raises(DiskFull, match="fit"), files.committed(tmp_path / "cycles" / "fit"):
        raise OSError(number, "full")
    assert list((tmp_path / "cycles").iterdir()) == []


def test_another_trouble_of_the_disk_is_not_called_full(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), files.committed(tmp_path / "fit"):
        raise PermissionError(errno.EACCES, "no")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_writing_an_array_to_a_full_disk_is_known_as_that() -> None:
    # 1 MB: more than the file's buffer, so that numpy's own writing meets the full disk.
    with pytest.raises(DiskFull), files.no_room(Path("/dev/full")):
        files.write_array(Path("/dev/full"), np.zeros(1 << 20, dtype=np.uint8))


def test_a_json_that_does_not_fit_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match=r"a\.json"):
        files.write_json(path, {"a": 2})
    assert files.read_json(path) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_leftovers_are_found_in_every_place_where_something_is_written(tmp_path: Path) -> None:
    left = [".run.json.1.tmp", "cycles/0000/.fit.1.tmp/features.npy", "cycles/0000/fit/.fit.json.1.tmp"]
    kept = ["run.json", "cycles/0000/fit/features.npy", "maps/.map.1.tmp"]
    for name in left + kept:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = {str(path.relative_to(tmp_path)) for path in files.leftovers(tmp_path)}
    assert found == {".run.json.1.tmp", "cycles/0000/.fit.1.tmp", "cycles/0000/fit/.fit.json.1.tmp"}
