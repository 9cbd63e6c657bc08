"""Pools of image folders and zips: which image is which row with which label."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
from images import encoded, four, noise, pack, write
from PIL import Image

from alviz import CycleRunner, Pool, Run
from alviz.datasets import from_recipe, image_folder, load
from alviz.datasets.image_files import EXTENSIONS
from alviz.errors import AlvizWarning, ConfigMismatch, InvalidInput


def rows(pool: Pool) -> list[str]:
    assert pool.row_names is not None
    return [str(name) for name in pool.row_names]


def test_a_folder_per_class(tmp_path: Path) -> None:
    files = {f"{name}/{k}.png": noise(seed=k) for name in ("dog", "cat") for k in (10, 2, 1)}
    pool = image_folder(write(tmp_path / "pets", files))
    assert pool.name == "pets"
    assert pool.classes == ("cat", "dog")
    assert rows(pool) == ["cat/1.png", "cat/2.png", "cat/10.png", "dog/1.png", "dog/2.png", "dog/10.png"]
    assert pool.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert pool.X.dtype == np.uint8
    np.testing.assert_array_equal(pool.X, np.stack([noise(seed=k) for k in (1, 2, 10)] * 2))
    assert pool.X_test is None


@pytest.mark.parametrize("top", ["", "photos/"])
def test_images_without_folders_wait_for_labels_where_the_classes_are_named(tmp_path: Path, top: str) -> None:
    pool = image_folder(write(tmp_path, {f"{top}{k}.png": noise(seed=k) for k in (2, 10, 1)}), classes=["cat", "dog"])
    assert rows(pool) == [f"{top}1.png", f"{top}2.png", f"{top}10.png"]
    assert pool.y.tolist() == [-1, -1, -1]
    assert pool.classes == ("cat", "dog")
    again = from_recipe(pool.recipe)
    assert again.digest == pool.digest


def test_one_folder_of_a_named_class_is_that_class(tmp_path: Path) -> None:
    pool = image_folder(write(tmp_path, {f"cat/{k}.png": noise(seed=k) for k in (1, 2)}), classes=["cat", "dog"])
    assert pool.y.tolist() == [0, 0]


def test_numbers_in_names_sort_by_value(tmp_path: Path) -> None:
    wanted = ["a/1.png", "a/02.png", "a/003.png", "a/10.png", "a/b2/1.png", "a/b10/1.png", f"a/{'9' * 150}.png"]
    wanted = sorted(wanted, key=lambda name: "/b" in name)
    write(tmp_path, dict.fromkeys([*reversed(wanted), "b/1.png"], noise()))
    assert rows(image_folder(tmp_path)) == [*wanted, "b/1.png"]


def test_red_is_red(tmp_path: Path) -> None:
    red = np.full((4, 4, 3), (255, 0, 0), dtype=np.uint8)
    pool = image_folder(write(tmp_path, {"a/1.png": red, "b/1.png": red[:, :, ::-1].copy()}))
    assert pool.X[:, 2, 3].tolist() == [[255, 0, 0], [0, 0, 255]]


def test_train_and_test_folders(tmp_path: Path) -> None:
    files: dict[str, Any] = {f"train/{name}/{k}.png": noise(seed=k) for name in "ba" for k in (1, 2)}
    pool = image_folder(write(tmp_path, files | {"test/b/7.png": noise(seed=7), "test/a/8.png": noise(seed=8)}))
    assert rows(pool) == ["train/a/1.png", "train/a/2.png", "train/b/1.png", "train/b/2.png"]
    np.testing.assert_array_equal(np.asarray(pool.X_test), np.stack([noise(seed=8), noise(seed=7)]))
    assert np.asarray(pool.y_test).tolist() == [0, 1]
    # Without a test folder the training images are all there is.
    only = image_folder(write(tmp_path / "only", files))
    assert rows(only) == rows(pool)
    assert only.X_test is None


def test_test_classes_that_training_lacks(tmp_path: Path) -> None:
    write(tmp_path, {f"train/{name}/1.png": noise() for name in "ab"} | {"test/a/1.png": noise(), "test/docs/x": b""})
    assert image_folder(tmp_path).classes == ("a", "b")  # a folder without images is no class of the test
    write(tmp_path, {"test/x/1.png": noise(), "test/y/1.png": noise()})
    with pytest.raises(InvalidInput, match=r"has test images of 'x', 'y', which the training folders do not have"):
        image_folder(tmp_path)


def test_a_share_is_set_aside_for_testing(tmp_path: Path) -> None:
    files = {f"{name}/{k}.png": noise(seed=k) for name in "ab" for k in range(10)}
    whole = image_folder(write(tmp_path, files))
    pool = image_folder(tmp_path, test=0.2, seed=3)
    expected = whole.split(0.2, 3)
    assert pool.digest == expected.digest
    assert np.bincount(np.asarray(pool.y_test)).tolist() == [2, 2]
    assert rows(pool) == rows(expected)
    assert pool.recipe is not None
    assert from_recipe(pool.recipe).digest == pool.digest
    with pytest.raises(InvalidInput, match=r"between 0 and 1, got 20"):
        image_folder(tmp_path, test=20)
    both = write(
        tmp_path / "both", {f"{part}/{name}": image for part in ("train", "test") for name, image in files.items()}
    )
    with pytest.raises(InvalidInput, match=r"has a test folder: leave out test=0\.2"):
        image_folder(both, test=0.2)


def test_images_without_a_label(tmp_path: Path) -> None:
    files = four() | {f"unlabeled/{k}.png": noise(seed=k) for k in (10, 9)}
    pool = image_folder(write(tmp_path / "one", files))
    assert pool.classes == ("a", "b")
    assert rows(pool)[4:] == ["unlabeled/9.png", "unlabeled/10.png"]
    assert pool.y.tolist() == [0, 0, 1, 1, -1, -1]
    # The folder may stand among the classes of train, or beside it, and have another name.
    files = {f"train/{name}": image for name, image in four().items()}
    files |= {"train/todo/3.png": noise(), "todo/sub/4.png": noise(), "test/a/1.png": noise()}
    pool = image_folder(write(tmp_path / "two", files), unlabeled="todo")
    assert rows(pool)[4:] == ["train/todo/3.png", "todo/sub/4.png"]
    assert pool.y.tolist() == [0, 0, 1, 1, -1, -1]


def test_only_unlabeled_images_need_the_classes(tmp_path: Path) -> None:
    write(tmp_path, {f"unlabeled/{k}/1.png": noise(seed=k) for k in range(3)})
    with pytest.raises(InvalidInput, match=r"shows 0 class\(es\).*classes=\[\.\.\.\]"):
        image_folder(tmp_path)
    pool = image_folder(tmp_path, classes=["dog", "cat"])
    assert pool.classes == ("dog", "cat")
    assert pool.y.tolist() == [-1, -1, -1]
    assert pool.recipe is not None
    assert from_recipe(pool.recipe).digest == pool.digest
    zipped = pack(tmp_path / "x.zip", {f"unlabeled/{k}/1.png": noise(seed=k) for k in range(3)})
    assert image_folder(zipped, classes=["dog", "cat"]).digest == pool.digest


def test_classes_are_named_and_ordered_by_the_caller(tmp_path: Path) -> None:
    write(tmp_path, four())
    pool = image_folder(tmp_path, classes=["b", "new", "a"])
    assert rows(pool) == ["b/1.png", "b/2.png", "a/1.png", "a/2.png"]
    assert pool.y.tolist() == [0, 0, 2, 2]
    with pytest.raises(InvalidInput, match=r"training images of 'b', which classes=\[\.\.\.\] does not name"):
        image_folder(tmp_path, classes=["a", "c"])
    with pytest.raises(InvalidInput, match="classes names 'unlabeled'"):
        image_folder(tmp_path, classes=["a", "b", "unlabeled"])


def test_folders_below_a_class_belong_to_it(tmp_path: Path) -> None:
    pool = image_folder(write(tmp_path, {"a/x/y/1.png": noise(), "a/2.png": noise(), "b/x/1.png": noise()}))
    assert rows(pool) == ["a/2.png", "a/x/y/1.png", "b/x/1.png"]
    assert pool.y.tolist() == [0, 0, 1]


def test_what_is_no_image_is_ignored(tmp_path: Path) -> None:
    junk = [
        ".DS_Store",
        "a/.hidden.png",
        ".git/x.png",
        "__MACOSX/a/._1.png",
        "a/Thumbs.db",
        "README.md",
        "a/labels.csv",
    ]
    write(tmp_path / "f", four() | dict.fromkeys(junk, b"junk"))
    assert rows(image_folder(tmp_path / "f")) == list(four())
    pack(tmp_path / "f.zip", four() | dict.fromkeys(junk, b"junk"))
    assert rows(image_folder(tmp_path / "f.zip")) == list(four())


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    pool = image_folder(write(tmp_path, {"car/1.png": noise(), "train/1.png": noise()}))
    assert pool.classes == ("car", "train")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["1.png", "2.png"], r"2 image\(s\) lie directly in .*the first is '1\.png'.*one folder per class.*classes="),
        (["a/1.png", "b/1.png", "x.png"], r"1 image\(s\) lie directly in .*'x\.png'"),
        (["train/1.png", "test/1.png"], r"1 image\(s\) lie directly in .*train, the first is 'train/1\.png'"),
        (["train/a/1.png", "train/b/1.png", "1.png"], r"1 image\(s\) lie directly in"),
        (["train/a/1.png", "train/b/1.png", "val/a/1.png"], r"has 'val' beside 'train': expected 'train' and 'test'"),
        (["a/1.png", "a/2.png"], r"shows 1 class\(es\): 'a'\. At least 2"),
        (["train/a/1.png", "train/a/2.png"], r"shows 1 class\(es\): 'a'"),
        (["a/1.png", "b/1.png", "docs/x.txt", "e/f/x.txt"], r"folder\(s\) 'docs', 'e' of .* hold no image"),
        (["a/1.txt", "b/1.csv"], r"There is no image in .*\.bmp, \.gif"),
        (["train.zip", "test.tar.gz"], r"There is no image in .*It holds 'test\.tar\.gz', which has to be unpacked"),
    ],
)  # fmt: skip
def test_layouts_without_classes(files: list[str], told: str, tmp_path: Path) -> None:
    content = {name: noise() if name.endswith(".png") else b"x" for name in files}
    with pytest.raises(InvalidInput, match=told):
        image_folder(write(tmp_path / "folder", content))
    with pytest.raises(InvalidInput, match=told):
        image_folder(pack(tmp_path / "packed.zip", content))


def test_no_place_at_all(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"There is nothing at .*expected a folder of images"):
        image_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="There is no image in"):
        image_folder(tmp_path / "empty")
    (tmp_path / "notes.tar").write_bytes(b"x" * 1000)
    with pytest.raises(InvalidInput, match="expected a folder or a zip of images"):
        image_folder(tmp_path / "notes.tar")


def test_one_image_is_no_pool(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="at least 2 examples"):
        image_folder(write(tmp_path, {"a/1.png": noise()}), classes=["a", "b"])


def test_a_class_with_only_damaged_images(tmp_path: Path) -> None:
    write(tmp_path, four() | {"c/1.png": b"no image", "c/2.png": b""})
    with pytest.warns(AlvizWarning), pytest.raises(InvalidInput, match=r"No training image of 'c' in .* can be read"):
        image_folder(tmp_path, unreadable="skip")
    with pytest.warns(AlvizWarning, match="2 of 6 images"):
        assert image_folder(tmp_path, unreadable="skip", classes=["a", "b", "c"]).y.tolist() == [0, 0, 1, 1]


# -- zips -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("top", ["", "photos/", "photos/v1/"])
def test_a_zip_is_the_folder_that_was_packed(compression: int, top: str, tmp_path: Path) -> None:
    files = {f"{part}/{name}": image for part in ("train", "test") for name, image in four().items()}
    folder = image_folder(write(tmp_path / "plain", files))
    before = sorted(tmp_path.rglob("*"))
    zipped = pack(tmp_path / "x.zip", {top + name: image for name, image in files.items()}, compression)
    if top == "photos/v1/":
        with pytest.raises(InvalidInput):  # one folder around the data is usual, two are a guess
            image_folder(zipped)
        return
    pool = image_folder(zipped)
    assert pool.digest == folder.digest
    assert pool.name == "x"
    assert rows(pool) == [top + name for name in rows(folder)]
    assert sorted(tmp_path.rglob("*")) == sorted([*before, zipped])  # nothing was unpacked
    assert (
        image_folder(write(tmp_path / "around", {top + name: image for name, image in files.items()})).digest
        == pool.digest
    )


def test_a_large_member_is_read_as_a_stream(tmp_path: Path) -> None:
    files = {f"{name}/1.png": noise(300, 300, seed=seed) for seed, name in enumerate("ab")}
    assert all(len(encoded(image)) > 1 << 16 for image in files.values())
    pool = image_folder(pack(tmp_path / "x.zip", files))
    np.testing.assert_array_equal(pool.X, np.stack(list(files.values())))


def test_names_with_backslashes_and_accents(tmp_path: Path) -> None:
    # "café" once with a composed é, once as macOS writes it.
    files = {
        "top\\train\\café\\1.png": noise(),
        "top\\train\\大\\1.png": noise(),
        "top\\test\\cafe\u0301\\1.png": noise(),
    }
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("top\\", b"")
        archive.writestr("top\\train\\", b"")
        for name, image in files.items():
            archive.writestr(name, encoded(image))
    pool = image_folder(tmp_path / "x.zip")
    assert pool.classes == ("café", "大")
    assert rows(pool) == ["top/train/café/1.png", "top/train/大/1.png"]
    assert np.asarray(pool.y_test).tolist() == [0]
    folder = write(tmp_path / "ü", {name.replace("\\", "/"): image for name, image in files.items()})
    assert image_folder(folder).digest == pool.digest


def test_damaged_zips(tmp_path: Path) -> None:
    whole = pack(tmp_path / "whole.zip", four(), zipfile.ZIP_STORED).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match=r"cut\.zip cannot be read: .*File is not a zip file"):
        image_folder(tmp_path / "cut.zip")
    (tmp_path / "none.zip").write_bytes(b"")
    with pytest.raises(InvalidInput, match=r"none\.zip cannot be read"):
        image_folder(tmp_path / "none.zip")
    at = whole.index(encoded(noise(seed=11))) + 60  # inside the pixels of b/1.png
    (tmp_path / "bit.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(InvalidInput, match=r"1 of 4 images .*'b/1\.png' \(Bad CRC-32 for file 'b/1\.png'\)"):
        image_folder(tmp_path / "bit.zip")


def test_encrypted_zips_and_unknown_compression(tmp_path: Path) -> None:
    plain = pack(tmp_path / "x.zip", four(), zipfile.ZIP_STORED).read_bytes()
    data = bytearray(plain)
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    (tmp_path / "x.zip").write_bytes(bytes(data))
    with pytest.raises(InvalidInput, match="is encrypted: unpack it with its password"):
        image_folder(tmp_path / "x.zip")
    data = bytearray(plain)
    data[central + 10] = 9  # Deflate64
    (tmp_path / "x.zip").write_bytes(bytes(data))
    with pytest.raises(InvalidInput, match=r"1 of 4 images .*compression"):
        image_folder(tmp_path / "x.zip")


def test_a_zip_in_a_zip(tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner.zip", four()).read_bytes()
    with pytest.raises(InvalidInput, match=r"no image in .*'train/inner\.zip', which has to be unpacked first"):
        image_folder(pack(tmp_path / "x.zip", {"train/inner.zip": inner}))


# -- links and rights -----------------------------------------------------------------------------


def test_links_that_go_round_end(tmp_path: Path) -> None:
    write(tmp_path, four())
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "beside").symlink_to(tmp_path / "b", target_is_directory=True)
    (tmp_path / "b" / "beside").symlink_to(tmp_path / "a", target_is_directory=True)
    assert rows(image_folder(tmp_path)) == list(four())
    (tmp_path / "b" / "self.png").symlink_to(tmp_path / "b" / "self.png")
    (tmp_path / "b" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(InvalidInput, match=r"2 of 6 .*gone\.png' \(No such file.*self\.png' \(Too many levels"):
        image_folder(tmp_path)


def test_a_class_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "far", {"images/1.png": noise()})
    write(tmp_path / "near", {"a/1.png": noise()})
    (tmp_path / "near" / "b").symlink_to(tmp_path / "far" / "images", target_is_directory=True)
    assert image_folder(tmp_path / "near").classes == ("a", "b")


def test_files_and_folders_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs tests as root may read everything, so the refusal is played.
    write(tmp_path, four())
    opening, listing = Path.open, os.scandir

    def open_most(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "2.png":
            raise PermissionError(13, "Permission denied", str(path))
        return opening(path, *args, **kwargs)

    def list_most(path: Path) -> Any:
        if path.name == "b":
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(Path, "open", open_most)
    with pytest.raises(InvalidInput, match=r"2 of 4 .*'a/2\.png' \(Permission denied\), 'b/2\.png'"):
        image_folder(tmp_path)
    monkeypatch.setattr(os, "scandir", list_most)
    with pytest.raises(InvalidInput, match=r"The folder .*b cannot be listed: Permission denied"):
        image_folder(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, four())
    os.mkfifo(tmp_path / "a" / "pipe.png")
    with pytest.raises(InvalidInput, match=r"pipe\.png' \(not a regular file\)"):
        image_folder(tmp_path)


# -- memory, progress, recipes --------------------------------------------------------------------


def test_more_than_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, four())
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=4 * 6 * 8 * 3))
    assert len(image_folder(tmp_path)) == 4
    with pytest.raises(InvalidInput, match=r"288 bytes\), .* are free"):  # the rows set aside are copied
        image_folder(tmp_path, test=0.5)
    decoded: list[str] = []
    monkeypatch.setattr("alviz.datasets.image_reading.decode", lambda data, form: decoded.append("one"))
    with pytest.raises(InvalidInput, match=r"would take 120\.0 GB .*Pass a smaller size=, or extract features"):
        image_folder(tmp_path, size=100_000)
    assert decoded == []


def test_progress_tells_and_stops(tmp_path: Path) -> None:
    files = {f"{name}/{k}.png": noise(seed=k) for name in "ab" for k in range(50)}
    write(tmp_path, files)
    told: list[tuple[int, int]] = []
    image_folder(tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 100)
    assert told[-1] == (100, 100)
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done:
            raise Enough

    with pytest.raises(Enough):
        image_folder(tmp_path, progress=stop)


def test_a_recipe_holds_what_was_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "x", four())
    monkeypatch.chdir(tmp_path)
    path = str((tmp_path / "x").resolve())
    assert image_folder("x").recipe == {"dataset": "image_folder", "params": {"path": path}}
    asked: dict[str, Any] = {"size": [4, 5], "fit": "pad", "channels": 1, "classes": ["b", "a"]}
    pool = image_folder("x", size=(4, 5), fit="pad", channels=1, classes=("b", "a"), progress=lambda done, total: None)
    assert pool.recipe == {"dataset": "image_folder", "params": {"path": path, **asked}}
    assert from_recipe(pool.recipe).digest == pool.digest
    assert load(f"image_folder:{path}").digest == image_folder("x").digest


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"size": 0}, "size is 0, expected a whole number of at least 1"),
        ({"size": (8, 8, 3)}, r"size is \(8, 8, 3\), expected one side, or height and width"),
        ({"size": 3.5}, r"size is 3\.5, expected a whole number"),
        ({"size": "32"}, "size is '3', expected a whole number"),
        ({"fit": "zoom"}, "fit is 'zoom', expected 'crop' or 'pad' or 'stretch'"),
        ({"channels": 4}, "channels is 4, expected None or 1 or 3"),
        ({"unreadable": "ignore"}, "expected 'refuse' or 'skip'"),
    ],
)
def test_options_that_do_not_exist(given: dict[str, Any], told: str, tmp_path: Path) -> None:
    write(tmp_path, four())
    with pytest.raises(InvalidInput, match=told):
        image_folder(tmp_path, **given)


def test_a_run_notices_that_the_folder_changed(tmp_path: Path) -> None:
    files = {f"{name}/{k}.png": noise(4, 4, seed=100 * k + ord(name)) for name in "ab" for k in range(12)}
    pool = image_folder(write(tmp_path / "x", files))
    CycleRunner(pool, "linear", "random", path=tmp_path / "run", initial=4, budget=2, seed=0).step()
    assert Run.open(tmp_path / "run").pool.digest == pool.digest
    write(tmp_path / "x", {"a/3.png": noise(4, 4, seed=99)})
    with pytest.raises(ConfigMismatch, match="is not the pool of run"):
        _ = Run.open(tmp_path / "run").pool


def test_cifar_as_jpegs(data: Path) -> None:
    path = data / "cifar10-jpeg.zip"
    if not path.is_file():
        pytest.skip(f"no {path}")
    pool = image_folder(path)
    assert (pool.X.shape, np.asarray(pool.X_test).shape) == ((50_000, 32, 32, 3), (10_000, 32, 32, 3))
    names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    assert pool.classes == names
    assert pool.y.tolist() == np.repeat(np.arange(10), 5000).tolist()
    assert np.asarray(pool.y_test).tolist() == np.repeat(np.arange(10), 1000).tolist()
    with zipfile.ZipFile(path) as archive:
        for label, number in ((0, 0), (3, 1234), (9, 4999)):
            name = f"train/{names[label]}/{number:04}.jpg"
            row = 5000 * label + number
            assert rows(pool)[row] == name
            np.testing.assert_array_equal(pool.X[row], np.asarray(Image.open(io.BytesIO(archive.read(name)))))
        held = archive.read("test/ship/0500.jpg")
        np.testing.assert_array_equal(np.asarray(pool.X_test)[8500], np.asarray(Image.open(io.BytesIO(held))))


def test_upper_case_extensions_count(tmp_path: Path) -> None:
    assert {".jpg", ".png"} <= EXTENSIONS
    assert rows(image_folder(write(tmp_path, {"a/1.PNG": noise(), "b/1.Png": noise()}))) == ["a/1.PNG", "b/1.Png"]
