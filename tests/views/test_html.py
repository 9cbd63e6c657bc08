"""Text from data cannot become markup; images are real PNGs."""

import io

import numpy as np
import pytest
from PIL import Image

from alviz.views import html

EVIL = '<img src=x onerror="alert(1)">'


def test_text_and_attributes_are_escaped() -> None:
    for written in (html.soft(EVIL), html.strong(EVIL)):
        assert "<img" not in written
        assert "&lt;img" in written
    assert html.tag("span", "inside", title='"><script>') == '<span title="&quot;&gt;&lt;script&gt;">inside</span>'


@pytest.mark.parametrize(("shape", "mode"), [((3, 8, 8), "L"), ((2, 9, 5, 3), "RGB"), ((2, 4, 4, 1), "L")])
def test_a_png_holds_the_images_below_each_other(shape: tuple[int, ...], mode: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    read = Image.open(io.BytesIO(html.png(images)))
    assert read.mode == mode
    np.testing.assert_array_equal(np.asarray(read).reshape(images.shape), images)


def test_large_images_are_thinned_out() -> None:
    read = Image.open(io.BytesIO(html.png(np.zeros((2, 300, 200), np.uint8))))
    assert max(read.size[0], read.size[1] / 2) <= 64
    assert read.size[1] == 2 * len(range(0, 300, 5))


def test_only_small_strokes_on_black_are_ink() -> None:
    strokes = np.zeros((4, 8, 8), np.uint8)
    strokes[:, 2:6, 3] = 255
    assert html.is_ink(strokes)
    assert not html.is_ink(255 - strokes)
    assert not html.is_ink(np.zeros((1, 8, 8, 3), np.uint8))
    assert not html.is_ink(np.zeros((1, 512, 512), np.uint8))


def test_shares_are_written_as_percent() -> None:
    assert [html.percent(0.9), html.percent(1.0), html.percent(None)] == ["90.0 %", "100.0 %", "–"]
