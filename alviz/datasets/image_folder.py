"""A pool from the images of a folder or a zip, one folder per class."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from alviz.checks import whole
from alviz.datasets.image_files import open_images
from alviz.datasets.image_form import Fit, common_form
from alviz.datasets.image_layout import Entry, read_layout
from alviz.datasets.image_pixels import quiet_decoders
from alviz.datasets.image_reading import ImageReader
from alviz.errors import AlvizWarning, InvalidInput
from alviz.memory import check_memory
from alviz.pool import Pool
from alviz.task import Classification

_REMEDY = (
    "Pass a smaller size=, or extract features with a network first and make a pool of them with datasets.npy or "
    "datasets.table."
)


def image_folder(
    path: str | PathLike[str],
    *,
    size: int | Sequence[int] | None = None,
    fit: Fit = "crop",
    channels: Literal[1, 3] | None = None,
    classes: Sequence[str] | None = None,
    test: float | None = None,
    seed: int = 0,
    unreadable: Literal["refuse", "skip"] = "refuse",
    unlabeled: str = "unlabeled",
    progress: Callable[[int, int], None] | None = None,
) -> Pool:
    """Return the images of a folder or a zip, one folder per class.

    The layout is ``<class>/…``, or ``train/<class>/…`` with or without ``test/<class>/…``; one common folder around
    it makes no difference. Images in folders below a class belong to the class. Rows go class by class, then the
    unlabeled images, each in natural order (img2 before img10). Hidden files, and files that are no images by their
    extension, are ignored. A zip is read in place. A folder without any folders holds images to be labeled; it takes
    `classes`.

    Parameters
    ----------
    path : path
        A folder, or a zip of one.
    size : int or (int, int), optional
        The height and width that all images get; needed where they differ.
    fit : {"crop", "pad", "stretch"}
        How: scaled so that the shorter side fits and cut around the center; scaled whole and filled up with black;
        or scaled to the size whatever the proportions. Always antialiased (bicubic).
    channels : {1, 3}, optional
        Gray or color; needed where both occur.
    classes : sequence of str, optional
        The class names in the order of the labels; by default the names of the folders, sorted. Needed where all
        images are unlabeled.
    test : float, optional
        The share to set aside for testing where there is no test folder, as in `Pool.split`.
    seed : int
        Of that split.
    unreadable : {"refuse", "skip"}
        Whether images that cannot be read (damaged, truncated, beyond ``PIL.Image.MAX_IMAGE_PIXELS``) are an error, or
        are left out with a warning.
    unlabeled : str
        The folder whose images get the label -1: beside the classes, or beside ``train``.
    progress : callable, optional
        Called with the images decoded so far and their number; what it raises ends the work.

    Returns
    -------
    Pool
        Images uint8 (n, h, w) or (n, h, w, 3), upright as their EXIF orientation says; transparency is laid on white,
        16-bit gray scaled to 8 bits. `Pool.row_names` are the paths of the images below `path`.

    Raises
    ------
    InvalidInput
        For a layout without classes, images that differ in size or color where `size` or `channels` is not given,
        unreadable images, and more images than memory holds.

    Warns
    -----
    AlvizWarning
        Naming what was skipped.
    """
    _check_choices(fit, channels, test, unreadable)
    sides = _check_size(size)
    place = Path(fspath(path)).resolve()
    with closing(open_images(place)) as files, quiet_decoders():
        layout = read_layout(files, unlabeled, classes)
        if test is not None and any(entry.test for entry in layout.entries):
            raise InvalidInput(f"{place} has a test folder: leave out test={test}.")
        reader = ImageReader(files, unreadable == "refuse", progress)
        headers = reader.headers([entry.path for entry in layout.entries])
        form = common_form(place, headers.values(), sides, channels, fit)
        copies = 1 if test is None else 2  # setting rows aside copies them all
        check_memory(len(headers), copies * math.prod(form.shape), f"The images of {place}", _REMEDY)
        X = reader.pixels(list(headers), form)
    if reader.failed:
        told = f"{len(reader.failed)} of {len(layout.entries)} images in {place} cannot be read and are left out"
        warnings.warn(f"{told}: {reader.told()}.", AlvizWarning, stacklevel=2)
    entries = [entry for entry in layout.entries if entry.path not in reader.failed]
    if classes is None:
        _check_each_class(place, layout.classes, entries)
    y = np.array([entry.label for entry in entries], dtype=np.int64)
    n = sum(not entry.test for entry in entries)
    tested = n < len(entries)
    asked: dict[str, Any] = {"size": sides and list(sides), "fit": fit, "channels": channels, "unreadable": unreadable}
    asked |= {"classes": None if classes is None else list(layout.classes), "unlabeled": unlabeled}
    pool = Pool(
        X[:n],
        y[:n],
        Classification(layout.classes),
        X[n:] if tested else None,
        y[n:] if tested else None,
        name=place.name if place.is_dir() else place.stem,
        recipe=_recipe(place, asked),
        row_names=np.array([entry.path for entry in entries[:n]], dtype=np.str_),
    )
    return pool if test is None else pool.split(test, seed)


def _recipe(place: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Return how to load the pool again, defaults left out. A split is added by `Pool.split`."""
    defaults = image_folder.__kwdefaults__ or {}
    params = {name: value for name, value in asked.items() if value != defaults[name]}
    return {"dataset": "image_folder", "params": {"path": str(place), **params}}


def _check_size(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """Return (h, w)."""
    if size is None:
        return None
    sides = tuple(size) if isinstance(size, Sequence | np.ndarray) else (size, size)
    if len(sides) != 2:
        raise InvalidInput(f"size is {size!r}, expected one side, or height and width.")
    height, width = (whole("size", side, 1) for side in sides)
    return height, width


def _check_choices(fit: object, channels: object, test: float | None, unreadable: object) -> None:
    choices = {"fit": (fit, get_args(Fit)), "channels": (channels, (None, 1, 3))}
    for name, (value, allowed) in (choices | {"unreadable": (unreadable, ("refuse", "skip"))}).items():
        if value not in allowed:
            raise InvalidInput(f"{name} is {value!r}, expected {' or '.join(map(repr, allowed))}.")
    if test is not None and not 0 < test < 1:
        raise InvalidInput(f"test is the share of images to set aside, between 0 and 1, got {test!r}.")


def _check_each_class(place: Path, classes: tuple[str, ...], entries: Sequence[Entry]) -> None:
    """Refuse classes whose images were all left out: nobody named them, and nothing shows them."""
    shown = {entry.label for entry in entries if not entry.test}
    gone = [name for label, name in enumerate(classes) if label not in shown]
    if gone:
        raise InvalidInput(
            f"No training image of {', '.join(map(repr, gone))} in {place} can be read: remove the folder(s), "
            "or pass classes=[...] to keep the class(es)."
        )
