"""The command line: ``alviz run``, ``alviz show``, ``alviz samplers``, ``alviz lab``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alviz.errors import AlvizError, InvalidInput

if TYPE_CHECKING:
    from alviz.meter import Progress
    from alviz.pool import Pool

# Exit codes, beside 0: what the user gave cannot work, and stopped by Ctrl-C.
_REFUSED = 2
_INTERRUPTED = 130

_EXAMPLES = """examples:
  alviz run --data digits --sampler core_gcn --until 8 --out runs/core
  alviz run --data mnist:DATA --sampler entropy --initial 100 --budget 100 --until 9 --out runs/mnist
  alviz show runs/core
  alviz lab runs/core
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, 2 for what cannot work, 130 after Ctrl-C."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except AlvizError as error:
        print(f"alviz: {error}", file=sys.stderr)
        return _REFUSED
    except KeyboardInterrupt:
        print("alviz: interrupted; the same command goes on from the last finished step.", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="alviz",
        description="Run active-learning cycles, and watch them choose.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run cycles into a folder, or go on with one that is there")
    run.add_argument("--data", default="digits", help="digits, or mnist:FOLDER (default: %(default)s)")
    run.add_argument("--learner", default="supervised", help="see alviz.learners.names() (default: %(default)s)")
    run.add_argument("--sampler", default="random", help="see `alviz samplers` (default: %(default)s)")
    run.add_argument("--initial", default="20", help="how many labels to start from, or 'balanced' (default: 20)")
    run.add_argument("--budget", type=int, default=20, help="labels per acquisition (default: %(default)s)")
    run.add_argument("--subset", type=int, help="candidates drawn per cycle (default: all)")
    run.add_argument("--seed", type=int, default=0, help="names every random stream (default: %(default)s)")
    run.add_argument("--until", type=int, default=8, help="acquisitions in all, then a last fit (default: %(default)s)")
    run.add_argument("--out", required=True, type=Path, help="the run folder")
    run.set_defaults(command=_run)

    show = commands.add_parser("show", help="print a run as a table")
    show.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    show.set_defaults(command=_show)

    samplers = commands.add_parser("samplers", help="list the samplers and their parameters")
    samplers.set_defaults(command=_samplers)

    lab = commands.add_parser("lab", help="open JupyterLab on an explorer of runs, or on a notebook")
    lab.add_argument("runs", type=Path, nargs="*", metavar="RUN", help="run folders to explore")
    lab.add_argument("--notebook", type=Path, help="open this notebook instead")
    lab.add_argument("--port", type=int, default=8888, help="the next free one is taken (default: %(default)s)")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.set_defaults(command=_lab)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    from alviz import datasets
    from alviz.runner import CycleRunner

    initial: int | str = arguments.initial
    if initial != "balanced":
        try:
            initial = int(arguments.initial)
        except ValueError as error:
            raise InvalidInput(f"--initial is {arguments.initial!r}, expected a number or 'balanced'.") from error
    pool: Pool = datasets.load(arguments.data)
    with _Bars() as bars:
        runner = CycleRunner(
            pool,
            arguments.learner,
            arguments.sampler,
            initial=initial,
            budget=arguments.budget,
            subset=arguments.subset,
            seed=arguments.seed,
            path=arguments.out,
            on_progress=bars.update,
        )
        done = runner.history.closed
        if done:
            print(f"{arguments.out} is at {done} acquisitions; going on.")
        runner.run(until=arguments.until)
        runner.close()
    return _show(argparse.Namespace(run=arguments.out))


class _Bars:
    """One progress bar: the phase of the cycle that runs."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("cycle {task.fields[cycle]:>3}  {task.description:<6}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, transient=True)
        self._task = self._progress.add_task("start", total=1, cycle=0)

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def update(self, told: Progress) -> None:
        self._progress.update(
            self._task, description=told.phase, completed=told.done, total=max(1, told.total), cycle=told.cycle
        )


def _show(arguments: argparse.Namespace) -> int:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from alviz.store import Run

    run = Run.open(arguments.run)
    table = Table(title=repr(run), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    rows: list[dict[str, str]] = []
    for cycle in range(run.fitted):
        record = run.record(cycle)
        metrics = {name: f"{value:.4f}" for name, value in record.metrics.items()}
        seconds = {f"{name} s": f"{phase.seconds:.2f}" for name, phase in record.phases.items() if name != "label"}
        picked = "" if record.sampler is None else f"{record.asked} by {record.sampler['name']}"
        rows.append({"cycle": str(cycle), "labels": str(record.labeled), **metrics, "picked": picked, **seconds})
    for name in dict.fromkeys(name for row in rows for name in row):
        table.add_column(name, justify="left" if name == "picked" else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(row.get(str(column.header), "") for column in table.columns))
    Console().print(table)
    return 0


def _samplers(_: argparse.Namespace) -> int:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from alviz import samplers

    table = Table("sampler", "needs", "parameters (defaults)", box=box.SIMPLE_HEAD, show_lines=True)
    for name in samplers.names():
        part = samplers.make(name)
        parameters = "\n".join(
            f"{f.name}={getattr(part, f.name)!r}  [dim]{f.metadata.get('help', '')}[/dim]" for f in fields(part)
        )
        table.add_row(name, ", ".join(sorted(part.needs)) or "nothing", parameters)
    Console().print(table)
    return 0


def _lab(arguments: argparse.Namespace) -> int:
    if find_spec("jupyterlab") is None:
        raise InvalidInput("JupyterLab is not installed here: pip install 'alviz[lab]'.")
    notebook = arguments.notebook
    if notebook is not None and not notebook.is_file():
        raise InvalidInput(f"There is no notebook {notebook}.")
    if notebook is None:
        from alviz.store import Run

        for path in arguments.runs:
            Run.open(path)
        notebook = _explorer_notebook(arguments.runs)
    command = [sys.executable, "-m", "jupyterlab", str(notebook), f"--ServerApp.port={arguments.port}"]
    if arguments.no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return subprocess.run(command, check=False).returncode


def _explorer_notebook(runs: Sequence[Path]) -> Path:
    """Write a notebook of one cell that opens an explorer on `runs`, and return its path."""
    import nbformat

    if runs:
        opened = ",\n    ".join(f"alviz.Run.open({str(path.resolve())!r})" for path in runs)
        source = f"import alviz\n\nalviz.Explorer(\n    {opened},\n)"
    else:
        source = (
            "import alviz\n\nrunner = alviz.CycleRunner(alviz.datasets.digits(), "
            'sampler="margin", path="runs/lab")\nalviz.Explorer(runner)'
        )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = Path(tempfile.mkdtemp(prefix="alviz-lab-")) / "explorer.ipynb"
    nbformat.write(notebook, path)
    return path


if __name__ == "__main__":
    sys.exit(main())
