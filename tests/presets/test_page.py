"""docs/presets.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from alviz import presets
from alviz.presets.words import labels, state

PAGE = (Path(__file__).parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")


def test_the_table_is_that_of_the_code() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    told = [(name, presets.get(name)) for name in presets.names()]
    assert rows == [f"| `{name}` | {one.source.title} | {labels(one)} | {state(one)} |" for name, one in told]


def test_the_example_of_scaling_is_that_of_the_code() -> None:
    example = PAGE.partition("a hundredth is:\n\n")[2].partition("\n\n")[0]
    assert example.splitlines() == [f"- {change}" for change in presets.get("seqgcn-cifar10").scaled(0.01).changes]


def test_the_files_that_are_named_are_those_that_are_looked_for() -> None:
    for name in presets.names():
        source = presets.get(name).source
        for file in source.files if source.maker else ():
            assert f"`{file}`" in PAGE
