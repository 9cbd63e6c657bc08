"""What a page says of its runs in words: what they were made with, on what, and what each cycle took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alviz.paper.settings import settings, text
from alviz.report.branches import Branches
from alviz.store import Run

# Names of rows that a page holds, and letters of each.
_MOST_NAMES = 2_000
_LONGEST = 120
_DIGEST = 8


def pool_facts(branches: Branches) -> list[tuple[str, str]]:
    """Return what is known of the pool, each with its name."""
    told = branches.runs[0].header["pool"]
    facts = [("pool", str(told["name"])), ("examples", f"{told['size']:,}"), ("classes", f"{len(told['classes']):,}")]
    if branches.pool is not None:
        kind = "×".join(map(str, branches.pool.X.shape[1:]))
        test = branches.pool.X_test
        facts.append(("each", f"{branches.pool.kind} of {kind}"))
        facts.append(("test examples", "none" if test is None else f"{len(test):,}"))
    recipe = told["recipe"]
    facts.append(("made by", "data in memory" if recipe is None else _recipe(recipe)))
    return [*facts, ("digest", f"{told['digest'][:_DIGEST]}…")]


def cycles(run: Run) -> list[dict[str, Any]]:
    """Return one record per fit: the numbers of `Run.frame`, and what happened otherwise than asked."""
    told = []
    for cycle in range(run.fitted):
        record = run.record(cycle)
        told.append(
            {
                "labels": record.labeled,
                "metrics": dict(record.metrics),
                "sampler": str(record.sampler["name"]) if record.sampler else None,
                "picked": record.asked,
                "seconds": {name: round(phase.seconds, 3) for name, phase in record.phases.items()},
                "notes": list(record.notes),
            }
        )
    return told


def made_with(branches: Branches) -> dict[str, Any]:
    """Return the configuration and environment of the runs: what they share, and a table of what differs.

    Returns
    -------
    dict
        ``shared``: groups of (name, value); ``differ``: the same with one value per run.
    """
    kinds = [("run", _identity), ("configuration", settings), ("environment", _environment)]
    shared: dict[str, list[tuple[str, str]]] = {}
    differ: list[tuple[str, list[str]]] = []
    for kind, read in kinds:
        alike, unlike = _compared([{key: text(value) for key, value in read(run).items()} for run in branches.runs])
        shared[kind] = alike
        differ += unlike
    return {"shared": shared, "differ": differ}


def row_names(branches: Branches, ids: Sequence[int]) -> dict[str, str]:
    """Return what the data's owner calls some rows; nothing where they have no names."""
    names = None if branches.pool is None else branches.pool.row_names
    return {} if names is None else {str(id): str(names[id])[:_LONGEST] for id in ids[:_MOST_NAMES]}


def _identity(run: Run) -> dict[str, Any]:
    parent = "" if run.parent is None else f"{run.parent.name} at cycle {run.at}"
    return {"folder": run.name, "id": run.uid[:_DIGEST], "seed": run.seed, **({"fork of": parent} if parent else {})}


def _environment(run: Run) -> dict[str, Any]:
    return {**run.header["versions"], "threads": run.header["threads"]}


def _compared(
    given: Sequence[Mapping[str, str]],
) -> tuple[list[tuple[str, str]], list[tuple[str, list[str]]]]:
    """Return what is the same in all, and what is not; a missing value is a dash."""
    keys = dict.fromkeys(key for one in given for key in one)
    values = {key: [one.get(key, "–") for one in given] for key in keys}
    alike = [(key, row[0]) for key, row in values.items() if len(set(row)) == 1]
    return alike, [(key, row) for key, row in values.items() if len(set(row)) > 1]


def _recipe(recipe: Mapping[str, Any]) -> str:
    """Return the call that loads a pool, as near as a line comes: ``subset(rows=500) of digits()``."""
    named = [(key, value) for key, value in recipe.items() if key not in ("of", "dataset", "params")]
    if "dataset" in recipe:
        named = [(str(recipe["dataset"]), recipe.get("params", {}))]
    calls = [f"{key}({', '.join(f'{name}={_short(one)}' for name, one in value.items())})" for key, value in named]
    inner = f" of {_recipe(recipe['of'])}" if "of" in recipe else ""
    return ", ".join(calls) + inner


def _short(value: Any) -> str:
    written = repr(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
