"""``alviz run``: cycles into a folder, with a progress bar."""

from __future__ import annotations

import argparse
import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from alviz.errors import InvalidInput

if TYPE_CHECKING:
    from alviz.meter import Progress
    from alviz.registry import PartRegistry

KINDS = ("data", "learner", "sampler", "oracle")


def run(arguments: argparse.Namespace) -> int:
    """Run cycles into a folder, or go on with one that is there, and print the table."""
    from alviz import learners, oracles, samplers
    from alviz.cli.showing import show
    from alviz.runner import CycleRunner

    initial: int | str | None = arguments.initial
    if initial not in (None, "balanced", "known"):
        try:
            initial = int(arguments.initial)
        except ValueError as error:
            raise InvalidInput(
                f"--initial is {arguments.initial!r}, expected a number, 'balanced' or 'known'."
            ) from error
    given = settings(arguments.set)
    # Parts first: they are checked in no time, a pool may take its time to be read.
    learner = part(learners.registry, arguments.learner, given["learner"])
    sampler = part(samplers.registry, arguments.sampler, given["sampler"])
    oracle = part(oracles.registry, arguments.oracle, given["oracle"])
    with _Bars() as bars:
        pool = pool_of(arguments.data, given["data"], bars.reading)
        runner = CycleRunner(
            pool,
            learner,
            sampler,
            initial=initial,
            budget=arguments.budget,
            subset=arguments.subset,
            seed=arguments.seed,
            path=arguments.out,
            oracle=oracle,
            on_progress=bars.update,
        )
        done = runner.history.closed
        if done:
            print(f"{arguments.out} is at {done} acquisitions; going on.")
        if oracle.name == "human":
            if not runner.exhausted:
                runner.query()
        else:
            runner.run(until=arguments.until)
        runner.close()
    code = show(argparse.Namespace(run=arguments.out))
    if oracle.name == "human":
        print(f"The picks of cycle {done} wait for a person: alviz lab --label {arguments.out}")
    return code


def settings(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what ``--set sampler.s_margin=0.2`` says, by kind and parameter.

    A value is read as Python writes numbers, True, None and lists; everything else is text.
    """
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for text in given:
        key, equals, value = text.partition("=")
        kind, dot, name = key.partition(".")
        if not equals or not dot or not name or kind not in KINDS:
            raise InvalidInput(
                f"--set {text}: expected KIND.PARAMETER=VALUE with KIND one of {', '.join(KINDS)}, for example "
                "sampler.s_margin=0.2."
            )
        try:
            found[kind][name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            found[kind][name] = value
    return found


def part(registry: PartRegistry[Any], name: str, params: Mapping[str, Any]) -> Any:
    """Return the part of that name with these parameters."""
    known = [f.name for f in fields(registry.get(name))]
    _check_names(f"The {registry.kind} {name!r}", params, known)
    return registry.make({"name": name, "params": dict(params)})


def pool_of(spec: str, params: Mapping[str, Any], reading: Callable[[int, int], None]) -> Any:
    """Return the pool of ``NAME`` or ``NAME:PATH``; makers that take `progress` report how far they are."""
    from alviz import datasets

    maker = datasets.registry.get(datasets.maker_name(spec))
    known = list(inspect.signature(maker).parameters)
    _check_names(f"The dataset {spec!r}", params, [name for name in known if name != "progress"])
    told = {"progress": reading} if "progress" in known else {}
    return datasets.load(spec, **params, **told)


def _check_names(what: str, params: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in params:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise InvalidInput(f"{what} has no parameter {name!r}. {hint}It has: {', '.join(known) or 'none'}.")


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

    def reading(self, done: int, total: int) -> None:
        """Show how much of a pool is read."""
        self._progress.update(self._task, description="read", completed=done, total=max(1, total), cycle=0)
