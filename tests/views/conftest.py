"""A small run to look at: 160 digits in a minute's fraction."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_digits
from views.pages import Page

import alviz

CLASSES = ("<b>zero", "one & only", *map(str, range(2, 10)))
PATIENCE = 120.0


@pytest.fixture(scope="session")
def pool() -> alviz.Pool:
    digits = load_digits()
    images = (digits.images * 15.9).astype("uint8")
    return alviz.datasets.arrays(
        images[:160], digits.target[:160], images[160:400], digits.target[160:400], classes=CLASSES, name="tiny"
    )


@pytest.fixture
def runner(pool: alviz.Pool, tmp_path: Path) -> alviz.CycleRunner:
    return alviz.CycleRunner(pool, learner="linear", sampler="entropy", budget=5, seed=0, path=tmp_path / "a")


@pytest.fixture
def explore() -> Iterator[Callable[..., alviz.Explorer]]:
    """Open an explorer and wait until it shows everything; errors that a test did not expect fail it."""
    opened: list[alviz.Explorer] = []

    def open_explorer(*shown: Any, **options: Any) -> alviz.Explorer:
        explorer = alviz.Explorer(*shown, **options)
        opened.append(explorer)
        explorer.page = Page(explorer.map)
        assert explorer.wait(PATIENCE)
        return explorer

    yield open_explorer
    for explorer in opened:
        explorer.stop()
        assert explorer.wait(PATIENCE)
