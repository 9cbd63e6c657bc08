"""Runs with curves that a test chooses: what the runner writes, with other numbers in its records."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from alviz import Run
from alviz.store.files import read_json, write_json

Values = Mapping[str, Sequence[Sequence[float]]]


def remake(template: Path, folder: Path, name: str, seed: int, values: Sequence[float], metric: str) -> Run:
    """Copy a run under another sampler's name and seed, with these values of the metric in its first fits."""
    path = folder / f"{name}-{seed}"
    shutil.copytree(template, path)
    header = read_json(path / "run.json")
    header["seed"], header["uid"] = seed, f"{name}-{seed}"
    header["config"]["sampler"]["name"] = name
    write_json(path / "run.json", header)
    for cycle in sorted((path / "cycles").iterdir()):
        at = int(cycle.name)
        if at >= len(values):
            shutil.rmtree(cycle)
            continue
        fit = read_json(cycle / "fit" / "fit.json")
        write_json(cycle / "fit" / "fit.json", {**fit, "metrics": {**fit["metrics"], metric: values[at]}})
        for stage in ("pick", "labels"):
            if at == len(values) - 1:
                shutil.rmtree(cycle / stage, ignore_errors=True)
        if at < len(values) - 1:
            text = (cycle / "pick" / "record.json").read_text(encoding="utf-8")
            pick = json.loads(text)
            del pick["sha256"]
            pick["sampler"]["name"] = pick["wanted"]["name"] = name
            write_json(cycle / "pick" / "record.json", pick)
    return Run.open(path)


def remade(template: Path, folder: Path, values: Values, metric: str = "accuracy") -> list[Run]:
    """Return runs of several samplers, each with its seeds 0, 1, ... by rows."""
    return [
        remake(template, folder, name, seed, row, metric)
        for name, rows in values.items()
        for seed, row in enumerate(rows)
    ]
