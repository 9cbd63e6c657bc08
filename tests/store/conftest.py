"""A second process that writes a run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

WRITER = """
import sys
from pathlib import Path
from alviz.store.lock import acquire
lock = acquire(Path(sys.argv[1]))
print("holds", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_process() -> Callable[[Path], AbstractContextManager[int]]:
    """Hold a run's lock in another process; gives that process's id."""

    @contextmanager
    def hold(path: Path) -> Iterator[int]:
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "holds"
            try:
                yield process.pid
            finally:
                process.kill()

    return hold
