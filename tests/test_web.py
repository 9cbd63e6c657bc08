"""The map's modules: each can run as it is, and all of them can be joined into one text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import alviz.web
from alviz.errors import InvalidInput

FOLDER = Path(alviz.web.__file__).parent
MODULES = sorted(path.name for path in FOLDER.glob("*.js"))
TOP_LEVEL = re.compile(r"^(?:export )?(?:default )?(?:async )?(?:const|let|var|class|function\*?) +(\w+)", re.MULTILINE)
TOP_LEVEL_MANY = re.compile(r"^(?:export )?(?:const|let|var) +[{\[]", re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(alviz.web, "_FOLDER", tmp_path)
    alviz.web.module.cache_clear()
    yield tmp_path
    alviz.web.module.cache_clear()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_joined(name: str):
    text = alviz.web.module(name)
    assert text.rstrip().endswith((FOLDER / name).read_text("utf-8").rstrip()[-40:])
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert not TOP_LEVEL_MANY.search(text)
    names = Counter(TOP_LEVEL.findall(text))
    assert names
    assert [name for name, count in names.items() if count > 1] == []


def test_parts_stand_once_and_before_what_needs_them():
    text = alviz.web.module("map.js")
    parts = re.findall(r"^// (\w+\.js)$", text, re.MULTILINE)
    assert len(parts) == len(set(parts))
    assert parts[-1] == "map.js"
    for name in parts:
        for needed in re.findall(r'from "\./(\w+\.js)"', (FOLDER / name).read_text("utf-8")):
            assert parts.index(needed) < parts.index(name)
    assert re.findall(r"^export .*$", text, re.MULTILINE) == ["export class SelectionMap {"]
    assert {"SelectionMap", "sharedContext", "insidePolygon", "Grid"} <= set(TOP_LEVEL.findall(text))


def test_joined_by_hand(folder: Path):
    (folder / "a.js").write_text('import { b, c } from "./b.js";\nexport default { b, c };\n', "utf-8")
    (folder / "b.js").write_text("export const b = 1;\nexport function c() {}\n", "utf-8")
    assert alviz.web.module("a.js") == ("// b.js\nconst b = 1;\nfunction c() {}\n\n// a.js\nexport default { b, c };\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('import d from "./b.js";\n', "import d"),
        ('import { b as d } from "./b.js";\n', "b as d"),
        ('import {\n  b,\n} from "./b.js";\n', "import {"),
        ('import "./b.js";\n', 'import "./b.js"'),
        ('import { b } from "https://example.org/b.js";\n', "example.org"),
    ],
)
def test_other_forms_of_import_are_refused(folder: Path, text: str, says: str):
    (folder / "a.js").write_text(text, "utf-8")
    (folder / "b.js").write_text("export const b = 1;\n", "utf-8")
    with pytest.raises(InvalidInput, match=re.escape(says)):
        alviz.web.module("a.js")


def test_other_forms_of_export_are_refused(folder: Path):
    (folder / "a.js").write_text('import { b } from "./b.js";\n', "utf-8")
    (folder / "b.js").write_text("const b = 1;\nexport { b };\n", "utf-8")
    with pytest.raises(InvalidInput, match=r"b\.js says 'export \{ b \};'"):
        alviz.web.module("a.js")


def test_circles_are_refused(folder: Path):
    (folder / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n', "utf-8")
    (folder / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n', "utf-8")
    with pytest.raises(InvalidInput, match=r"a\.js imports b\.js imports a\.js"):
        alviz.web.module("a.js")


@pytest.mark.parametrize("name", ["missing.js", "../errors.py", "map.css", "__init__.py"])
def test_unknown_modules_are_refused(name: str):
    with pytest.raises(InvalidInput, match=r"no module .*map\.js"):
        alviz.web.module(name)


def test_the_style_is_of_the_map_alone():
    rules = re.sub(r"/\*.*?\*/", "", alviz.web.style(), flags=re.DOTALL)
    selectors = [part.strip() for rule in re.findall(r"([^{}]+)\{", rules) for part in rule.split(",")]
    assert len(selectors) > 40
    assert [selector for selector in selectors if not selector.startswith(".alviz-map")] == []
