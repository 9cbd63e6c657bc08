"""``alviz labels``: what people answered, in and out."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alviz.cli.showing import console

if TYPE_CHECKING:
    from alviz.book import Tally
    from alviz.store import Run

_EXAMPLES = """examples:
  alviz labels show runs/photos
  alviz labels export runs/photos -o labels.csv
  alviz labels export runs/photos -o tasks.json --format label-studio
  alviz labels import runs/photos sorted/ --add-classes --who ada
  alviz labels model runs/photos -o model
  alviz labels pseudo runs/photos -o pseudo.csv --least 0.9

A run that is open elsewhere may be shown and exported, and takes imported labels; its next fit learns from them.
"""
# Conflicts that are listed one by one.
_LISTED = 20


def add_labels(commands: Any) -> None:
    """Add ``labels`` and what can be done with them to the commands."""
    labels = commands.add_parser(
        "labels",
        help="show a run's labels, take them out and in, export its model",
        description="Show a run's labels, take them out and in, export its model and what it predicts.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = labels.add_subparsers(required=True, metavar="WHAT")

    _kind(kinds, "show", "labels per class, people, and where they differ", show, pooled=False)

    out = _kind(kinds, "export", "all labels that hold now, into a file", export)
    _add_out(out, "FILE", "ends in .csv, .parquet or .json")
    out.add_argument("--format", help="csv, parquet, coco or label-studio; needed for .json")

    into = _kind(kinds, "import", "labels from a file or a folder per class, into the run's label book", take_in)
    into.add_argument("source", type=Path, metavar="FILE", help="CSV, Parquet, JSON, or a folder")
    into.add_argument("--format", help="csv, parquet, coco, label-studio or folder (default: as the file tells)")
    into.add_argument("--who", help="whose answers they become (default: the system's user)")
    into.add_argument("--add-classes", action="store_true", help="labels that name no class become classes")
    into.add_argument(
        "--on-conflict",
        default="refuse",
        choices=("refuse", "last", "keep"),
        help="where an example has another label: refuse the file, let it win, or keep what is there "
        "(default: %(default)s)",
    )

    model = _kind(kinds, "model", "the weights of a fit, with a program that loads them", export_model)
    _add_out(model, "FOLDER", "the folder to write")
    _add_cycle(model)

    pseudo = _kind(kinds, "pseudo", "what a fit predicts for the examples without a label", export_pseudo)
    _add_out(pseudo, "FILE", "ends in .csv or .parquet")
    _add_cycle(pseudo)
    pseudo.add_argument(
        "--least", type=float, default=0.0, metavar="SHARE", help="only what is this certain (default: %(default)s)"
    )


def _kind(
    kinds: Any, name: str, help: str, command: Callable[[argparse.Namespace], int], pooled: bool = True
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    if pooled:
        parser.add_argument("--data", metavar="NAME[:PATH]", help="the pool, where the run cannot load it by itself")
    parser.set_defaults(command=command)
    return parser


def _add_out(parser: argparse.ArgumentParser, metavar: str, help: str) -> None:
    parser.add_argument("-o", "--out", type=Path, required=True, metavar=metavar, help=help)
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")


def _add_cycle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cycle", type=int, metavar="K", help="whose fit (default: the last)")


def _open(arguments: argparse.Namespace) -> Run:
    from alviz import datasets
    from alviz.store import Run

    return Run.open(arguments.run, None if arguments.data is None else datasets.load(arguments.data))


def export(arguments: argparse.Namespace) -> int:
    """Write the labels and say where they are."""
    from alviz.exchange import export_labels

    print(export_labels(_open(arguments), arguments.out, arguments.format, overwrite=arguments.overwrite))
    return 0


def take_in(arguments: argparse.Namespace) -> int:
    """Import labels and say what came of it."""
    from alviz.exchange import import_labels

    told = import_labels(
        _open(arguments),
        arguments.source,
        arguments.format,
        arguments.who,
        arguments.on_conflict,
        add_classes=arguments.add_classes,
    )
    kept = {"last": " and replaced", "keep": " and left as they were"}.get(arguments.on_conflict, "")
    conflicting = f", {told.conflicting} in conflict{kept}" if told.conflicting else ""
    print(f"{told.added} labels added, {told.unchanged} there already{conflicting}, {told.set_aside} set aside.")
    return 0


def export_model(arguments: argparse.Namespace) -> int:
    """Write a model and say where it is."""
    from alviz.exchange import export_model as write

    folder = write(_open(arguments), arguments.out, arguments.cycle, overwrite=arguments.overwrite)
    print(f"{folder}: load.py shows how it is used.")
    return 0


def export_pseudo(arguments: argparse.Namespace) -> int:
    """Write pseudo-labels and say where they are."""
    from alviz.exchange import export_pseudo_labels

    cycle, least = arguments.cycle, arguments.least
    print(export_pseudo_labels(_open(arguments), arguments.out, cycle, least, overwrite=arguments.overwrite))
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print the labels of a run: per class, by person, and where people differ."""
    from alviz.store import Run

    run = Run.open(arguments.run)
    tally = run.book.look()
    labels = tally.held(run.initial.by_id())
    screen = console()
    screen.print(_classes(run, tally, labels))
    screen.print(_people(tally))
    aside = Counter(answer.why for answer in tally.set_aside.values())
    told = ", ".join(f"{count} {why}" for why, count in sorted(aside.items()))
    print(f"{len(labels)} of {run.size} labeled; set aside: {told or 'none'}.")
    conflicts, agreement = tally.conflicts(), tally.agreement()
    if agreement is None:
        print("No example was labeled by two people.")
        return 0
    print(f"{agreement:.1%} of the examples that several people labeled are labeled alike; {len(conflicts)} differ.")
    if conflicts:
        screen.print(_conflicts(tally))
    if len(conflicts) > _LISTED:
        print(f"… and {len(conflicts) - _LISTED} more.")
    return 0


