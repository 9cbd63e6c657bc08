"""The data of a preset: where it is found, what is wanted where it is not, and what is made of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from presets.pools import cifar10, write_images

import alviz
from alviz import presets
from alviz.datasets.derived import only
from alviz.errors import InvalidInput
from alviz.presets.source import CIFAR10, MNIST, SVHN, VARIABLE


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, file.relative_to(folder))
    return path


def test_without_a_folder_a_preset_says_what_it_wants() -> None:
    with pytest.raises(InvalidInput) as error:
        presets.get("seqgcn-cifar10").pool()
    said = str(error.value)
    assert said.startswith("The preset 'seqgcn-cifar10' wants CIFAR-10: put torchvision's files at ")
    assert str(Path("DATA") / "cifar-10-batches-py") in said
    assert "alviz.datasets.cifar10('DATA', download=True) fetches them" in said
    assert str(Path("DATA") / "cifar10.zip") in said
    assert "train/<class> and test/<class>" in said
    assert VARIABLE in said


def test_a_folder_without_the_files_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(InvalidInput, match="wants SVHN, and it is not in") as error:
        presets.get("seqgcn-svhn").pool()
    for name in ("train_32x32.mat", "test_32x32.mat"):
        assert str(tmp_path / name) in str(error.value)


def test_data_that_alviz_cannot_read_is_named_with_its_files() -> None:
    with pytest.raises(InvalidInput) as error:
        presets.get("asal-celeba-bangs").pool("anywhere")
    assert "celeba/list_attr_celeba.txt" in str(error.value)
    assert "needs a reader of CelebA's attributes" in str(error.value)


def test_images_are_found_as_a_folder_a_zip_and_by_their_name(tmp_path: Path) -> None:
    images = write_images(tmp_path / "images", cifar10(2, 2))
    archive = zipped(images, tmp_path / "cifar10-jpeg.zip")
    (tmp_path / "cifar100.zip").write_bytes(b"of another data set")
    pools = [CIFAR10.read(place, "a test") for place in (images, archive, tmp_path)]
    assert {pool.digest for pool in pools} == {pools[0].digest}
    assert [len(pool) for pool in pools] == [20, 20, 20]
    assert pools[2].recipe is not None
    assert pools[2].recipe["params"]["path"] == str(archive)


def test_another_data_set_of_a_similar_name_is_not_taken(tmp_path: Path) -> None:
    zipped(write_images(tmp_path / "elsewhere", cifar10(2, 2)), tmp_path / "cifar100.zip")
    with pytest.raises(InvalidInput, match="wants CIFAR-10, and it is not in"):
        CIFAR10.read(tmp_path, "a test")


def test_a_part_of_the_files_is_not_enough(tmp_path: Path) -> None:
    (tmp_path / "train_32x32.mat").write_bytes(b"half of it")
    with pytest.raises(InvalidInput, match="wants SVHN, and it is not in"):
        SVHN.read(tmp_path, "a test")


def test_torchvisions_files_come_first(data: Path, tmp_path: Path) -> None:
    pool = MNIST.read(data, "a test")
    assert pool.recipe is not None
    assert pool.recipe["dataset"] == "mnist"
    assert MNIST.read(data / "torchvision", "a test").digest == pool.digest


def test_other_examples_or_classes_are_refused(tmp_path: Path) -> None:
    two = write_images(tmp_path / "two", only(cifar10(2, 2), ["cat", "dog"]))
    with pytest.raises(InvalidInput, match=r"wants CIFAR-10, 32×32×3 in 10 classes; got Pool\('two'"):
        CIFAR10.read(two, "a test")
    with pytest.raises(InvalidInput, match="wants MNIST, 28×28 in 10 classes"):
        MNIST.read(cifar10(), "a test")
    whole = cifar10()
    without = alviz.datasets.arrays(whole.X, whole.y, classes=whole.classes)
    with pytest.raises(InvalidInput, match="with its test split"):
        CIFAR10.read(without, "a test")


def test_the_imbalanced_pool_keeps_the_first_of_every_other_class() -> None:
    pool = presets.get("seqgcn-cifar10-imbalanced").pool(cifar10(each=600))
    assert np.bincount(pool.y).tolist() == [500, 600] * 5
    assert np.array_equal(pool.X[:500], cifar10(each=600).X[:500])


def test_a_scaled_pool_is_as_large_as_it_says() -> None:
    preset = presets.get("seqgcn-cifar10").scaled(0.005)
    pool = preset.pool(cifar10())
    assert pool.y_test is not None
    assert (len(pool), len(pool.y_test)) == (preset.size, preset.test) == (250, 100)
    assert np.bincount(pool.y).tolist() == [25] * 10
    assert np.bincount(pool.y_test).tolist() == [10] * 10


def test_the_pair_of_asal(data: Path) -> None:
    preset = presets.get("asal-mnist2")
    pool = preset.pool(data)
    assert pool.y_test is not None
    assert pool.classes == ("5", "7")
    assert (len(pool), len(pool.y_test)) == (preset.size, preset.test) == (10_000, 1_920)
    # 5,421 and 6,265 of MNIST's 11,686, each in its share.
    assert np.bincount(pool.y).tolist() == [4_639, 5_361]


def test_the_padded_digits_of_rethinking(data: Path) -> None:
    preset = presets.get("rethinking-mnist").scaled(0.01)
    assert preset.pool(data).X.shape == (600, 32, 32)
