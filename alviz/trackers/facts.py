"""What a tracker says of a run beside its numbers: where it comes from, and its settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from alviz.store import Run

# MLflow takes no longer ones from every server; a list of ids may be any length.
_LONGEST = 500


def facts(run: Run) -> dict[str, str]:
    """Return what identifies a run, its data and its parent."""
    pool = run.header["pool"]
    told = {
        "uid": run.uid,
        "path": str(run.path),
        "pool": str(pool["name"]),
        "pool_digest": str(pool["digest"]),
        "pool_size": str(pool["size"]),
        "version": str(run.header["versions"]["alviz"]),
    }
    if run.parent is not None:
        told |= {"parent": run.parent.uid, "parent_name": run.parent.name, "at": str(run.at)}
    return told


def settings(run: Run) -> dict[str, bool | int | float | str]:
    """Return the seed and configuration by dotted names: ``learner``, ``learner.epochs``, ``budget``."""
    return dict(_flat({"seed": run.seed, **run.config}))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, bool | int | float | str]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value.keys() == {"name", "params"}:
            yield f"{prefix}{name}", value["name"]
            yield from _flat(value["params"], f"{prefix}{name}.")
        elif isinstance(value, (bool, int, float)):
            yield f"{prefix}{name}", value
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"{prefix}{name}", text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
