"""ICAL: the variance by hand, views that are what they say, models that mind them and models that do not."""

from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask

from alviz import datasets
from alviz.errors import InvalidInput
from alviz.samplers import Query, ical
from alviz.samplers.ical import ICAL, inconsistency, mirrored, moved
from alviz.samplers.query import Model
from alviz.testing import check_sampler

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
SCATTERED = [0, 13, 14, 39]


def ask_images(n: int, model: Any, images: Any = IMAGES, **more: Any) -> Query:
    """Ask about images whose model is ``model(X) -> p of the first of two classes``."""

    def said(X: Any, report: Any, rng: Any) -> Any:
        assert rng is None
        assert X.dtype == np.uint8
        report("embed", 0, len(X))
        p = model(X)
        return np.stack([p, 1 - p], axis=1).astype(np.float32)

    pool = datasets.arrays(images, np.arange(len(images)) % 2)
    lent = Model(frozenset({"predict"}), said)
    return ask(n, SCATTERED, probs=np.full((len(images), 2), np.nan), pool=pool, model=lent, **more)


def left(X: Any) -> Any:
    """How much of the light is in the left two columns."""
    light = X.reshape(*X.shape[:3], -1).sum(axis=3, dtype=np.float64) + 1
    return light[:, :, :2].sum(axis=(1, 2)) / light.sum(axis=(1, 2))


def test_it_keeps_the_contract() -> None:
    check_sampler(ICAL())
    check_sampler(ICAL(views=1, augment="shift", shift=16))


def test_the_variance_by_hand() -> None:
    views = np.array([[[0.5, 0.5], [1, 0]], [[0.7, 0.3], [1, 0]], [[0.9, 0.1], [1, 0]]])
    # Per class the mean of 0.04, 0, 0.04; two classes.
    np.testing.assert_allclose(inconsistency(views), [2 * 0.08 / 3, 0], atol=1e-15)
    sure = np.eye(2)[[0, 1, 0, 1]][:, None]
    np.testing.assert_allclose(inconsistency(sure), [0.5])  # the largest there is for two classes


@pytest.mark.parametrize("shape", [(40, 6, 5), (40, 6, 5, 3)])
def test_views_are_windows_of_the_reflected_image(shape: tuple[int, ...]) -> None:
    images = RNG.integers(0, 256, shape, dtype=np.uint8)
    seen = set()
    for image, view in zip(images, moved(images, 2, RNG), strict=True):
        pad = np.pad(image, [(2, 2), (2, 2), (0, 0)][: image.ndim], mode="reflect")
        windows = {(r, c): pad[r : r + 6, c : c + 5] for r in range(5) for c in range(5)}
        found = [place for place, window in windows.items() if np.array_equal(window, view)]
        assert len(found) == 1
        seen.update(found)
    assert len(seen) > 12, "each image has its own draw"
    turned = mirrored(images, RNG)
    sides = [np.array_equal(view, image[:, ::-1]) for image, view in zip(images, turned, strict=True)]
    assert all(np.array_equal(turned[i], images[i]) for i in range(40) if not sides[i])
    assert 8 < sum(sides) < 32
    np.testing.assert_array_equal(moved(images[:, :1, :1], 3, RNG), images[:, :1, :1])  # nowhere to move to


def test_a_model_that_minds_no_change_gives_zero() -> None:
    even = np.repeat(np.arange(40, dtype=np.uint8), 30).reshape(40, 6, 5)  # one gray each: moving changes nothing
    selection = ICAL().select(ask_images(4, lambda X: X.mean(axis=(1, 2)) / 40, even))
    assert selection.ids.tolist() == [1, 2, 3, 4]
    assert np.nanmax(selection.scores) == 0
    assert np.isnan(selection.scores[SCATTERED]).all()


def test_the_one_image_that_looks_otherwise_in_the_mirror_is_picked() -> None:
    images = np.full((40, 6, 5), 128, dtype=np.uint8)
    images[22, :, :2] = 255
    selection = ICAL(views=20).select(ask_images(1, left, images))
    assert selection.ids.tolist() == [22]
    # A mirrored view has the light of the other side, as often as not; moving by 1 of 5 columns comes on top.
    assert selection.scores[22] > 0.005


def test_the_score_is_the_variance_over_the_image_and_its_views(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def model(X: Any) -> Any:
        shown.append(X)
        return left(X)

    selection = ICAL(views=4).select(ask_images(5, model))
    candidates = np.setdiff1d(np.arange(40), SCATTERED)
    assert len(shown) == 5
    np.testing.assert_array_equal(shown[0], IMAGES[candidates])  # the image itself is one of them
    expected = 2 * np.var([left(view) for view in shown], axis=0)
    np.testing.assert_allclose(selection.scores[candidates], expected, rtol=1e-4)
    assert selection.ids.tolist() == candidates[np.argsort(-expected)[:5]].tolist()
    # In blocks of nine images, each with all of its views.
    shown.clear()
    monkeypatch.setattr(ical, "_BYTES", 9 * IMAGES[0].nbytes)
    steps: list[tuple[int, int]] = []
    query = ask_images(5, model, report=lambda phase, done, total: steps.append((done, total)))
    blocks = ICAL(views=4).select(query)
    assert [len(X) for X in shown] == [9] * 20
    expected = np.concatenate([2 * np.var([left(X) for X in shown[i : i + 5]], axis=0) for i in range(0, 20, 5)])
    np.testing.assert_allclose(blocks.scores[candidates], expected, rtol=1e-4)
    assert steps == [(9 * step, 9 * 20) for step in range(20)]


def test_vectors_are_refused_in_one_sentence() -> None:
    pool = datasets.arrays(RNG.normal(size=(9, 3)), np.arange(9) % 2)
    lent = Model(frozenset({"predict"}), lambda *_: None)
    with pytest.raises(InvalidInput, match=r"ical compares moved and mirrored images, and Pool\(.*holds vectors"):
        ICAL().select(ask(2, probs=np.full((9, 2), 0.5), pool=pool, model=lent))
