"""MNIST, read by torchvision from files that are already there."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

import numpy as np

from alviz.errors import InvalidInput
from alviz.pool import Pool
from alviz.task import Classification


def mnist(root: str | PathLike[str]) -> Pool:
    """Return MNIST: 60,000 images of 28×28 in the pool, 10,000 for testing, in the original order.

    Parameters
    ----------
    root : path
        The folder that torchvision was given: it holds ``MNIST/raw``.

    Raises
    ------
    InvalidInput
        If the files are not there. Nothing is downloaded.
    """
    from torchvision.datasets import MNIST

    folder = Path(fspath(root))
    try:
        train, test = (MNIST(folder, train=part, download=False) for part in (True, False))
    except RuntimeError as error:
        raise InvalidInput(
            f"No MNIST below {folder}: expected the four idx files in {folder / 'MNIST' / 'raw'}. "
            f"torchvision.datasets.MNIST({str(folder)!r}, download=True) fetches them."
        ) from error
    return Pool(
        train.data.numpy(),
        train.targets.numpy().astype(np.int64),
        Classification(tuple(map(str, range(10)))),
        test.data.numpy(),
        test.targets.numpy().astype(np.int64),
        name="mnist",
        recipe={"dataset": "mnist", "params": {"root": str(folder.resolve())}},
    )
