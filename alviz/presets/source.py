"""Where the data of a protocol comes from: which files, and where they are looked for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

from alviz import datasets
from alviz.errors import InvalidInput
from alviz.pool import Pool

VARIABLE = "ALVIZ_DATA"
Place = str | PathLike[str]


@dataclass(frozen=True)
class Source:
    """A public data set.

    Attributes
    ----------
    title : str
    files : tuple of str
        What has to be in the data folder, as torchvision lays it out.
    maker : str
        The function of `alviz.datasets` that reads these files; empty while there is none.
    shape : tuple of int
        Of one example.
    classes, train, test : int or None
        How many; None where that is not a matter of numbers, or not known here.
    lacks : str
        What alviz does not have yet, where there is no maker.
    """

    title: str
    files: tuple[str, ...]
    maker: str = ""
    shape: tuple[int, ...] = ()
    classes: int | None = None
    train: int | None = None
    test: int | None = None
    lacks: str = ""

    def read(self, data: Place | Pool | None, asks: str, progress: Callable[[int, int], None] | None = None) -> Pool:
        """Return the whole data set.

        Parameters
        ----------
        data : path or Pool, optional
            The data folder; or a zip or folder with ``train/<class>/`` and ``test/<class>/`` of images; by default
            what the environment variable ``ALVIZ_DATA`` names. A pool that is in memory is checked and returned.
        asks : str
            Who wants it, for messages.
        progress : callable, optional
            Called with images read and their number, where image files are read.

        Raises
        ------
        InvalidInput
            If the files are not there: which, and where they are to be put; or if examples or classes are not those
            of this data set.
        """
        if isinstance(data, Pool):
            return self._checked(data, asks)
        given = os.environ.get(VARIABLE) if data is None else fspath(data)
        if not given:
            raise InvalidInput(
                f"{asks} wants {self.title}: {self._wanted('DATA')}. Then pass data='DATA' (--data DATA), or set "
                f"{VARIABLE}."
            )
        place = Path(given)
        found = self._find(place)
        if found is None:
            raise InvalidInput(f"{asks} wants {self.title}, and it is not in {place}: {self._wanted(str(place))}.")
        maker, path = found
        if maker == "image_folder":
            return self._checked(datasets.image_folder(path, progress=progress), asks)
        return self._checked(datasets.registry.get(maker)(path), asks)

    def _find(self, place: Path) -> tuple[str, Path] | None:
        """Return who reads the data and from where."""
        if _holds_images(place):
            return "image_folder", place
        for folder in (place, place / "torchvision"):
            if all((folder / name).exists() for name in self.files):
                return self.maker, folder
        # cifar10, cifar10.zip, cifar10-jpeg.zip; not cifar100.zip.
        named = re.compile(rf"{re.escape(self.maker)}(?![0-9a-z])", re.IGNORECASE)
        inside = sorted(place.iterdir()) if place.is_dir() else []
        for child in inside:
            if named.match(child.name) and _holds_images(child):
                return "image_folder", child
        return None

    def _wanted(self, folder: str) -> str:
        """Return which files go where."""
        where = Path(folder)
        files = " and ".join(str(where / name) for name in self.files)
        return (
            f"put torchvision's files at {files} (alviz.datasets.{self.maker}({folder!r}, download=True) fetches "
            f"them), or images at {where / self.maker}.zip, in folders train/<class> and test/<class>"
        )

    def _checked(self, pool: Pool, asks: str) -> Pool:
        if pool.X.shape[1:] != self.shape or len(pool.classes) != self.classes:
            sides = "×".join(map(str, self.shape))
            raise InvalidInput(
                f"{asks} wants {self.title}, {sides} in {self.classes} classes; got {pool!r}. Pass another data=."
            )
        if pool.X_test is None:
            raise InvalidInput(f"{asks} wants {self.title} with its test split; {pool!r} has none.")
        return pool


def _holds_images(place: Path) -> bool:
    """Whether this is a zip, or a folder with one folder per class in ``train``."""
    return (place.is_file() and place.suffix.lower() == ".zip") or (place / "train").is_dir()


MNIST = Source("MNIST", ("MNIST/raw",), "mnist", (28, 28), 10, 60_000, 10_000)
FASHION_MNIST = Source("Fashion-MNIST", ("FashionMNIST/raw",), "fashion_mnist", (28, 28), 10, 60_000, 10_000)
CIFAR10 = Source("CIFAR-10", ("cifar-10-batches-py",), "cifar10", (32, 32, 3), 10, 50_000, 10_000)
CIFAR100 = Source("CIFAR-100", ("cifar-100-python",), "cifar100", (32, 32, 3), 100, 50_000, 10_000)
SVHN = Source("SVHN", ("train_32x32.mat", "test_32x32.mat"), "svhn", (32, 32, 3), 10, 73_257, 26_032)

SVHN_EXTRA = Source(
    "SVHN with its extra images",
    ("train_32x32.mat", "extra_32x32.mat", "test_32x32.mat"),
    shape=(32, 32, 3),
    classes=10,
    train=604_388,
    test=26_032,
    lacks="a reader of SVHN's extra images (datasets.svhn leaves them out)",
)
CELEBA = Source(
    "CelebA",
    ("celeba/img_align_celeba", "celeba/list_attr_celeba.txt", "celeba/list_eval_partition.txt"),
    shape=(64, 64, 3),
    classes=2,
    lacks="a reader of CelebA's attributes",
)
LSUN = Source(
    "LSUN",
    ("<scene>_train_lmdb", "<scene>_val_lmdb"),
    lacks="a reader of LSUN (it is larger than memory)",
)
CALTECH256 = Source(
    "Caltech-256",
    ("caltech256/256_ObjectCategories",),
    lacks="a reader of Caltech-256 (it has no train and test split of its own)",
)
CITYSCAPES = Source(
    "Cityscapes",
    ("leftImg8bit", "gtFine"),
    train=2_975,
    lacks="a task with a label for each pixel",
)
ICVL = Source(
    "ICVL hand poses",
    ("Training/Depth", "Training/labels.txt", "Testing/Depth"),
    shape=(128, 128),
    train=16_004,
    test=1_600,
    lacks="a task with 3-D joints for targets",
)
RAFD = Source(
    "RaFD with images generated by StarGAN",
    ("<the photographs of RaFD, by expression>", "<57,600 images that StarGAN made of them>"),
    shape=(128, 128, 3),
    classes=8,
    train=57_600,
    test=840,
    lacks="a reader of photographs and images generated from them",
)
