"""``alviz lab``: JupyterLab on an explorer of runs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from alviz.errors import InvalidInput


def lab(arguments: argparse.Namespace) -> int:
    """Start JupyterLab on a notebook, or on one made for the given runs."""
    if find_spec("jupyterlab") is None:
        raise InvalidInput("JupyterLab is not installed here: pip install 'alviz[lab]'.")
    notebook = arguments.notebook
    if notebook is not None and not notebook.is_file():
        raise InvalidInput(f"There is no notebook {notebook}.")
    if notebook is None:
        from alviz.store import Run

        for path in arguments.runs:
            Run.open(path)
        notebook = labeler_notebook(arguments.runs) if arguments.label else explorer_notebook(arguments.runs)
    command = [sys.executable, "-m", "jupyterlab", str(notebook), f"--ServerApp.port={arguments.port}"]
    # The address that is printed opens the notebook too, not only the browser that JupyterLab starts itself.
    command.append(f"--LabApp.default_url=/lab/tree/{quote(notebook.name)}")
    if arguments.no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return subprocess.run(command, check=False).returncode


def explorer_notebook(runs: Sequence[Path]) -> Path:
    """Write a notebook of one cell that opens an explorer on `runs`, and return its path."""
    if runs:
        opened = ",\n    ".join(f"alviz.Run.open({str(path.resolve())!r})" for path in runs)
        source = f"import alviz\n\nalviz.Explorer(\n    {opened},\n)"
    else:
        source = (
            "import alviz\n\nrunner = alviz.CycleRunner(alviz.datasets.digits(), "
            'sampler="margin", path="runs/lab")\nalviz.Explorer(runner)'
        )
    return _notebook("explorer", source)


def labeler_notebook(runs: Sequence[Path]) -> Path:
    """Write a notebook of one cell in which a person labels a run, and return its path."""
    if len(runs) != 1:
        raise InvalidInput(f"--label takes one run folder, got {len(runs)}.")
    source = (
        f"import alviz\n\nrunner = alviz.CycleRunner.resume({str(runs[0].resolve())!r})\n"
        "labeler = alviz.Labeler(runner)\nlabeler"
    )
    return _notebook("labeler", source)


def _notebook(name: str, source: str) -> Path:
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = Path(tempfile.mkdtemp(prefix="alviz-lab-")) / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path
