"""Run every check that `make test` stands for, in turn, and say what each took."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
BIN = Path(PYTHON).parent
PYTEST = [PYTHON, "-m", "pytest", "-q", "--durations=5"]

# name, command, budget in seconds
STAGES: list[tuple[str, list[str], int]] = [
    ("lint", [str(BIN / "ruff"), "check", "."], 60),
    ("format", [str(BIN / "ruff"), "format", "--check", "."], 60),
    ("types", [str(BIN / "mypy")], 180),
    ("architecture", [str(BIN / "lint-imports")], 60),
    ("unit and contracts", [*PYTEST, "-m", "not browser", "tests"], 600),
    ("notebooks", [*PYTEST, "--nbval", "--nbval-cell-timeout=300", "notebooks"], 480),
    ("browser", [*PYTEST, "-m", "browser", "tests/browser"], 480),
]


# Small networks on small batches: a second thread gains little, and loses much when the cores are busy.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", **os.environ}


def main() -> int:
    wanted = sys.argv[1:] or [name for name, _, _ in STAGES]
    rows: list[tuple[str, str, float, int]] = []
    for name, command, budget in STAGES:
        if name not in wanted:
            continue
        print(f"\n=== {name}: {' '.join(Path(c).name if c.startswith('/') else c for c in command)}", flush=True)
        start = time.perf_counter()
        status = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False).returncode
        rows.append((name, "ok" if status == 0 else f"FAILED ({status})", time.perf_counter() - start, budget))
    print("\nstage                 result       seconds   budget")
    for name, result, seconds, budget in rows:
        print(f"{name:<20}  {result:<11}  {seconds:7.0f}  {budget:7d}")
    return 0 if all(result == "ok" for _, result, _, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
