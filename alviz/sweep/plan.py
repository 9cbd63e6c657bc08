"""What a sweep is: ``sweep.json``, which says what every run of the folder was made with."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alviz.errors import ConfigMismatch, NewerSchema, NotARun
from alviz.pool import Pool
from alviz.store.files import no_room, read_json, write_json
from alviz.store.writer import told_of, versions
from alviz.sweep.grid import Grid

SCHEMA = 1
NAME = "sweep.json"


def read(path: Path) -> dict[str, Any]:
    """Return what ``sweep.json`` says.

    Raises
    ------
    NotARun, NewerSchema, DamagedFile
    """
    if not (path / NAME).is_file():
        what = "does not exist" if not path.exists() else f"holds no {NAME}"
        raise NotARun(f"{path} is not a sweep: it {what}. A sweep is written by alviz.sweep(..., out=...).")
    plan = read_json(path / NAME)
    if plan["schema"] > SCHEMA:
        raise NewerSchema(
            f"{path} was written by a newer alviz (schema {plan['schema']}; this one reads up to {SCHEMA}). Upgrade "
            "alviz to open it."
        )
    return plan


def prepare(path: Path) -> None:
    """Make the folder of a sweep, if there is none.

    Raises
    ------
    NotARun
        If it holds something else.
    """
    if not (path / NAME).is_file():
        _check_empty(path)
        with no_room(path):
            path.mkdir(parents=True, exist_ok=True)


def settle(path: Path, pool: Pool, grid: Grid, settings: Mapping[str, Any], cycles: int, note: Any) -> dict[str, Any]:
    """Write what the sweep is, or check that it is the one that stands there, grown where more is asked for.

    More samplers, learners, seeds and cycles may join a sweep; everything else has to be equal.

    Raises
    ------
    ConfigMismatch
        Showing what differs; nothing is changed.
    """
    asked = {
        "pool": told_of(pool),
        "settings": dict(settings),
        "cycles": cycles,
        "learners": {name: part.config() for name, part in grid.learners.items()},
        "samplers": {name: part.config() for name, part in grid.samplers.items()},
        "seeds": list(grid.seeds),
        "note": note,
    }
    asked = json.loads(json.dumps(asked))
    if not (path / NAME).is_file():
        plan = {"schema": SCHEMA, "uid": uuid.uuid4().hex, "versions": dict(versions()), **asked}
        write_json(path / NAME, plan)
        return plan
    there = read(path)
    _check_same(path, there, asked)
    grown = {
        **there,
        "cycles": max(there["cycles"], cycles),
        "learners": {**there["learners"], **asked["learners"]},
        "samplers": {**there["samplers"], **asked["samplers"]},
        "seeds": [*there["seeds"], *(seed for seed in asked["seeds"] if seed not in there["seeds"])],
    }
    if grown != there:
        write_json(path / NAME, grown)
    return grown


def _check_same(path: Path, there: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    differ = []
    if there["pool"]["digest"] != asked["pool"]["digest"]:
        differ.append(f"pool: {_pool(there)} there, {_pool(asked)} given")
    pairs = [(key, there["settings"].get(key), value) for key, value in asked["settings"].items()]
    pairs.append(("note", there["note"], asked["note"]))
    for kind in ("learners", "samplers"):
        # One name is one part in all runs of a folder.
        shared = there[kind].keys() & asked[kind].keys()
        pairs += [(f"{kind[:-1]} {name!r}", there[kind][name], asked[kind][name]) for name in sorted(shared)]
    differ += [f"{key}: {old!r} there, {new!r} given" for key, old, new in pairs if old != new]
    if differ:
        raise ConfigMismatch(
            f"{path} holds another sweep ({'; '.join(differ)}). Give another folder; to that sweep only samplers, "
            "learners, seeds and cycles can be added."
        )


def _pool(told: Mapping[str, Any]) -> str:
    pool = told["pool"]
    return f"{pool['name']!r} with {pool['size']} examples and digest {pool['digest'][:12]}…"


def _check_empty(path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(not entry.name.startswith(".") for entry in path.iterdir())):
        raise NotARun(f"{path} exists and is no sweep: give an empty folder or a new name.")
