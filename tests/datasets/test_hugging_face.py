"""Hugging Face datasets: images and vectors, splits and names as they come."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from alviz.datasets import columns, hugging_face
from alviz.errors import InvalidInput

datasets = pytest.importorskip("datasets", reason="the extra alviz[huggingface] is not installed")

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 255, (12, 6, 5, 3), dtype=np.uint8)
VECTORS = RNG.normal(size=(12, 4)).astype(np.float32)
CLASSES = ["owl", "cat", "elk"]


def of_images(pixels: Any = PIXELS) -> Any:
    kinds = {"image": datasets.Image(), "label": datasets.ClassLabel(names=CLASSES)}
    given = {
        "image": [Image.fromarray(image) for image in pixels],
        "label": [i % 3 for i in range(len(pixels))],
    }
    return datasets.Dataset.from_dict(given, features=datasets.Features(kinds))


def of_vectors(**more: Any) -> Any:
    return datasets.Dataset.from_dict(
        {"embedding": VECTORS.tolist(), "label": [CLASSES[i % 3] for i in range(12)], **more}
    )


def test_images_with_their_classes_and_test_split() -> None:
    both = datasets.DatasetDict(train=of_images(), test=of_images(PIXELS[:4]))
    pool = hugging_face(both, name="pets")
    np.testing.assert_array_equal(pool.X, PIXELS)
    np.testing.assert_array_equal(pool.X_test, PIXELS[:4])
    assert pool.classes == ("owl", "cat", "elk")  # in the order of the ClassLabel, not of the alphabet
    assert pool.y.tolist() == [0, 1, 2] * 4
    assert repr(pool) == "Pool('pets', 12 images of 6×5×3, 3 classes, test 4)"


def test_rows_that_were_chosen_and_reordered() -> None:
    pool = hugging_face(of_images().select([7, 2, 9, 4]), size=(3, 3), channels=1)
    assert pool.X.shape == (4, 3, 3)
    assert pool.y.tolist() == [1, 2, 0, 1]
    np.testing.assert_array_equal(hugging_face(of_images().select([7, 2])).X, PIXELS[[7, 2]])


def test_vectors_with_names_and_ids(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    dataset = of_vectors(key=[f"k{i}" for i in range(12)])
    pool = hugging_face(dataset.shuffle(seed=1), id="key", test=0.25)
    assert pool.row_names is not None
    rows = [int(name[1:]) for name in pool.row_names]
    np.testing.assert_array_equal(pool.X, VECTORS[rows])
    assert [pool.classes[y] for y in pool.y] == [CLASSES[i % 3] for i in rows]
    assert pool.classes == ("cat", "elk", "owl")
    assert pool.X_test is not None
    # Large ones are kept in a file, one for every choice of rows.
    monkeypatch.setattr(columns, "LARGE", 0)
    monkeypatch.setenv("ALVIZ_CACHE", str(tmp_path))
    for chosen in ([3, 1], [1, 3]):
        np.testing.assert_array_equal(
            hugging_face(dataset.select(chosen), classes=CLASSES, features="embedding").X, VECTORS[chosen]
        )


@pytest.mark.parametrize(
    ("make", "options", "told"),
    [
        (of_images, {"label": "kind"}, r"has no column 'kind'. Its columns: image .*label"),
        (of_images, {"image": "photo"}, "has no column 'photo'"),
        (lambda: of_images().remove_columns("label"), {"label": None}, r"classes=.* has to name"),
        (lambda: datasets.DatasetDict(dev=of_images()), {}, r"has the splits dev: pass the one"),
        (lambda: of_images().to_iterable_dataset(), {}, "IterableDataset is no dataset with rows to choose from"),
        (lambda: [1, 2], {}, "list is no dataset"),
        (lambda: of_vectors(other=VECTORS.tolist()), {}, r"several columns of lists"),
    ],
)
def test_what_cannot_be_a_pool(make: Any, options: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        hugging_face(make(), **options)


def test_images_that_cannot_be_one_pool() -> None:
    files = [b"no image", b"neither"]
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("int64")})
    damaged = datasets.Dataset.from_dict(
        {"image": [{"bytes": data, "path": None} for data in files], "label": [0, 1]}, features=features
    )
    with pytest.raises(InvalidInput, match="The image of row 0 cannot be read: no image that Pillow knows"):
        hugging_face(damaged)
    sizes = datasets.concatenate_datasets([of_images(), of_images(PIXELS[:, :4])])
    with pytest.raises(InvalidInput, match=r"have 2 sizes; the commonest is 6×5"):
        hugging_face(sizes)
    assert hugging_face(sizes, size=(4, 4)).X.shape == (24, 4, 4, 3)
