"""Pools in the form of public data sets, of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import alviz
from alviz import Pool

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def cifar10(each: int = 60, tested: int = 12) -> Pool:
    """Return noise in the form of CIFAR-10, class by class, each class as bright as its number."""
    rng = np.random.default_rng(0)
    y, y_test = (np.repeat(np.arange(10), n) for n in (each, tested))
    X, X_test = (_noise(labels, rng) for labels in (y, y_test))
    return alviz.datasets.arrays(X, y, X_test, y_test, classes=CIFAR10_CLASSES, name="noise")


def _noise(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.integers(0, 60, (len(y), 32, 32, 3)) + 20 * y[:, None, None, None]).astype(np.uint8)


def write_images(folder: Path, pool: Pool) -> Path:
    """Write a pool as files, in one folder per class of ``train`` and ``test``; return the folder."""
    for part, X, y in (("train", pool.X, pool.y), ("test", pool.X_test, pool.y_test)):
        assert X is not None
        assert y is not None
        for i, (image, label) in enumerate(zip(X, y, strict=True)):
            place = folder / part / pool.classes[label]
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / f"{i:05d}.png")
    return folder