def _table(*columns: str, title: str = "") -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    # Names are of others: text, never markup.
    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for at, name in enumerate(columns):
        table.add_column(name, justify="left" if at == 0 else "right")
    return table


def _add(table: Any, *cells: object) -> None:
    from rich.text import Text

    table.add_row(*(Text(str(cell)) for cell in cells))


def _classes(run: Run, tally: Tally, labels: dict[int, int]) -> Any:
    answered = Counter(number for id, number in labels.items() if tally.label(id) is not None)
    all_ = Counter(labels.values())
    table = _table("class", "labels", "answered", "initial", title=repr(run))
    for number, name in enumerate(tally.classes):
        if number in tally.removed and not all_[number]:
            continue
        shown = f"{name} (removed)" if number in tally.removed else name
        _add(table, shown, all_[number], answered[number], all_[number] - answered[number])
    return table


def _people(tally: Tally) -> Any:
    answers = Counter(answer.who for answer in tally.entries.copy() if answer.label is not None and not answer.undo)
    hold = Counter(answer.who for answer in tally.last.copy().values() if answer.label is not None)
    aside = Counter(answer.who for answer in tally.set_aside.values())
    table = _table("who", "answers", "of which hold", "set aside")
    for who in sorted({*answers, *hold, *aside}):
        _add(table, who, answers[who], hold[who], aside[who])
    return table


def _conflicts(tally: Tally) -> Any:
    table = _table("id", "counts", "by", "before that")
    for conflict in tally.conflicts()[:_LISTED]:
        *earlier, last = conflict.answers
        before = ", ".join(f"{_name(tally, answer.label)} by {answer.who}" for answer in earlier)
        _add(table, conflict.id, _name(tally, last.label), last.who, before)
    return table


def _name(tally: Tally, number: int | None) -> str:
    return "no label" if number is None else tally.classes[number]
