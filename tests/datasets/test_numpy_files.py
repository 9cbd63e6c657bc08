"""NumPy's files: memory-mapped, and refused in one sentence where they cannot be a pool."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alviz import datasets
from alviz.errors import InvalidInput
from alviz.pool import Pool

X = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
Y = np.arange(40) % 4


def saved(path: Path, array: Any) -> Path:
    np.save(path, array)
    return path


def is_mapped(pool: Pool) -> bool:
    array: Any = pool.X
    while array is not None and not isinstance(array, np.memmap):
        array = array.base
    return array is not None


def test_vectors_stay_on_disk(tmp_path: Path) -> None:
    path, labels = saved(tmp_path / "X.npy", X), saved(tmp_path / "y.npy", Y)
    pool = datasets.npy(path, labels)
    assert is_mapped(pool)
    np.testing.assert_array_equal(pool.X, X)
    np.testing.assert_array_equal(pool.y, Y)
    assert pool.name == "X"
    assert datasets.from_recipe(pool.recipe or {}).digest == pool.digest


def test_images_and_a_test_split(tmp_path: Path) -> None:
    images = np.arange(40 * 12, dtype=np.uint8).reshape(40, 2, 2, 3)
    files = [saved(tmp_path / f"{i}.npy", array) for i, array in enumerate([images, Y, images[:4], Y[:4]])]
    pool = datasets.npy(files[0], files[1], test=files[2], test_labels=files[3])
    assert pool.kind == "image"
    np.testing.assert_array_equal(pool.X_test, images[:4])
    assert len(datasets.npy(files[0], files[1], test=0.3)) == 28


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_of_an_archive(tmp_path: Path, compressed: bool) -> None:
    save: Any = np.savez_compressed if compressed else np.savez
    save(tmp_path / "pool.npz", X=X, y=Y, other=np.asfortranarray(X), Xt=X[:4], yt=Y[:4])
    pool = datasets.npz(tmp_path / "pool.npz", X_test="Xt", y_test="yt")
    np.testing.assert_array_equal(pool.X, X)
    np.testing.assert_array_equal(pool.y, Y)
    np.testing.assert_array_equal(pool.X_test, X[:4])
    assert is_mapped(pool) is not compressed
    np.testing.assert_array_equal(datasets.npz(tmp_path / "pool.npz", X="other").X, X)
    assert datasets.from_recipe(pool.recipe or {}).digest == pool.digest


def test_what_cannot_be_a_pool(tmp_path: Path) -> None:
    path = saved(tmp_path / "X.npy", X)
    with pytest.raises(InvalidInput, match=r"classes=.* has to name the classes"):
        datasets.npy(path)
    with pytest.raises(InvalidInput, match="There is no file"):
        datasets.npy(path, tmp_path / "y.npy")
    with pytest.raises(InvalidInput, match="has 0 rows"):
        datasets.npy(saved(tmp_path / "none.npy", X[:0]), saved(tmp_path / "y.npy", Y[:0]))
    np.save(tmp_path / "objects.npy", np.array([1, "a", None], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidInput, match=r"cannot be read as an .npy file of numbers"):
        datasets.npy(tmp_path / "objects.npy", classes=["a", "b"])
    np.savez(tmp_path / "pool.npz", X=X, other=Y)
    with pytest.raises(InvalidInput, match=r"has no array 'y'. Its arrays: X, other"):
        datasets.npz(tmp_path / "pool.npz")
    with pytest.raises(InvalidInput, match=r"is an .npz file: use datasets.npz"):
        datasets.npy(tmp_path / "pool.npz", classes=["a", "b"])
    (tmp_path / "cut.npz").write_bytes((tmp_path / "pool.npz").read_bytes()[:300])
    with pytest.raises(InvalidInput, match=r"is no .npz file"):
        datasets.npz(tmp_path / "cut.npz")
    (tmp_path / "cut.npy").write_bytes(path.read_bytes()[:200])
    with pytest.raises(InvalidInput, match="cannot be read"):
        datasets.npy(tmp_path / "cut.npy", classes=["a", "b"])


def test_more_rows_than_this_machine_can_choose_from(tmp_path: Path) -> None:
    """2³¹ rows in a file with a hole: nothing of it is read before it is refused."""
    path = tmp_path / "huge.npy"
    rows = 2**31
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (rows, 512)})
        stream.truncate(stream.tell() + 4 * 512 * rows)
    with pytest.raises(InvalidInput, match=r"2,?147,?483,?648 rows") as error:
        datasets.npy(path, classes=["a", "b"])
    assert "GB" in str(error.value)
