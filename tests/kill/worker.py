"""A process that imports alviz once, then forks children that work on a run until a chosen moment and die there.

One JSON order per line on stdin, one answer per line on stdout. A child counts the moments of its work: every
opening, making, renaming, removing, truncating and flushing of a file, and every report of progress. At the
moment that the order names it ends itself with SIGKILL, before the thing happens: no handler, no clean-up.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import runs

import alviz
from alviz import CycleRunner, Pool, Progress, Run

MOMENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"}


class Fuse:
    """Counts moments below a folder, and burns out at one of them."""

    def __init__(self, folder: Path, at: int | None) -> None:
        self.folder = str(folder)
        self.at = at
        self.moments: list[str] = []
        self.lit = False

    def moment(self, name: str) -> None:
        if not self.lit:
            return
        if len(self.moments) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.moments.append(name)

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in MOMENTS or not self.lit:
            return
        path = args[0]
        if isinstance(path, (str, os.PathLike)):
            # A name without a folder comes from a removal that walks a tree of ours.
            whole = os.fspath(path)
            if os.path.isabs(whole) and not whole.startswith(self.folder):  # noqa: PTH117  a hook stays simple
                return
            self.moment(f"{event} {os.path.relpath(whole, self.folder) if os.path.isabs(whole) else whole}")  # noqa: PTH117
        elif event == "os.truncate":
            self.moment(event)

    def report(self, progress: Progress) -> None:
        self.moment(f"{progress.phase} {progress.done}/{progress.total}")

    def flush(self, real: Callable[[int], None], descriptor: int) -> None:
        self.moment("fsync")
        real(descriptor)


def cycle(order: dict[str, Any], pool: Pool, fuse: Fuse) -> None:
    runner = CycleRunner.resume(order["path"], pool, on_progress=fuse.report)
    fuse.lit = True
    selection = runner.query()
    fuse.moment("between query and label")
    runner.label(selection.ids)


def create(order: dict[str, Any], pool: Pool, fuse: Fuse) -> None:
    fuse.lit = True
    CycleRunner(pool, path=order["path"], **{**runs.FAST, **order.get("config", {})})


def resume(order: dict[str, Any], pool: Pool, fuse: Fuse) -> None:
    fuse.lit = True
    CycleRunner.resume(order["path"], pool)


def restore(order: dict[str, Any], pool: Pool, fuse: Fuse) -> None:
    runner = CycleRunner.resume(order["path"], pool)
    fuse.lit = True
    runner.restore(1)


def flatten(order: dict[str, Any], pool: Pool, fuse: Fuse) -> None:
    run = Run.open(order["path"], pool)
    fuse.lit = True
    run.flatten()


JOBS = {"cycle": cycle, "create": create, "resume": resume, "restore": restore, "flatten": flatten}


def child(order: dict[str, Any], pool: Pool) -> None:
    fuse = Fuse(Path(order["path"]), order.get("at"))
    real = os.fsync
    os.fsync = lambda descriptor: fuse.flush(real, descriptor)  # type: ignore[assignment, arg-type]
    sys.addaudithook(fuse.audit)
    JOBS[order["job"]](order, pool, fuse)
    fuse.lit = False
    if "moments" in order:
        Path(order["moments"]).write_text(json.dumps(fuse.moments), encoding="utf-8")


def main() -> None:
    import torch

    torch.set_num_threads(1)
    pool = runs.few()
    for name in ("linear", "supervised"):
        alviz.learners.make(name).check(pool)
    # An optimizer's first step imports for seconds: here once, not in every child. No backward pass: torch
    # refuses one in a child whose parent made one.
    weight = torch.zeros(1, requires_grad=True)
    weight.grad = torch.zeros(1)
    torch.optim.Adam([weight]).step()
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                child(json.loads(line), pool)
                status = 0
            except BaseException:  # noqa: BLE001  the child must end here, whatever happened
                traceback.print_exc()
            finally:
                os._exit(status)
        _, ended = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


if __name__ == "__main__":
    main()
