"""Image sets that torchvision reads, and fetches where that is asked for.

torchvision compares checksums before it unpickles CIFAR's files.
"""

from __future__ import annotations

from http.client import HTTPException
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.pool import Pool
from alviz.task import Classification

_DIGITS = tuple(map(str, range(10)))
# What torchvision raises for files that are absent or damaged, and for a network that fails.
_FAILURES = (RuntimeError, OSError, HTTPException, ValueError, TypeError, LookupError, AssertionError, EOFError)

Root = str | PathLike[str]


def mnist(root: Root, download: bool = False) -> Pool:
    """Return MNIST: 60,000 images of 28×28 in the pool, 10,000 for testing, in the original order.

    Parameters
    ----------
    root : path
        The folder that torchvision is given: it holds ``MNIST/raw``.
    download : bool
        Whether torchvision may fetch what is missing.

    Raises
    ------
    InvalidInput
        If files are missing or damaged, or cannot be fetched.

    References
    ----------
    LeCun, Cortes, Burges. The MNIST database of handwritten digits.
    """
    return _load("mnist", "MNIST", root, download, files="MNIST/raw", classes=_DIGITS)


def fashion_mnist(root: Root, download: bool = False) -> Pool:
    """Return Fashion-MNIST: 60,000 images of 28×28 in the pool, 10,000 for testing, ten kinds of clothes.

    See `mnist` for the parameters; the files are in ``FashionMNIST/raw``.

    References
    ----------
    Xiao, Rasul, Vollgraf. Fashion-MNIST. 2017. arXiv:1708.07747.
    """
    return _load("fashion_mnist", "FashionMNIST", root, download, files="FashionMNIST/raw")


def kmnist(root: Root, download: bool = False) -> Pool:
    """Return Kuzushiji-MNIST: 60,000 images of 28×28 in the pool, 10,000 for testing, ten cursive hiragana.

    See `mnist` for the parameters; the files are in ``KMNIST/raw``.

    References
    ----------
    Clanuwat et al. Deep Learning for Classical Japanese Literature. 2018. arXiv:1812.01718.
    """
    return _load("kmnist", "KMNIST", root, download, files="KMNIST/raw")


def cifar10(root: Root, download: bool = False) -> Pool:
    """Return CIFAR-10: 50,000 color images of 32×32 in the pool, 10,000 for testing.

    See `mnist` for the parameters; the files are in ``cifar-10-batches-py``.

    References
    ----------
    Krizhevsky. Learning Multiple Layers of Features from Tiny Images. 2009.
    """
    return _load("cifar10", "CIFAR10", root, download, files="cifar-10-batches-py")


def cifar100(root: Root, download: bool = False) -> Pool:
    """Return CIFAR-100 with its 100 fine classes: 50,000 color images of 32×32 in the pool, 10,000 for testing.

    See `mnist` for the parameters; the files are in ``cifar-100-python``.

    References
    ----------
    Krizhevsky. Learning Multiple Layers of Features from Tiny Images. 2009.
    """
    return _load("cifar100", "CIFAR100", root, download, files="cifar-100-python")


def svhn(root: Root, download: bool = False) -> Pool:
    """Return SVHN's cropped digits: 73,257 color images of 32×32 in the pool, 26,032 for testing.

    See `mnist` for the parameters; ``train_32x32.mat`` and ``test_32x32.mat`` are in `root` itself. The "extra" images
    are left out.

    References
    ----------
    Netzer et al. Reading Digits in Natural Images with Unsupervised Feature Learning. 2011.
    """
    return _load("svhn", "SVHN", root, download, files="*_32x32.mat", classes=_DIGITS)


def _load(
    name: str, source: str, root: Root, download: bool, *, files: str, classes: tuple[str, ...] | None = None
) -> Pool:
    """Return the pool of torchvision's class `source`, with its class names unless `classes` are given."""
    folder = Path(fspath(root)).resolve()
    try:
        train, test = _read(source, folder, "train", download), _read(source, folder, "test", download)
    except _FAILURES as error:
        said = " ".join(str(error).split()) or type(error).__name__
        if download:
            raise InvalidInput(
                f"{source} could not be fetched to {folder}: {said}. Check the network and the folder, or put the "
                f"files in {folder / files} by hand."
            ) from error
        raise InvalidInput(
            f"No {source} below {folder}: expected undamaged files in {folder / files} ({said}). Remove damaged ones; "
            f"datasets.{name}({str(folder)!r}, download=True) fetches what is missing."
        ) from error
    return Pool(
        *_arrays(train),
        Classification(classes or tuple(train.classes)),
        *_arrays(test),
        name=name,
        recipe={"dataset": name, "params": {"root": str(folder)}},
    )


def _read(source: str, folder: Path, part: str, download: bool) -> Any:
    """Return torchvision's data set of ``"train"`` or ``"test"``."""
    import torchvision.datasets

    which = {"split": part} if source == "SVHN" else {"train": part == "train"}
    return getattr(torchvision.datasets, source)(folder, download=download, **which)


def _arrays(data: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (n, h, w) or (n, h, w, 3), on torchvision's own memory, and labels (n,)."""
    X = np.asarray(data.data)
    if hasattr(data, "labels"):  # SVHN: channels first, and labels by another name
        return X.transpose(0, 2, 3, 1), np.asarray(data.labels)
    return X, np.asarray(data.targets, dtype=np.int64)
