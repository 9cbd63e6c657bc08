"""Parquet and Arrow: what stands in the columns is what stands in the pool."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from PIL import Image

from alviz import cache, datasets
from alviz.datasets import columns
from alviz.errors import AlvizWarning, InvalidInput

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype(np.float32)
NAMES = np.array(["cat", "dog", "emu"])[np.arange(60) % 3]


def lists(values: np.ndarray, kind: str = "fixed") -> pa.Array:
    if kind == "fixed":
        return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
    return pa.array(values.tolist(), type=pa.list_(pa.from_numpy_dtype(values.dtype)))


def written(path: Path, **given: Any) -> Path:
    table = pa.table(given)
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=17)
    elif path.suffix == ".feather":
        feather.write_feather(table, path, compression="uncompressed", chunksize=1000)
    else:
        with pa.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table, max_chunksize=25)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".stream"])
@pytest.mark.parametrize("kind", ["fixed", "list", "double", "columns"])
def test_vectors_and_names_of_every_kind_of_file(tmp_path: Path, suffix: str, kind: str) -> None:
    if kind == "columns":
        given = {f"f{i}": X[:, i].astype(np.float64) for i in range(5)}
    else:
        given = {"embedding": lists(X.astype(np.float64) if kind == "double" else X, kind)}
    path = written(tmp_path / f"pool{suffix}", id=[f"row {i}" for i in range(60)], **given, label=NAMES)
    pool = datasets.table(path, id="id")
    np.testing.assert_array_equal(pool.X, X)
    assert pool.classes == ("cat", "dog", "emu")
    np.testing.assert_array_equal(np.array(pool.classes)[pool.y], NAMES)
    assert pool.row_names is not None
    assert pool.row_names[17] == "row 17"
    again = datasets.from_recipe(pool.recipe or {})
    assert again.digest == pool.digest
    assert again.row_names is not None
    assert again.row_names.tolist() == pool.row_names.tolist()


def test_one_chunk_of_an_arrow_file_is_read_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_fill", lambda *_: pytest.fail("the vectors were copied"))
    path = written(tmp_path / "pool.feather", embedding=lists(X), label=NAMES)
    np.testing.assert_array_equal(datasets.table(path).X, X)


def test_large_vectors_are_written_once_and_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "LARGE", X.nbytes - 1)
    monkeypatch.setenv("ALVIZ_CACHE", str(tmp_path / "cache"))
    path = written(tmp_path / "pool.parquet", embedding=lists(X, "list"), label=NAMES)
    pool = datasets.table(path)
    base = pool.X
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    np.testing.assert_array_equal(pool.X, X)
    with monkeypatch.context() as patch:
        patch.setattr(columns, "_fill", lambda *_: pytest.fail("written a second time"))
        assert datasets.table(path).digest == pool.digest
    changed = written(tmp_path / "pool.parquet", embedding=lists(X + 1, "list"), label=NAMES)
    np.testing.assert_array_equal(datasets.table(changed).X, X + 1)


def test_what_fails_half_way_leaves_nothing_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "LARGE", 0)
    monkeypatch.setenv("ALVIZ_CACHE", str(tmp_path / "cache"))
    ragged = pa.array([[1.0, 2.0]] * 50 + [[1.0]] * 10)
    with pytest.raises(InvalidInput, match=r"Row 50 of column 'embedding' in .* has 1 numbers, row 0 has 2"):
        datasets.table(written(tmp_path / "pool.parquet", embedding=ragged, label=NAMES))
    assert [path for path in cache.folder().rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("dictionary", [False, True])
def test_labels_that_are_missing(tmp_path: Path, dictionary: bool) -> None:
    values = pa.array([None if i % 5 == 0 else str(name) for i, name in enumerate(NAMES)])
    column = values.dictionary_encode() if dictionary else values
    pool = datasets.table(written(tmp_path / "p.parquet", embedding=lists(X), label=column))
    np.testing.assert_array_equal(pool.known, np.arange(60) % 5 != 0)
    assert pool.y[1] == 1
    numbers = pa.array([None if i % 5 == 0 else i % 3 for i in range(60)])
    pool = datasets.table(written(tmp_path / "q.parquet", embedding=lists(X), label=numbers))
    np.testing.assert_array_equal(pool.y, np.where(np.arange(60) % 5 == 0, -1, np.arange(60) % 3))
    assert pool.classes == ("0", "1", "2")


def test_classes_keep_the_order_they_are_given_in(tmp_path: Path) -> None:
    path = written(tmp_path / "p.parquet", embedding=lists(X), label=NAMES)
    pool = datasets.table(path, classes=["emu", "dog", "cat", "yak"])
    assert pool.y[:3].tolist() == [2, 1, 0]
    with pytest.raises(InvalidInput, match=r"holds 1 name\(s\) that are not among classes, the first is 'emu'"):
        datasets.table(path, classes=["dog", "cat"])


def test_a_second_file_or_a_share_is_the_test_split(tmp_path: Path) -> None:
    path = written(tmp_path / "p.parquet", embedding=lists(X), label=NAMES)
    # The test file shows its classes in another order, and one that the pool does not show.
    test = written(tmp_path / "t.parquet", embedding=lists(X[:6] + 1), label=["emu", "ant", "dog", "cat", "cat", "dog"])
    pool = datasets.table(path, test=test)
    assert pool.classes == ("ant", "cat", "dog", "emu")
    assert pool.y_test is not None
    assert pool.y_test.tolist() == [3, 0, 2, 1, 1, 2]
    np.testing.assert_array_equal(pool.X_test, X[:6] + 1)
    split = datasets.table(path, test=0.25)
    assert len(split) == 45
    assert datasets.from_recipe(split.recipe or {}).digest == split.digest


def test_thumbnails_beside_the_file(tmp_path: Path) -> None:
    red = np.zeros((40, 20, 3), dtype=np.uint8)
    red[..., 0] = 255
    Image.fromarray(red).save(tmp_path / "red.png")
    files = ["red.png", "", "not there.png"] * 20
    path = written(tmp_path / "p.parquet", embedding=lists(X), label=NAMES, picture=files)
    with pytest.warns(AlvizWarning, match=r"40 of 60 thumbnails of .* are not there"):
        pool = datasets.table(path, thumbnail="picture")
    assert pool.pictured
    tiles = pool.thumbnails([0, 1, 2])
    assert tiles.shape == (3, 64, 64, 3)
    assert tiles[0, 32, 32].tolist() == [255, 0, 0]
    assert tiles[0, 32, 2].tolist() == [255, 255, 255]  # a tall image, padded left and right
    assert (tiles[1:] == 160).all()


@pytest.mark.parametrize(
    ("given", "options", "told"),
    [
        ({"embedding": X}, {}, r"has no column 'label'. Its columns: embedding \(fixed_size_list"),
        ({"embedding": X, "label": NAMES}, {"features": "emb"}, "has no column 'emb'. Its columns: embedding .*label"),
        ({"embedding": X, "label": NAMES}, {"id": "key"}, "has no column 'key'"),
        ({"embedding": X, "label": NAMES}, {"features": "label"}, "expected one column of lists of numbers"),
        ({"embedding": X, "label": NAMES}, {"features": []}, "expected one column of lists of numbers"),
        ({"label": NAMES}, {}, "has no column of numbers to learn from"),
        ({"a": X, "b": X, "label": NAMES}, {}, r"several columns of lists \(a, b\): name one"),
        ({"embedding": X}, {"label": None}, "classes=.* has to name the classes"),
        ({"embedding": X, "label": ["one"] * 60}, {}, "shows the class 'one' only; at least 2"),
        ({"embedding": X, "label": np.arange(60) / 7}, {}, r"y\[1\] is 0.14.*labels are whole numbers"),
        ({"embedding": X, "label": [[1]] * 60}, {}, "holds list<.*expected names"),
        ({"embedding": X[:0], "label": NAMES[:0]}, {}, "0 rows"),
        ({"embedding": np.where(np.arange(5) == 2, np.nan, X), "label": NAMES}, {}, "NaN or infinite"),
    ],
)
def test_tables_that_cannot_be_a_pool(tmp_path: Path, given: Any, options: Any, told: str) -> None:
    plain = {
        name: lists(np.float32(value)) if isinstance(value, np.ndarray) and value.ndim == 2 else value
        for name, value in given.items()
    }
    with pytest.raises(InvalidInput, match=told):
        datasets.table(written(tmp_path / "p.parquet", **plain), **options)


def test_missing_lists_and_numbers_name_their_row(tmp_path: Path) -> None:
    rows: list[Any] = X.tolist()
    rows[20] = None
    path = written(tmp_path / "p.parquet", embedding=pa.array(rows, type=pa.list_(pa.float32())), label=NAMES)
    with pytest.raises(InvalidInput, match=r"Row 20 of column 'embedding' in .* is missing"):
        datasets.table(path)
    rows[20] = [1.0, None, 2.0, 3.0, 4.0]
    path = written(tmp_path / "p.parquet", embedding=pa.array(rows, type=pa.list_(pa.float32())), label=NAMES)
    with pytest.raises(InvalidInput, match=r"in 1 row\(s\), the first is row 20"):
        datasets.table(path)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no file"):
        datasets.table(tmp_path / "none.parquet")
    for content in (b"", b"PAR1 and then nothing", b"label,x\ncat,1\n"):
        path = tmp_path / "odd"
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match=r"cannot be read as a Parquet file|neither a Parquet nor an Arrow file"):
            datasets.table(path)
