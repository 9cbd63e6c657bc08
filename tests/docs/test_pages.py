"""The code on the pages works: what a page says in Python is run, block by block, as its reader would."""

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import alviz
from alviz.registry import Registry

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("adding-a-learner.md", "adding-a-sampler.md", "adding-a-tracker.md")


@dataclass(frozen=True)
class Block:
    language: str
    line: int
    """Where its first line stands on the page, counted from 0."""
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [Block(match[1], text.count("\n", 0, match.start(2)), match[2]) for match in found]


def run(page: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the Python blocks of a page in turn, as one module; return what they define."""
    module = ModuleType(f"page_{page.stem.replace('-', '_')}")
    # Dataclasses look their module up; records name classes by it.
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in blocks(page):
        if block.language == "python":
            # As many empty lines as stand above it: a traceback points into the page.
            exec(compile("\n" * block.line + block.text, page, "exec"), vars(module))
    for shown in [value for value in vars(module).values() if isinstance(value, alviz.Explorer)]:
        assert shown.wait(120)
    return vars(module)


@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_a_page_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = run(DOCS / name, monkeypatch)
    assert any(block.language == "python" for block in blocks(DOCS / name))
    for point, (group, name_there) in entry_points(DOCS / name).items():
        registry = import_module(group).registry
        assert isinstance(registry, Registry)
        assert registry._group == group, "the group that alviz reads"
        assert made[point.partition(":")[2]].name == name_there, "the class and its entry point have one name"


def entry_points(page: Path) -> dict[str, tuple[str, str]]:
    """Return the group and name of every entry point that the page's pyproject.toml gives, by what it points to."""
    found: dict[str, tuple[str, str]] = {}
    for block in blocks(page):
        if block.language == "toml":
            for group, points in tomllib.loads(block.text)["project"].get("entry-points", {}).items():
                found |= {value: (group, name) for name, value in points.items()}
    return found


def test_blocks_are_found_with_their_language_and_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("One\n\n```python\nx = 1\ny = 2\n```\n\n```\nplain\n```\n```sh\nls\n```\n")
    assert blocks(page) == [Block("python", 3, "x = 1\ny = 2\n"), Block("", 8, "plain\n"), Block("sh", 11, "ls\n")]


def test_an_error_points_to_its_line_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("One\n\n```python\nx = 1\n```\n\nTwo\n\n```python\nx += 1\nx / 0\n```\n")
    with pytest.raises(ZeroDivisionError) as error:
        run(page, monkeypatch)
    last = error.traceback[-1]
    assert (last.path, last.lineno + 1) == (page, 11)
