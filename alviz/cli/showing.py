"""``alviz show``, ``alviz samplers``, ``alviz info``: tables of what there is."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from alviz.registry import Registry
    from alviz.sweep import Sweep

_ENGINES = (
    "numpy",
    "torch",
    "torchvision",
    "dgl",
    "faiss-cpu",
    "scikit-learn",
    "openTSNE",
    "umap-learn",
    "pyarrow",
    "plotly",
    "kaleido",
    "ipywidgets",
    "jupyterlab",
    "datasets",
)


def show(arguments: argparse.Namespace) -> int:
    """Print a run as a table, one row per fit, or the ranking of a sweep."""
    from rich import box
    from rich.table import Table

    from alviz.store import Run
    from alviz.sweep import Sweep

    if (arguments.run / "sweep.json").is_file():
        return show_sweep(Sweep.open(arguments.run))
    run = Run.open(arguments.run)
    table = Table(title=repr(run), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    rows: list[dict[str, str]] = []
    for cycle in range(run.fitted):
        record = run.record(cycle)
        metrics = {name.replace("_", "\n"): f"{value:.4f}" for name, value in record.metrics.items()}
        seconds = {f"{name}\ns": f"{phase.seconds:.2f}" for name, phase in record.phases.items() if name != "label"}
        picked = "" if record.sampler is None else f"{record.asked} by {record.sampler['name']}"
        rows.append({"cycle": str(cycle), "labels": str(record.labeled), **metrics, "picked": picked, **seconds})
    for name in dict.fromkeys(name for row in rows for name in row):
        table.add_column(name, justify="left" if name == "picked" else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(row.get(str(column.header), "") for column in table.columns))
    console().print(table)
    return 0


def show_sweep(sweep: Sweep) -> int:
    """Print the ranking of a sweep and what failed; return 1 if anything did."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from alviz.statistics import Statistics

    out = console()
    if any(run.fitted for run in sweep.runs):
        found = Statistics(sweep)
        table = Table(title=escape(repr(sweep)), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        ranking = found.table()
        for column in ranking.columns:
            table.add_column(column, overflow="fold", justify="left" if column == "sampler" else "right")
        for row in ranking.itertuples(index=False):
            table.add_row(*(escape(str(value)) for value in row))
        out.print(table)
        for note in found.notes:
            out.print(escape(note))
    else:
        out.print(escape(repr(sweep)))
    for name, (error, _) in sweep.errors.items():
        out.print(f"[bold]{escape(name)} failed:[/bold] {escape(error)}")
    if sweep.errors:
        out.print(escape(f"The tracebacks are in {sweep.path / 'failed'}; the same command makes these runs again."))
    return 1 if sweep.errors else 0


def samplers(_: argparse.Namespace) -> int:
    """Print every sampler with what it needs and its parameters."""
    from rich import box
    from rich.table import Table

    from alviz import samplers

    table = Table("sampler", "needs", "parameters (defaults)", box=box.SIMPLE_HEAD, show_lines=True)
    for name in samplers.names():
        part = samplers.make(name)
        parameters = "\n".join(
            f"{f.name}={getattr(part, f.name)!r}  [dim]{f.metadata.get('help', '')}[/dim]" for f in fields(part)
        )
        table.add_row(plugin(name, samplers.registry), ", ".join(sorted(part.needs)) or "nothing", parameters)
    console().print(table)
    return 0


def info(_: argparse.Namespace) -> int:
    """Print versions, devices, what plugins add, and where things are kept: what a report of a problem needs."""
    from rich.markup import escape
    from rich.table import Table

    from alviz import __version__, cache, datasets, learners, maps, samplers

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))

    def add(name: str, value: str) -> None:
        table.add_row(name, escape(value))

    add("alviz", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    for package in _ENGINES:
        try:
            add(package, version(package))
        except PackageNotFoundError:
            add(package, "not installed")
    add("devices", _devices())
    add("cores", f"{os.cpu_count()}, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}")
    for kind in (samplers, learners, maps, datasets):
        sources = kind.registry.sources()
        if sources:
            add(f"{kind.registry.kind} plugins", ", ".join(f"{name} ({package})" for name, package in sources.items()))
    if os.environ.get("ALVIZ_PLUGINS") == "0":
        add("plugins", "off (ALVIZ_PLUGINS=0)")
    add("cache", str(cache.folder()))
    add("program", sys.executable)
    console().print(table)
    return 0


def _devices() -> str:
    import torch

    names = [f"cpu ({torch.get_num_threads()} threads)"]
    names += [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return ", ".join(names)


def plugin(name: str, registry: Registry[Any]) -> str:
    """Return a name, and beside it the package that it comes from if that is not alviz."""
    package = registry.sources().get(name)
    return name if package is None else f"{name}\n[dim]{package}[/dim]"


def console() -> Console:
    """Return where tables go: as wide as the terminal, or as wide as it takes where nobody looks at a screen."""
    from rich.console import Console

    screen = Console()
    return screen if screen.is_terminal else Console(width=200)
