"""``alviz presets``: the papers' protocols, and cards of what was published beside what we got."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from alviz.errors import InvalidInput

_SCALE = "how the protocol is scaled, such as 0.01"


def add_presets(commands: Any) -> None:
    """Add the command to the parser's commands."""
    one = commands.add_parser("presets", help="list the papers' protocols, print one, or hold a sweep against it")
    one.add_argument("name", nargs="?", metavar="NAME", help="print this one whole")
    one.add_argument("--scale", type=float, default=1.0, help=_SCALE)
    one.add_argument("--card", type=Path, metavar="SWEEP", help="published numbers beside those of a sweep")
    one.set_defaults(command=presets)


def presets(arguments: argparse.Namespace) -> int:
    """Print the table of presets, one of them, or a parity card."""
    from alviz import presets as known

    if arguments.card is not None:
        if arguments.scale != 1:
            raise InvalidInput("--card needs no --scale: a sweep knows how it was scaled.")
        print(_card(arguments.card, arguments.name))
    elif arguments.name is not None:
        print(known.get(arguments.name).scaled(arguments.scale))
    else:
        _table()
    return 0


def _card(path: Path, name: str | None) -> Any:
    from alviz import presets as known
    from alviz.sweep import Sweep

    sweep = Sweep.open(path)
    note = sweep.note
    made_by = note.get("preset") if isinstance(note, dict) else None
    return known.parity(sweep, None if name in (None, made_by) else name)


def _table() -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from alviz import presets as known
    from alviz.cli.showing import console
    from alviz.presets.words import labels, state

    table = Table("preset", "data", "labels", "state", box=box.SIMPLE_HEAD)
    for name in known.names():
        preset = known.get(name)
        table.add_row(*map(escape, (name, preset.source.title, labels(preset), state(preset))))
    console().print(table)
