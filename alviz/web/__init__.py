"""The selection map for browsers: plain ES modules, joined into one text where a page takes only one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from alviz.errors import InvalidInput

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "\./([\w-]+\.js)";$', re.MULTILINE)
_ANY_IMPORT = re.compile(r"^\s*import\b.*$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function\b|class\b|const\b)", re.MULTILINE)
_ANY_EXPORT = re.compile(r"^\s*export\b.*$", re.MULTILINE)


@cache
def module(entry: str) -> str:
    """Return one module text: `entry` after everything that it imports.

    Parameters
    ----------
    entry : str
        File name of a module of this folder, such as ``"map.js"``.

    Returns
    -------
    str
        An ES module without imports; only what `entry` exports is exported.

    Raises
    ------
    InvalidInput
        There is no such module, modules import each other in a circle, or one imports or exports in a
        form that cannot be joined.
    """
    order: list[str] = []
    _collect(entry, order, ())
    parts = [_EXPORT.sub("", _body(name)) for name in order[:-1]]
    for name, part in zip(order, parts, strict=False):
        if left := _ANY_EXPORT.search(part):
            raise InvalidInput(
                f"{name} says {left[0].strip()!r}. Write `export` only before a class, function or const."
            )
    return "\n".join([*parts, _body(entry)])


@cache
def style() -> str:
    """Return the style sheet of the selection map."""
    return (_FOLDER / "map.css").read_text(encoding="utf-8")


def _collect(name: str, order: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise InvalidInput(f"{' imports '.join([*above, name])}. Take what both need into a module of its own.")
    if name not in order:
        for needed in _IMPORT.findall(_text(name)):
            _collect(needed, order, (*above, name))
        order.append(name)


def _body(name: str) -> str:
    body = _IMPORT.sub("", _text(name))
    if left := _ANY_IMPORT.search(body):
        raise InvalidInput(f'{name} says {left[0].strip()!r}. Write imports as `import {{ a, b }} from "./x.js";`.')
    return f"// {name}\n{body.strip()}\n"


def _text(name: str) -> str:
    path = _FOLDER / name
    if path.parent != _FOLDER or path.suffix != ".js" or not path.is_file():
        known = ", ".join(sorted(file.name for file in _FOLDER.glob("*.js")))
        raise InvalidInput(f"There is no module {name!r}. Known: {known}.")
    return path.read_text(encoding="utf-8")
