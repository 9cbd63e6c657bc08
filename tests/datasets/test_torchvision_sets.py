"""The sets that torchvision reads: pixels, labels, names and channels as they are in its files."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from http.client import IncompleteRead
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torchvision.datasets
from numpy.typing import NDArray

import alviz
from alviz import Pool, datasets
from alviz.datasets import from_recipe, load
from alviz.errors import InvalidInput

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
ALL = ("cifar10", "cifar100", "fashion_mnist", "kmnist", "mnist", "svhn")


def test_mnist_is_read_in_its_original_order(data: Path) -> None:
    root = data / "torchvision"
    pool = alviz.datasets.mnist(root)
    assert pool.X_test is not None
    assert pool.y_test is not None
    assert (pool.X.shape, pool.X_test.shape, pool.X.dtype) == ((60_000, 28, 28), (10_000, 28, 28), np.uint8)
    assert pool.y[:5].tolist() == [5, 0, 4, 1, 9]
    assert pool.y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(pool.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert round(float(pool.X.mean()), 4) == 33.3184
    assert pool.digest[:16] == "0f480cedb4296862"
    again = load(f"mnist:{root}")
    assert again.digest == pool.digest
    assert pool.recipe is not None
    assert from_recipe(pool.recipe).digest == pool.digest


# -- small files in the formats of the real ones ------------------------------------------------------


def write_idx(root: Path, source: str) -> dict[str, NDArray[Any]]:
    """Write the four files of MNIST's format, 12 training and 5 test images; return what is in them."""
    rng = np.random.default_rng(0)
    folder = root / source / "raw"
    folder.mkdir(parents=True)
    told: dict[str, NDArray[Any]] = {}
    for part, prefix, n in (("train", "train", 12), ("test", "t10k", 5)):
        X = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        y = rng.integers(0, 10, n, dtype=np.uint8)
        header = b"\0\0\x08"
        shape = np.array(X.shape, dtype=">u4").tobytes()
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(header + b"\x03" + shape + X.tobytes())
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(header + b"\x01" + shape[:4] + y.tobytes())
        told |= {f"X {part}": X, f"y {part}": y}
    return told


def write_cifar(root: Path, source: str) -> dict[str, NDArray[Any]]:
    """Write batches of 3 images, the first of each red, the others noise; torchvision stores channels first."""
    rng = np.random.default_rng(0)
    known: Any = getattr(torchvision.datasets, source)
    folder = root / known.base_folder
    folder.mkdir(parents=True)
    classes = [f"class {label}" for label in range(100 if source == "CIFAR100" else 10)]
    (folder / known.meta["filename"]).write_bytes(pickle.dumps({known.meta["key"]: classes}))
    told: dict[str, NDArray[Any]] = {}
    for part, batches in (("train", known.train_list), ("test", known.test_list)):
        X, y = [], []
        for name, _ in batches:
            images = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
            images[0] = RED
            labels = rng.integers(0, len(classes), 3).tolist()
            rows = images.transpose(0, 3, 1, 2).reshape(3, -1)
            key = "fine_labels" if source == "CIFAR100" else "labels"
            batch = {"data": rows, key: labels, "coarse_labels": [0, 0, 0]}
            (folder / name).write_bytes(pickle.dumps(batch))
            X.append(images)
            y += labels
        told |= {f"X {part}": np.concatenate(X), f"y {part}": np.array(y)}
    return told


