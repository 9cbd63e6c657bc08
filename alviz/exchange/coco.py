"""Labels as COCO-style JSON for classification: images, categories, and annotations without boxes.

A category's id is the class number, an image's the pool row. Images without an annotation were set aside, `why` says
how. What COCO has no field for (who, when, ...) stands in fields of its own, which other readers pass over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from alviz.errors import InvalidInput
from alviz.exchange.given import Given, Line
from alviz.exchange.json_fields import items, member, text
from alviz.exchange.rows import About, Row


def write(file: BinaryIO, rows: Iterable[Row], about: About) -> None:
    """Write labels as COCO-style JSON."""
    images, annotations = [], []
    for row in rows:
        image: dict[str, Any] = {"id": row.id, "file_name": row.name or str(row.id)}
        if about.shape is not None and len(about.shape) > 1:
            image |= {"width": about.shape[1], "height": about.shape[0]}
        said = {"who": row.who, "when": row.when, "cycle": row.cycle, "sampler": row.sampler, "note": row.note}
        if row.label is None:
            image |= {"why": row.why, **said}
        else:
            told = {"id": row.id, "image_id": row.id, "category_id": row.number, **said, "source": row.source}
            annotations.append(told)
        images.append(image)
    data = {
        "info": {"description": f"Labels of the pool {about.name!r}", "alviz": {"pool": about.pool, "kind": "labels"}},
        "images": images,
        "categories": [{"id": number, "name": name} for number, name in enumerate(about.classes)],
        "annotations": annotations,
    }
    file.write(json.dumps(data, indent=1, allow_nan=False).encode())


def read(path: Path, data: dict[str, Any]) -> Given:
    """Return what such a file holds; ids are pool rows only where alviz wrote it, else names of files tell which.

    Raises
    ------
    InvalidInput
        If a part is missing or of another form, naming where.
    """
    info = data.get("info")
    about = info.get("alviz") if isinstance(info, dict) else None
    pool = about.get("pool") if isinstance(about, dict) else None
    own = isinstance(pool, str)
    images = {member(path, f"image {place}", image, "id", int): image for place, image in items(path, data, "images")}
    names = {
        member(path, f"category {place}", category, "id", int): member(path, f"category {place}", category, "name", str)
        for place, category in items(path, data, "categories")
    }

    def line(place: str, number: int, label: str | None, category: int | None, told: dict[str, Any], why: str) -> Line:
        image = images.get(number)
        if image is None:
            raise InvalidInput(f"{path}, {place} is of image {number}, which the file does not list.")
        # Of a pool without names, the name of the file is made up.
        name = "" if own else member(path, f"image {number}", image, "file_name", str)
        return Line(place, number if own else None, name, label, category, text(told, "note"), why)

    lines, labeled = [], set()
    for place, annotation in items(path, data, "annotations"):
        what = f"annotation {place}"
        image_id, category = (member(path, what, annotation, key, int) for key in ("image_id", "category_id"))
        if category not in names:
            raise InvalidInput(f"{path}, {what} is of category {category}, which the file does not list.")
        labeled.add(image_id)
        lines.append(line(what, image_id, names[category], category, annotation, ""))
    for number, image in images.items():
        why = text(image, "why")
        if number not in labeled and own and why:
            lines.append(line(f"image {number}", number, None, None, image, why))
    return Given(path, lines, pool if own else None)
