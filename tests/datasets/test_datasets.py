"""Pools by name: the examples are the real ones, the splits fixed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import alviz
from alviz import Pool
from alviz.datasets import arrays, from_recipe, load, names
from alviz.errors import InvalidInput, UnknownName


def test_digits_are_the_scans_of_scikit_learn_in_a_fixed_stratified_split(digits: Pool) -> None:
    from sklearn.datasets import load_digits

    raw = load_digits()
    assert digits.X.shape == (1297, 8, 8)
    assert digits.X_test is not None
    assert digits.y_test is not None
    assert digits.X_test.shape == (500, 8, 8)
    assert digits.X.dtype == np.uint8
    assert digits.classes == tuple("0123456789")
    assert (digits.X.min(), digits.X.max()) == (0, 255)
    # Every scan is there once, with its label: grey values 0..16 are told apart in 0..255.
    both = np.concatenate([digits.X, digits.X_test]).reshape(1797, 64)
    back = np.round(both * (16 / 255)).astype(int)
    labels = np.concatenate([digits.y, digits.y_test])
    ours = sorted(zip(map(bytes, back.astype(np.uint8)), labels.tolist(), strict=True))
    theirs = sorted(zip(map(bytes, raw.data.astype(np.uint8)), raw.target.tolist(), strict=True))
    assert ours == theirs
    share = np.bincount(digits.y_test) / np.bincount(labels)
    assert np.all(np.abs(share - 500 / 1797) < 0.005)


def test_digits_never_change(digits: Pool) -> None:
    # Recorded: a run that anybody made is opened with this pool.
    assert digits.digest[:16] == "a81b240ac96edaf0"
    assert alviz.datasets.digits().digest == digits.digest


def test_datasets_by_name(digits: Pool) -> None:
    assert {"cifar10", "cifar100", "digits", "fashion_mnist", "image_folder", "kmnist", "mnist", "svhn"} <= {*names()}
    assert load("digits").digest == digits.digest
    with pytest.raises(UnknownName, match=r"no dataset named 'digit'\. Did you mean 'digits'"):
        load("digit")
    with pytest.raises(InvalidInput, match="written 'mnist:ROOT', got 'mnist'"):
        load("mnist")
    with pytest.raises(InvalidInput, match="written 'digits'"):
        load("digits:8x8")
    with pytest.raises(UnknownName, match="no dataset named 'cifar'"):
        from_recipe({"dataset": "cifar", "params": {}})


def test_a_recipe_with_a_split_is_followed(digits: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from alviz.datasets import recipes

    whole = replace(digits, X_test=None, y_test=None)
    monkeypatch.setattr(recipes.registry, "get", {"digits": lambda: whole}.__getitem__)
    split = whole.split(test=0.3, seed=5)
    assert split.recipe is not None
    assert from_recipe(split.recipe).digest == split.digest


# -- arrays ---------------------------------------------------------------------------------------


def test_arrays_of_any_number_type_become_a_pool() -> None:
    for dtype in (np.float64, np.float16, np.int32, np.uint8, bool):
        pool = arrays(np.eye(4).astype(dtype), [0, 1, 2, 0])
        assert pool.kind == "vector"
        assert pool.X.dtype == np.float32
        np.testing.assert_array_equal(pool.X, np.eye(4))
    assert arrays(np.zeros((4, 2, 2), np.uint8), [0, 1, 0, 1]).kind == "image"
    assert arrays(np.eye(4).tolist(), [0, 1, 0, 1]).X.dtype == np.float32


def test_a_tensor_is_taken_as_it_is() -> None:
    import torch

    X = torch.eye(4)
    pool = arrays(X, torch.tensor([0, 1, 0, 1]))
    X[0, 0] = 7
    assert pool.X[0, 0] == 7


def test_classes_are_counted_over_both_splits_or_named() -> None:
    assert arrays(np.eye(4), [0, 1, 0, 1], np.eye(4), [0, 1, 2, 4]).classes == ("0", "1", "2", "3", "4")
    assert arrays(np.eye(4), [0, 1, np.nan, 1]).classes == ("0", "1")
    assert arrays(np.eye(4), classes=["a", "b"]).y.tolist() == [-1] * 4
    assert arrays(np.eye(4), np.array([True, False, True, False])).classes == ("0", "1")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"y": [0, 0, 0, 0]}, r"show 1 class\(es\).*classes="),
        ({"y": None}, r"show 0 class\(es\)"),
        ({"y": ["a", "b", "a", "b"]}, r"names in classes="),
        ({"y": [0, 1, 2, 3], "classes": ["a", "b"]}, r"2 label\(s\) outside the 2 classes, the first in row 2: 2"),
        ({"y": [0, 1, 0]}, r"shape \(3,\), expected \(4,\)"),
        ({"X": 5, "y": None, "classes": ["a", "b"]}, "expected an array"),
        ({"y": [0, 1, 0, 1], "X_test": np.eye(4)}, "go together"),
        ({"y": [0, 1, 0, 1], "classes": ["a", "a"]}, "differ"),
    ],
)
def test_arrays_that_are_no_pool(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        arrays(**{"X": np.eye(4), **given})
