"""Thumbnails in a page: many in one picture, as many as there is room for, those of the picks first."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.report.asked import Answers
from alviz.thumbnails import is_ink, reduced

MOST_BYTES = 1_500_000
"""Of a page that thumbnails take, as they stand in it."""

_ACROSS = 16
_PER_SHEET = 256
# Smaller pictures are of pixels that can be counted: JPEG would smear them.
_PIXELS = 16
_QUALITY = 84


def sheets(
    pool: Pool | None, ids: NDArray[np.int64], room: int = MOST_BYTES, report: Report = silent
) -> dict[str, Any]:
    """Return thumbnails of the first of `ids`, as many as `room` bytes hold.

    Returns
    -------
    dict
        ``sheets``: each ``{"type", "data", "ids", "across", "size": [w, h]}``; ``ink``: whether they are strokes on
        black; ``left``: how many of `ids` have none for want of room; ``pictured``: whether there is something to
        look at in this pool.
    """
    told: dict[str, Any] = {"sheets": [], "ink": False, "left": 0, "pictured": pool is not None and pool.pictured}
    if pool is None or not pool.pictured:
        return told
    done = 0
    while done < len(ids):
        report("thumbnails", done, len(ids))
        some = ids[done : done + _PER_SHEET]
        images = reduced(pool.thumbnails(some))
        if not done:
            told["ink"] = is_ink(images)
        sheet = _sheet(images)
        if len(sheet["data"]) > room:
            # What is left of the room takes a part of them; a tenth less, since the first ones may be the larger.
            some = some[: int(0.9 * len(some) * room / len(sheet["data"]))]
            sheet = _sheet(images[: len(some)]) if len(some) else sheet
        if not len(some) or len(sheet["data"]) > room:
            break
        told["sheets"].append({**sheet, "ids": some.tolist()})
        room -= len(sheet["data"])
        done += len(some)
        if len(some) < _PER_SHEET:
            break
    told["left"] = len(ids) - done
    return told


def wanted(answers: Answers, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ids of a page in the order in which they are to have a thumbnail: picks, answers, all others."""
    runs = answers.branches.runs
    marks = [answers.marks(branch, cycle) for branch, run in enumerate(runs) for cycle in range(run.fitted)]
    picked = _in_turn([mark.ids.tolist() for at in marks for mark in at if not mark.preview])
    asked = _in_turn([mark.ids.tolist() for at in marks for mark in at if mark.preview])
    initial = [id for run in runs for id in run.initial.ids.tolist()]
    return np.array(list(dict.fromkeys([*picked, *asked, *initial, *points.tolist()])), dtype=np.int64)


def _in_turn(lists: Sequence[Sequence[int]]) -> Iterator[int]:
    """Yield the first of each list, then the second of each, ...: what is left out is the last of every list."""
    for row in zip_longest(*lists):
        yield from (id for id in row if id is not None)


def _sheet(images: NDArray[np.uint8]) -> dict[str, Any]:
    n, height, width = images.shape[:3]
    rows = -(-n // _ACROSS)
    across = min(n, _ACROSS)
    grid = np.zeros((rows * across, *images.shape[1:]), dtype=np.uint8)
    grid[:n] = images
    grid = grid.reshape(rows, across, *images.shape[1:]).swapaxes(1, 2)
    picture = Image.fromarray(np.ascontiguousarray(grid.reshape(rows * height, across * width, *images.shape[3:])))
    kind, data = _smaller(picture, exact=max(height, width) <= _PIXELS)
    return {"type": kind, "data": base64.b64encode(data).decode("ascii"), "across": across, "size": [width, height]}


def _smaller(picture: Image.Image, exact: bool) -> tuple[str, bytes]:
    """Return a picture as PNG, or as JPEG where that takes less and nobody sees it."""
    png, jpeg = io.BytesIO(), io.BytesIO()
    picture.save(png, "PNG", optimize=True)
    if exact:
        return "image/png", png.getvalue()
    picture.save(jpeg, "JPEG", quality=_QUALITY, subsampling=0)
    if jpeg.tell() < png.tell():
        return "image/jpeg", jpeg.getvalue()
    return "image/png", png.getvalue()
