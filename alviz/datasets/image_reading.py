"""Many images in two passes: all headers first, so that one array of the right form takes all pixels."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from alviz.datasets.image_files import ImageFiles
from alviz.datasets.image_form import Form, Header
from alviz.datasets.image_pixels import decode, read_header, why_unreadable
from alviz.errors import InvalidInput

# Images between two reports of progress, and so between a stop and its effect.
_BATCH = 32
# Threads decode large photographs side by side. Images of fewer pixels than this take longer to open than to decode;
# opening is Python's work, which threads cannot share.
_THREADS = min(8, os.cpu_count() or 1)
_TINY = 64 * 64
# Unreadable files that a message names.
_NAMED = 5


class ImageReader:
    """Reads images and remembers those that cannot be read.

    Parameters
    ----------
    files : ImageFiles
    refuse : bool
        Whether a pass in which images cannot be read ends with an error.
    progress : callable or None
        Called with the images decoded so far and their number, also while headers are read (with 0).

    Attributes
    ----------
    failed : dict of str to str
        Why each unreadable image is left out, by its path.
    """

    def __init__(self, files: ImageFiles, refuse: bool, progress: Callable[[int, int], None] | None) -> None:
        self.failed: dict[str, str] = {}
        self._files = files
        self._refuse = refuse
        self._progress = progress or (lambda done, total: None)

    def headers(self, images: Sequence[str]) -> dict[str, Header]:
        """Return the headers of the images that can be opened.

        Raises
        ------
        InvalidInput
        """
        found: dict[str, Header] = {}
        for at, image in enumerate(images):
            if at % _BATCH == 0:
                self._progress(0, len(images))
            with _noting(image, self.failed), self._files.open(image) as stream:
                found[image] = read_header(stream)
        self._settle(len(images))
        if not found:
            raise InvalidInput(f"None of the {len(images)} images in {self._files.path} can be read: {self.told()}.")
        return found

    def pixels(self, images: Sequence[str], form: Form) -> NDArray[np.uint8]:
        """Return the images that can be decoded, uint8 (k, *form.shape): the given ones without `failed`, in order.

        Raises
        ------
        InvalidInput
        """
        X = np.empty((len(images), *form.shape), dtype=np.uint8)
        done = 0
        tiny = form.fit is None and math.prod(form.size) < _TINY
        threads = ThreadPoolExecutor(1 if tiny else _THREADS)
        try:
            jobs = [
                threads.submit(self._fill, X[start : start + _BATCH], images[start : start + _BATCH], form)
                for start in range(0, len(images), _BATCH)
            ]
            for job in as_completed(jobs):
                count, failed = job.result()
                self.failed.update(failed)
                done += count
                self._progress(done, len(images))
        finally:
            threads.shutdown(cancel_futures=True)
        self._settle(len(images))
        kept = [row for row, image in enumerate(images) if image not in self.failed]
        for target, row in enumerate(kept):
            if target != row:  # moved up in place: a copy of the array may not fit
                X[target] = X[row]
        return X[: len(kept)]

    def told(self) -> str:
        """Return the unreadable images as part of a sentence, the first five by name."""
        named = [f"{image!r} ({reason})" for image, reason in sorted(self.failed.items())[:_NAMED]]
        more = len(self.failed) - len(named)
        return ", ".join(named) + (f" and {more} more" if more else "")

    def _fill(self, X: NDArray[np.uint8], images: Sequence[str], form: Form) -> tuple[int, dict[str, str]]:
        """Decode `images` into `X`; return how many were tried, and which failed why."""
        failed: dict[str, str] = {}
        for row, image in enumerate(images):
            with _noting(image, failed):
                X[row] = decode(self._files.read(image), form)
        return len(images), failed

    def _settle(self, total: int) -> None:
        if self.failed and self._refuse:
            raise InvalidInput(
                f"{len(self.failed)} of {total} images in {self._files.path} cannot be read: {self.told()}. "
                "Mend or remove them, or pass unreadable='skip' to leave them out."
            )


@contextmanager
def _noting(image: str, failed: dict[str, str]) -> Iterator[None]:
    """Note in `failed` why `image` cannot be read."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - decoders meet damage with errors of any kind: SyntaxError, zlib.error, ...
        failed[image] = why_unreadable(error)
