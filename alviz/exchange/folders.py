"""Labels as folders: files that lie below the folder of their class."""

from __future__ import annotations

import os
from pathlib import Path

from alviz.errors import InvalidInput
from alviz.exchange.given import Given, Line

# What systems leave in folders by themselves; hidden files are passed over too.
_LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
UNLABELED = "unlabeled"


def read(path: Path) -> Given:
    """Return the files below the folders of classes, each named by its path below `path`.

    Files beside the folders have no class, and those below ``unlabeled`` none yet: they are passed over.
    """
    lines, tails = [], {}
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(filter(_shown, folders))
        parts = Path(folder).relative_to(path).parts
        if not parts or parts[0] == UNLABELED:
            continue
        for file in sorted(filter(_shown, files)):
            name = "/".join((*parts, file))
            lines.append(Line(f"the file {name!r}", None, name, parts[0]))
            tails[name] = "/".join((*parts[1:], file))
    if not lines:
        raise InvalidInput(f"{path} holds no file below a folder: expected one folder per class.")
    return Given(path, lines, tails=tails)


def _shown(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _LITTER
