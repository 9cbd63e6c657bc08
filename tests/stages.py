"""Run every check that `make test` stands for, in turn, and say what each took."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q", "--durations=5"]

# Small networks on small batches: a second thread gains little, and loses much when the cores are busy.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", **os.environ}


def stages(notebooks: Path) -> list[tuple[str, list[str], int]]:
    """Return (name, command, budget in seconds) of each; notebooks run in a copy, where they leave their runs."""
    nbval = [*PYTEST, "--nbval", "--nbval-cell-timeout=300", "--rootdir=.", "--config-file=pyproject.toml"]
    return [
        ("lint", [str(BIN / "ruff"), "check", "."], 60),
        ("format", [str(BIN / "ruff"), "format", "--check", "."], 60),
        ("types", [str(BIN / "mypy")], 180),
        ("architecture", [str(BIN / "lint-imports")], 60),
        # A file stays in one process, with its fixtures; two processes are two cores' worth.
        ("unit and contracts", [*PYTEST, "-n", "2", "--dist", "loadfile", "-m", "not browser", "tests"], 900),
        ("notebooks", [*nbval, str(notebooks)], 420),
        ("notebooks again", [*nbval, str(notebooks)], 420),  # on the runs of the first time: nothing changes
        ("browser", [*PYTEST, "-m", "browser", "tests/browser"], 1080),
    ]


def main() -> int:
    """Run the stages named on the command line, or all."""
    rows: list[tuple[str, str, float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder) / "notebooks"
        shutil.copytree(ROOT / "notebooks", notebooks, ignore=shutil.ignore_patterns("runs", ".*"))
        shutil.copytree(ROOT / "data", Path(folder) / "data")
        for name, command, budget in stages(notebooks):
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            print(f"\n=== {name}", flush=True)
            start = time.perf_counter()
            status = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False).returncode
            result = "ok" if status == 0 else f"FAILED ({status})"
            if status == 1 and name == "browser":
                # A page on a busy machine: what fails gets one more try, and the table says that it needed it.
                again = [*command, "--last-failed"]
                status = subprocess.run(again, cwd=ROOT, env=ENVIRONMENT, check=False).returncode
                result = "ok, 2nd try" if status == 0 else f"FAILED ({status})"
            rows.append((name, result, time.perf_counter() - start, budget))
    print("\nstage                 result       seconds   budget")
    for name, result, seconds, budget in rows:
        print(f"{name:<20}  {result:<11}  {seconds:7.0f}  {budget:7d}")
    return 0 if all(result.startswith("ok") for _, result, _, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
