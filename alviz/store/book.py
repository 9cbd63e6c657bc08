"""The label book of a family of runs: every answer ever given, one JSON line each, append-only."""

from __future__ import annotations

import json
import os
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from io import FileIO
from pathlib import Path

from filelock import FileLock

from alviz.book import Answer, Entry, Tally, entry
from alviz.errors import AlvizWarning, ConfigMismatch, DamagedFile
from alviz.store.files import no_room, sync_folder

NAME = "labels.jsonl"
_FORMAT = 1


class Book:
    """The book in a run folder. Many processes may read it and append to it at once.

    Parameters
    ----------
    root : Path
        The folder of the root run.
    digest : str
        Of the pool that its ids are rows of.
    classes : sequence of str
        The pool's class names.
    """

    def __init__(self, root: Path, digest: str, classes: Sequence[str]) -> None:
        self.path = root / NAME
        self._digest = digest
        self._classes = tuple(classes)
        self._guard = threading.RLock()
        self._forget()

    def look(self) -> Tally:
        """Return what the entries come to, those that others have appended included.

        A last line without its end is no answer yet: it is being written, or a kill cut it short.

        Raises
        ------
        DamagedFile
            Naming the line that is no entry.
        ConfigMismatch
            If the book is of another pool.
        """
        with self._guard:
            try:
                size = self.path.stat().st_size
            except FileNotFoundError:
                size = 0
            if size < self._read:
                self._forget()  # another file has taken its place
            if size > self._read:
                with self.path.open("rb") as file:
                    file.seek(self._read)
                    self._take(file.read())
            return self._tally

    def append(self, entries: Iterable[Entry]) -> list[Entry]:
        """Append entries, flushed to the disk before it returns, and return those that were written.

        An answer that says what the last one to its id says is not written twice: an attempt that did not come to
        its end may be made again.
        """
        return self.change(lambda _: entries)

    def change(self, make: Callable[[Tally], Iterable[Entry]]) -> list[Entry]:
        """Append what `make` returns for the book as it stands; nobody else appends in between.

        Raises
        ------
        DiskFull
            Nothing was written.
        """
        lock = FileLock(self.path.with_name(f".{NAME}.lock"), thread_local=False)
        with no_room(self.path), self._guard, lock:
            tally = self.look()
            new = [told for told in make(tally) if not (isinstance(told, Answer) and told.says_as(_last(tally, told)))]
            if new:
                self._write(new)
                self.look()
            return new

    def mend(self) -> bool:
        """Cut off a last line that a kill left without its end; return whether there was one."""
        if not self.path.exists():
            return False
        with self._guard, FileLock(self.path.with_name(f".{NAME}.lock"), thread_local=False):
            with self.path.open("rb+", buffering=0) as file:
                cut = _cut(file)
                if cut:
                    os.fsync(file.fileno())
            return cut

    def _write(self, entries: Sequence[Entry]) -> None:
        made = not self.path.exists()
        # Unbuffered: closing the file has nothing left to write, also after an error.
        with self.path.open("ab+", buffering=0) as file:
            if _cut(file):
                warnings.warn(
                    f"{self.path} ended in half a line, left by a kill: it was never an answer, and is cut off.",
                    AlvizWarning,
                    stacklevel=5,
                )
            size = file.seek(0, os.SEEK_END)
            about = [] if size else [{"book": _FORMAT, "pool": self._digest}]
            rest = "".join(json.dumps(line) + "\n" for line in (*about, *(new.to_json() for new in entries))).encode()
            try:
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(size)
                raise
        if made:
            sync_folder(self.path.parent)

    def _forget(self) -> None:
        self._tally = Tally(self._classes)
        self._read = 0
        self._lines = 0

    def _take(self, told: bytes) -> None:
        """Take the whole lines of what was read."""
        end = told.rfind(b"\n") + 1
        for line in told[:end].split(b"\n")[:-1]:
            self._lines += 1
            try:
                data = json.loads(line)
                new = entry(data)
            except (ValueError, KeyError, TypeError) as error:
                message = f"{self.path}, line {self._lines} is not an entry: {line[:80]!r}."
                self._forget()
                raise DamagedFile(message) from error
            if new is not None:
                self._tally.take(new)
            elif data.get("pool") != self._digest:
                self._forget()
                raise ConfigMismatch(
                    f"{self.path} is the label book of another pool (digest {str(data.get('pool'))[:12]}…, expected "
                    f"{self._digest[:12]}…). Put the book of this run back; alviz.exchange.import_labels takes labels "
                    "over from elsewhere."
                )
        self._read += end


def _last(tally: Tally, answer: Answer) -> Answer | None:
    history = tally.history(answer.id)
    return history[-1] if history else None


def _cut(file: FileIO) -> bool:
    """Cut a file off after its last whole line; return whether there was anything to cut."""
    size = file.seek(0, os.SEEK_END)
    whole, step = size, 1 << 16
    # From the end: books grow long, and almost always the last byte ends a line.
    while whole:
        start = max(0, whole - step)
        file.seek(start)
        end = file.read(whole - start).rfind(b"\n")
        if end >= 0:
            whole = start + end + 1
            break
        whole = start
    if whole < size:
        file.truncate(whole)
    return whole < size
