"""What alviz raises: every message names what was given, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class AlvizError(Exception):
    """Base of every error that alviz raises on purpose."""


class InvalidInput(AlvizError, ValueError):
    """A value that was passed in cannot be used."""


class UnknownName(AlvizError, LookupError):
    """No sampler, learner, oracle, map, dataset or network goes by that name."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        known = sorted(known)
        near = get_close_matches(str(name), known, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        super().__init__(f"There is no {kind} named {name!r}. {hint}Known: {', '.join(known)}.")


class NameClash(AlvizError):
    """Two packages give different parts the same name."""


class MissingNeeds(AlvizError, ValueError):
    """A sampler needs what the learner does not give."""


class PoolMissing(AlvizError):
    """Something asks for the pool's examples and the run was opened without them."""


class StoreError(AlvizError):
    """A run folder cannot be read or written."""


class NotARun(StoreError):
    """The folder is not a run."""


class NewerSchema(StoreError):
    """The run was written by a newer alviz."""


class DamagedFile(StoreError):
    """A file of the run is missing or differs from its checksum."""


class ArrayDropped(StoreError):
    """The run was told not to keep this array (``keep=``)."""


class RunLocked(StoreError):
    """Another process writes this run."""


class DiskFull(StoreError):
    """There is no room for the next cycle; nothing was half-written."""


class ConfigMismatch(StoreError):
    """The path holds a run that was started with another configuration."""


class WorkerMismatch(AlvizError):
    """A worker of a sweep has other versions of the libraries that results depend on."""


class WorkerDied(AlvizError):
    """Workers of a sweep ended without a word, again and again."""


class NoScheduler(AlvizError):
    """No scheduler, or none with workers, answers where a sweep was told that one is."""


class RunnerBusy(AlvizError, RuntimeError):
    """A call came while another one was running."""


class Stopped(AlvizError):
    """The work was asked to stop, and did; what was committed before stays."""


class AlvizWarning(UserWarning):
    """Something will work, but probably not as meant."""
