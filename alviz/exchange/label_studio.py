"""Labels as Label Studio's JSON of annotated tasks.

A task's ``data`` has ``image`` (``text`` for vectors), which is the row name, and ``alviz_id`` and ``alviz_pool``; put
the address that images are served from before the name where Label Studio is to show them. What was set aside is an
annotation that was cancelled, which is what Label Studio makes of a skipped task. Who answered stands in ``meta``, not
in ``completed_by``: that takes accounts of the server alone, and an import with another name is refused there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from alviz.book import SKIPPED
from alviz.errors import InvalidInput
from alviz.exchange.given import WHYS, Given, Line
from alviz.exchange.json_fields import member, text
from alviz.exchange.rows import About, Row

CONTROL = "label"
# Where a task says what it is of, in this order.
_NAMED = ("name", "image", "img", "file_name", "filename", "file", "url", "text")


def write(file: BinaryIO, rows: Iterable[Row], about: About) -> None:
    """Write labels as Label Studio's JSON."""
    shown = "image" if about.pictured else "text"
    # A line per task: Label Studio takes files up to a size that indented ones reach soon.
    tasks = ",\n".join(json.dumps(_task(row, about, shown), allow_nan=False) for row in rows)
    file.write(f"[\n{tasks}\n]\n".encode())


def _task(row: Row, about: About, shown: str) -> dict[str, Any]:
    said = {"who": row.who, "when": row.when, "cycle": row.cycle, "sampler": row.sampler, "note": row.note}
    task: dict[str, Any] = {
        "data": {shown: row.name or str(row.id), "alviz_id": row.id, "alviz_pool": about.pool},
        "meta": {**said, "source": row.source, "why": row.why},
        "annotations": [],
    }
    if row.label is not None:
        result: dict[str, Any] = {"from_name": CONTROL, "to_name": shown, "type": "choices"}
        result["value"] = {"choices": [row.label]}
        if row.note:
            result["meta"] = {"text": [row.note]}
        task["annotations"] = [{"result": [result], "was_cancelled": False}]
    elif row.why in WHYS[:2]:
        task["annotations"] = [{"result": [], "was_cancelled": True}]
    return task


def read(path: Path, data: list[Any]) -> Given:
    """Return what such a file holds, as alviz or Label Studio writes it.

    Raises
    ------
    InvalidInput
        For tasks of another form (JSON-MIN), several choices for one task, and annotations that contradict each
        other.
    """
    lines: list[Line] = []
    pools: dict[str, str] = {}
    for at, task in enumerate(data):
        place = f"task {at}"
        if isinstance(task, dict) and "data" not in task:
            raise InvalidInput(
                f"{path}, {place} has no 'data': export from Label Studio as JSON, not as JSON-MIN or CSV."
            )
        told = member(path, place, task, "data", dict)
        id = told.get("alviz_id")
        if id is not None and (isinstance(id, bool) or not isinstance(id, int)):
            raise InvalidInput(f"{path}, {place}: alviz_id is {id!r}, expected a whole number.")
        pool = told.get("alviz_pool")
        if isinstance(pool, str):
            pools.setdefault(pool, place)
        label, note, why = _annotated(path, place, task)
        if label is None and not why:
            continue  # nobody has come to it yet
        name = "" if id is not None else next(filter(None, (text(told, key) for key in _NAMED)), "")
        if id is None and not name:
            raise InvalidInput(f"{path}, {place}: its data has neither alviz_id nor one of {', '.join(_NAMED)}.")
        lines.append(Line(place, id, name, label, None, note, why))
    if len(pools) > 1:
        first, second = list(pools.values())[:2]
        raise InvalidInput(f"{path} holds tasks of two pools: {first} and {second} name different ones.")
    return Given(path, lines, next(iter(pools), None))


def _annotated(path: Path, place: str, task: Any) -> tuple[str | None, str, str]:
    """Return a task's label, note and why it has none."""
    annotations = task.get("annotations", [])
    if not isinstance(annotations, list):
        raise InvalidInput(f"{path}, {place}: 'annotations' is {annotations!r}, expected a list.")
    found: dict[str, str] = {}
    cancelled = False
    for annotation in annotations:
        results = member(path, f"{place}, an annotation", annotation, "result", list)
        if annotation.get("was_cancelled") is True:
            cancelled = True
            continue
        for result in results:
            if isinstance(result, dict) and result.get("type") == "choices":
                found.setdefault(_choice(path, place, result), _note(result))
    if len(found) > 1:
        raise InvalidInput(
            f"{path}, {place} has more than one label: {', '.join(map(repr, found))}. Leave one of them."
        )
    if found:
        return next(iter(found)), next(iter(found.values())), ""
    meta = task.get("meta")
    why = text(meta, "why")
    if cancelled:
        return None, text(meta, "note"), why if why in WHYS[:2] else SKIPPED
    return None, text(meta, "note"), why if why == WHYS[2] else ""


def _choice(path: Path, place: str, result: dict[str, Any]) -> str:
    chosen = member(path, f"{place}, a result", result.get("value"), "choices", list)
    if len(chosen) != 1 or not isinstance(chosen[0], str) or not chosen[0]:
        raise InvalidInput(f"{path}, {place} has the choices {chosen!r}, expected the name of one class.")
    return chosen[0]


def _note(result: dict[str, Any]) -> str:
    """Return the note on a result, which Label Studio keeps as a list of lines."""
    meta = result.get("meta")
    told = meta.get("text") if isinstance(meta, dict) else None
    if isinstance(told, list):
        return "\n".join(line for line in told if isinstance(line, str))
    return told if isinstance(told, str) else ""
