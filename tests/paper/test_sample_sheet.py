"""The sheet shows the right pictures, pixel by pixel."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

import alviz
from alviz import CycleRunner, Pool, Run, paper
from alviz.errors import InvalidInput


def pictures(figure: Any, block: int, side: int, columns: int, count: int) -> np.ndarray[Any, Any]:
    """Return the pictures of a block at their own size, one gray value per pixel."""
    _, _, data = figure.layout.images[block].source.partition("base64,")
    canvas = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    pitch = (canvas.shape[1] + 8) // columns  # tiles of 96 pixels, 8 of white between
    assert pitch == 104
    tiles = []
    for i in range(count):
        top, left = i // columns * pitch, i % columns * pitch
        tile = canvas[top : top + 96, left : left + 96]
        factor = 96 // side
        assert (tile == tile[::factor, ::factor].repeat(factor, 0).repeat(factor, 1)).all()  # never blurred
        tiles.append(tile[::factor, ::factor])
    return np.array(tiles)


def test_blocks_show_the_initial_the_unlabeled_and_the_selected(recorded: dict[str, Run], few: Pool) -> None:
    run = recorded["random-1"]
    figure = paper.sample_sheet(run, 2, count=4, columns=3)
    selection = run.selection(2)
    assert selection is not None
    drawn = figure.layout.meta
    assert list(drawn["initial"]) == run.initial.ids[:4].tolist()
    assert list(drawn["selected"]) == selection.ids[:4].tolist()
    taken = {*run.labeled(2).ids, *selection.ids}
    assert len(set(drawn["unlabeled"]) - taken) == 4
    for i, name in enumerate(("initial", "unlabeled", "selected")):
        shown = pictures(figure, i, 8, 3, 4)
        expected = few.X[list(drawn[name])].reshape(4, 8, 8)
        np.testing.assert_array_equal(shown, np.repeat(expected[..., None], 3, axis=3))
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == ["initial (4 of 12)", "unlabeled at cycle 2 (4 of 133)", "selected by random (4 of 5)"]


def test_another_seed_draws_other_unlabeled_only(recorded: dict[str, Run]) -> None:
    first, again, other = (paper.sample_sheet(recorded["random-1"], 2, seed=seed).layout.meta for seed in (0, 0, 1))
    assert first == again
    assert first["unlabeled"] != other["unlabeled"]
    assert first["selected"] == other["selected"]


def test_color_pictures_keep_their_colors(tmp_path: Any) -> None:
    X = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
    pool = alviz.datasets.arrays(X, np.arange(40) % 2)
    runner = CycleRunner(pool, "linear", "random", initial=4, budget=3, path=tmp_path / "color")
    runner.run(until=1)
    figure = paper.sample_sheet(runner.history, 0, columns=5)
    selection = runner.history.selection(0)
    assert selection is not None
    np.testing.assert_array_equal(pictures(figure, 2, 16, 5, 3), X[selection.ids])


def test_bad_input_is_told(recorded: dict[str, Run], fast: Callable[..., CycleRunner], digits: Pool) -> None:
    run = recorded["random-1"]
    vectors = CycleRunner(alviz.datasets.arrays(np.eye(30, dtype=np.float32), np.arange(30) % 3), "linear", initial=6)
    vectors.run(until=1)
    cases: list[tuple[type[Exception], Callable[[], Any], str]] = [
        (InvalidInput, lambda: paper.sample_sheet(run, 3), "no pick of cycle 3"),
        (InvalidInput, lambda: paper.sample_sheet(run, 0, count=0), "count is 0"),
        (InvalidInput, lambda: paper.sample_sheet(vectors.history, 0), "holds vectors without thumbnails"),
        (alviz.errors.ConfigMismatch, lambda: paper.sample_sheet(run, 0, pool=digits), "is not the pool"),
        (alviz.errors.PoolMissing, lambda: paper.sample_sheet(Run.open(run.path), 0), "came from memory"),
    ]
    for kind, call, told in cases:
        with pytest.raises(kind) as error:
            call()
        assert told in str(error.value)
