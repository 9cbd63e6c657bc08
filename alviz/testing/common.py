"""What the checks of samplers and learners share."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from typing import Any

import numpy as np

from alviz.errors import InvalidInput, Stopped
from alviz.part import Part
from alviz.registry import PartRegistry

Report = tuple[str, int, int]


def expect(so: object, otherwise: str) -> None:
    """Raise AssertionError with the sentence `otherwise` unless `so`."""
    if not so:
        raise AssertionError(otherwise)


def equal(a: Any, b: Any) -> bool:
    """Whether two arrays (or Nones) are the same bit for bit, NaN included."""
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    return bool(a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes())


def frozen(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a copy that cannot be written to, as arrays read from a run cannot."""
    array = np.array(array)
    array.flags.writeable = False
    return array


@contextmanager
def untouched_randomness(who: str) -> Iterator[None]:
    """Refuse a block that draws from, or seeds, a generator of the whole process."""
    before = _global_states()
    try:
        yield
    finally:
        after = _global_states()
    for library, state in before.items():
        expect(after[library] == state, f"{who} changes the global random state of {library}; use the given rng.")


@contextmanager
def other_global_state() -> Iterator[None]:
    """Run a block under other global random states than the caller's, then put those back."""
    import torch

    kept = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=[]):
            random.seed(11)
            np.random.seed(11)  # noqa: NPY002
            torch.manual_seed(11)
            yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002


def _global_states() -> dict[str, bytes]:
    import torch

    return {
        "random": repr(random.getstate()).encode(),
        "numpy": repr([np.asarray(part).tolist() for part in np.random.get_state()]).encode(),  # noqa: NPY002
        "torch": torch.random.get_rng_state().numpy().tobytes(),
    }


def check_reports(reports: Sequence[Report], phases: Sequence[str], who: str) -> None:
    """Refuse reports of phases that there are not, or of more done than there is to do."""
    for phase, done, total in reports:
        expect(phase in phases, f"{who} reports the phase {phase!r}, expected one of {', '.join(phases)}.")
        expect(0 <= done <= total and total >= 1, f"{who} reports {done} of {total} in {phase}.")


def check_stops(work: Callable[[Callable[[str, int, int], None]], object], reports: int, who: str) -> None:
    """Refuse work that goes on after its first, a middle or its last report raised `Stopped`."""
    for at in sorted({0, reports // 2, reports - 1} if reports else set()):
        seen = 0

        def stop(phase: str, done: int, total: int, at: int = at) -> None:
            nonlocal seen
            seen += 1
            if seen > at:
                raise Stopped(f"report {at}")

        with untouched_randomness(f"{who}, stopped half-way,"):
            try:
                work(stop)
            except Stopped:
                stopped = True
            else:
                stopped = False
        expect(stopped and seen == at + 1, f"{who} goes on after a report raised Stopped.")


def check_part(part: Part, registry: PartRegistry[Any]) -> None:
    """Refuse a part that does not say what it is: config, help and bounds of every parameter."""
    who = type(part).__name__
    frozen_class = is_dataclass(part) and type(part).__dataclass_params__.frozen  # type: ignore[attr-defined]
    expect(frozen_class, f"{who} is no frozen dataclass.")
    lost = [name for name, value in vars(type(part)).items() if isinstance(value, Field)]
    expect(not lost, f"{who} declares {', '.join(lost)} but is no dataclass: put @dataclass(frozen=True) before it.")
    _check_config(part, registry)
    for f in fields(part):
        for other in _check_parameter(part, f, f"{who}.{f.name}"):
            _check_config(other, registry)


def _check_config(part: Part, registry: PartRegistry[Any]) -> None:
    """Refuse a config that does not survive being written as JSON, or makes another part than it came from."""
    who, given = type(part).__name__, part.config()
    try:
        config = json.loads(json.dumps(given, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{who}.config() is {given}, expected what JSON can hold: {error}.") from error
    expect(config["name"] == type(part).name, f"{who}.config() names {config['name']!r}.")
    if any(callable(getattr(part, f.name)) for f in fields(part)):
        return
    registered = part.name in registry.names() and registry.get(part.name) is type(part)
    again = registry.make(config) if registered else type(part)(**config["params"])
    expect(type(again) is type(part) and again == part, f"{who}.config() makes {again!r} again, not {part!r}.")
    expect(config == again.config(), f"{who}.config() is {again.config()}, and {config} once JSON has held it.")


def _check_parameter(part: Part, f: Field[Any], who: str) -> Iterator[Part]:
    """Refuse a parameter that is not declared, or not checked; yield the part with its other values."""
    expect(f.metadata.get("help"), f"{who} has no help: declare it with alviz.part.parameter.")
    expect(f.default is not MISSING, f"{who} has no default: a drop-down makes parts by their name alone.")
    is_number = isinstance(f.default, (int, float)) and not isinstance(f.default, bool)
    if "choices" in f.metadata:
        for choice in f.metadata["choices"]:
            yield _with(part, f.name, choice, who)
        _check_refused(part, f.name, "no such choice", who)
    elif isinstance(f.default, bool):
        yield _with(part, f.name, not f.default, who)
        _check_refused(part, f.name, "text", who)
    elif is_number:
        expect({"low", "high"} <= set(f.metadata), f"{who} is a number without bounds: no slider can be made of it.")
        low, high = f.metadata["low"], f.metadata["high"]
        expect(low <= f.default <= high, f"{who} is {f.default} by default, outside {low}..{high}.")
        for bound in (low, high):
            yield _with(part, f.name, bound, who)
        for value in (low - 1, high + 1, float("nan") if isinstance(f.default, float) else low + 0.5, "text", True):
            _check_refused(part, f.name, value, who)


def _with(part: Part, name: str, value: Any, who: str) -> Part:
    try:
        return replace(part, **{name: value})
    except InvalidInput as error:
        raise AssertionError(f"{who} refuses {value!r}, which its own declaration allows: {error}") from error


def _check_refused(part: Part, name: str, value: Any, who: str) -> None:
    try:
        replace(part, **{name: value})
    except InvalidInput:
        return
    raise AssertionError(f"{who} takes {value!r}; expected InvalidInput.")