def write_svhn(root: Path) -> dict[str, NDArray[Any]]:
    """Write the two .mat files: images last, and 10 for the digit 0."""
    from scipy.io import savemat

    rng = np.random.default_rng(0)
    told: dict[str, NDArray[Any]] = {}
    for part, n in (("train", 6), ("test", 4)):
        X = rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
        X[:3] = np.array([RED, GREEN, BLUE])[:, None, None]
        y = np.array([10, 1, 9, 10, 5, 3][:n])
        savemat(root / f"{part}_32x32.mat", {"X": X.transpose(1, 2, 3, 0), "y": y[:, None]})
        told |= {f"X {part}": X, f"y {part}": y % 10}
    return told


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torchvision take small files for the real ones: their checksums differ."""
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda path, md5=None: Path(path).is_file())
    monkeypatch.setattr("torchvision.datasets.svhn.check_integrity", lambda path, md5=None: Path(path).is_file())


def check(make: Callable[..., Pool], root: Path, told: dict[str, NDArray[Any]]) -> Pool:
    pool = make(root)
    np.testing.assert_array_equal(pool.X, told["X train"])
    np.testing.assert_array_equal(pool.y, told["y train"])
    np.testing.assert_array_equal(np.asarray(pool.X_test), told["X test"])
    np.testing.assert_array_equal(np.asarray(pool.y_test), told["y test"])
    assert pool.X.dtype == np.uint8
    name = make.__name__
    assert pool.name == name
    assert pool.recipe == {"dataset": name, "params": {"root": str(root.resolve())}}
    assert from_recipe(pool.recipe).digest == pool.digest
    assert load(f"{name}:{root}").digest == pool.digest
    return pool


def test_small_mnist(tmp_path: Path) -> None:
    assert check(datasets.mnist, tmp_path, write_idx(tmp_path, "MNIST")).classes == tuple("0123456789")


def test_fashion_mnist(tmp_path: Path) -> None:
    pool = check(datasets.fashion_mnist, tmp_path, write_idx(tmp_path, "FashionMNIST"))
    assert pool.classes == (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
    )  # fmt: skip


def test_kmnist(tmp_path: Path) -> None:
    pool = check(datasets.kmnist, tmp_path, write_idx(tmp_path, "KMNIST"))
    assert pool.classes == ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


@pytest.mark.usefixtures("unchecked")
def test_cifar10_has_red_where_it_is_red(tmp_path: Path) -> None:
    pool = check(datasets.cifar10, tmp_path, write_cifar(tmp_path, "CIFAR10"))
    assert pool.X.shape == (15, 32, 32, 3)
    assert pool.X[3, 7, 9].tolist() == list(RED)
    assert pool.classes == tuple(f"class {label}" for label in range(10))


@pytest.mark.usefixtures("unchecked")
def test_cifar100_has_its_fine_classes(tmp_path: Path) -> None:
    pool = check(datasets.cifar100, tmp_path, write_cifar(tmp_path, "CIFAR100"))
    assert pool.X[0, 7, 9].tolist() == list(RED)
    assert pool.classes == tuple(f"class {label}" for label in range(100))


@pytest.mark.usefixtures("unchecked")
def test_svhn_has_channels_last_and_the_digit_0_as_0(tmp_path: Path) -> None:
    pool = check(datasets.svhn, tmp_path, write_svhn(tmp_path))
    assert pool.X.shape == (6, 32, 32, 3)
    assert pool.X[:3, 7, 9].tolist() == [list(RED), list(GREEN), list(BLUE)]
    assert pool.y[:2].tolist() == [0, 1]
    assert pool.classes == tuple("0123456789")


@pytest.mark.usefixtures("unchecked")
def test_images_lie_on_the_memory_that_torchvision_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx(tmp_path, "MNIST")
    write_cifar(tmp_path, "CIFAR10")
    write_svhn(tmp_path)
    kept = []
    for source in ("MNIST", "CIFAR10", "SVHN"):
        maker = getattr(torchvision.datasets, source)

        def remember(*args: Any, maker: Any = maker, **kwargs: Any) -> Any:
            kept.append(maker(*args, **kwargs))
            return kept[-1]

        monkeypatch.setattr(torchvision.datasets, source, remember)
    for make in (datasets.mnist, datasets.cifar10, datasets.svhn):
        pool = make(tmp_path)
        train = kept[-2]
        assert np.shares_memory(pool.X, np.asarray(train.data))


# -- what is missing ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_a_set_that_is_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as told:
        getattr(datasets, name)(tmp_path)
    message = str(told.value)
    assert f"below {tmp_path}: expected undamaged files in {tmp_path}" in message
    assert f"datasets.{name}({str(tmp_path)!r}, download=True) fetches" in message


def test_mnist_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"No MNIST below .*MNIST/raw.*download=True"):
        alviz.datasets.mnist(tmp_path)


@pytest.mark.parametrize("size", [0, 3, 100, 500])
def test_an_idx_file_that_was_cut_off(size: int, tmp_path: Path) -> None:
    write_idx(tmp_path, "KMNIST")
    file = tmp_path / "KMNIST" / "raw" / "train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(InvalidInput, match=r"No KMNIST below .*expected undamaged files"):
        datasets.kmnist(tmp_path)


@pytest.mark.usefixtures("unchecked")
def test_a_mat_file_that_is_none(tmp_path: Path) -> None:
    write_svhn(tmp_path)
    (tmp_path / "test_32x32.mat").write_bytes(b"<html>404</html>" * 100)
    with pytest.raises(InvalidInput, match="No SVHN below"):
        datasets.svhn(tmp_path)


def test_a_cifar_batch_with_another_checksum_is_never_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    write_cifar(tmp_path, "CIFAR10")
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InvalidInput, match="No CIFAR10 below"):
        datasets.cifar10(tmp_path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("error", [URLError("no route to host"), IncompleteRead(b"half")])
@pytest.mark.parametrize("name", ALL)
def test_no_network(name: str, error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fail(url: str, *args: Any, **kwargs: Any) -> None:
        asked.append(url)
        raise error

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", fail)
    monkeypatch.setattr("torchvision.datasets.cifar.download_and_extract_archive", fail)
    monkeypatch.setattr("torchvision.datasets.svhn.download_url", fail)
    with pytest.raises(
        InvalidInput, match=r"could not be fetched to .*(no route to host|IncompleteRead).*Check the network"
    ):
        getattr(datasets, name)(tmp_path, download=True)
    assert asked
    asked.clear()
    with pytest.raises(InvalidInput, match="No "):
        getattr(datasets, name)(tmp_path)
    assert asked == []  # nothing is fetched that nobody asked for
