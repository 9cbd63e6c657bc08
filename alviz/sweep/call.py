"""Which call of `sweep` works on a folder: workers that an earlier one left behind see that they are not wanted."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alviz.errors import Stopped
from alviz.store.files import no_room

_NAME = ".sweeping"

# How often a worker looks. A cluster's file system may take a while for it.
_SECONDS = 1.0


@contextmanager
def called(sweep: Path) -> Iterator[str]:
    """Yield the name of a call, which its workers find in the folder until the block ends.

    A worker on a cluster cannot be ended from here, and one of a call that was killed does not know of it.
    """
    name = uuid.uuid4().hex
    with no_room(sweep):
        (sweep / _NAME).write_text(name, encoding="ascii")
    try:
        yield name
    finally:
        (sweep / _NAME).unlink(missing_ok=True)


def still_wanted(sweep: Path, name: str) -> Callable[[object], None]:
    """Return a listener to a run's progress that ends the run when its call has ended, or another one began."""
    looked = time.monotonic()

    def look(_: object) -> None:
        nonlocal looked
        if time.monotonic() - looked < _SECONDS:
            return
        looked = time.monotonic()
        if not is_wanted(sweep, name):
            raise Stopped("The sweep ended, or was begun anew; all finished steps are kept.")

    return look


def is_wanted(sweep: Path, name: str) -> bool:
    """Whether a call is still the one that works on the folder."""
    try:
        return (sweep / _NAME).read_text(encoding="ascii") == name
    except FileNotFoundError:
        return False
