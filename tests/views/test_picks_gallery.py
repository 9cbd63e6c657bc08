"""The gallery: the right pictures in the right order, few bytes, each once."""

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from views.conftest import CLASSES, PATIENCE

import alviz
from alviz.scenes import Picks, wanted
from alviz.views import PicksGallery, sprites
from alviz.views.picks_gallery import SCORED
from alviz.views.state import Answer

EVIL = '<img src=x onerror="alert(1)">'


class Page:
    """Stands where JupyterLab would: asks for what is in sight, and keeps what comes."""

    def __init__(self, gallery: PicksGallery) -> None:
        self.gallery = gallery
        self.widget = gallery.thumbnails
        self.replies: list[tuple[dict[str, Any], bytes]] = []
        self.widget.send = lambda message, buffers: self.replies.append((message, buffers[0]))

    @property
    def order(self) -> list[int]:
        return np.frombuffer(self.widget.order, dtype=np.uint32).tolist()

    @property
    def shares(self) -> np.ndarray:
        return np.frombuffer(self.widget.shares, dtype=np.float32)

    def names(self) -> list[str]:
        told = self.widget.tiles
        classes = np.frombuffer(told["classes"], dtype=np.uint16)
        return [told["names"][label] for label in classes]

    def want(self, places: list[int], serial: int | None = None) -> None:
        serial = self.widget.tiles["serial"] if serial is None else serial
        self.widget._handle_custom_msg({"want": places, "serial": serial}, [])


def pictures(sprite: bytes, k: int) -> np.ndarray:
    """The k pictures that stand below each other."""
    read = np.asarray(Image.open(io.BytesIO(sprite)))
    return read.reshape(k, -1, *read.shape[1:])


@pytest.fixture
def many(tmp_path: Path) -> alviz.CycleRunner:
    """A thousand picks of noise, the most expensive pictures of their size that there are."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1200, 8, 8, 3), dtype=np.uint8)
    pool = alviz.datasets.arrays(images, np.arange(1200) % 2, name="many")
    runner = alviz.CycleRunner(pool, "linear", "random", initial=20, budget=1000, path=tmp_path / "many")
    runner.query()
    return runner


def opened(*shown: Any) -> tuple[PicksGallery, Page]:
    gallery = PicksGallery(*shown)
    assert gallery.controller.wait(PATIENCE)
    return gallery, Page(gallery)


def glanced(run: alviz.Run) -> tuple[PicksGallery, Page]:
    """Open recorded picks; the map that nobody looks at is not waited for."""
    gallery = PicksGallery(run)
    gallery.controller.stop()
    assert gallery.controller.wait(PATIENCE)
    return gallery, Page(gallery)


def test_it_shows_the_picks_in_their_order(runner: alviz.CycleRunner) -> None:
    runner.run(until=1)
    gallery, page = opened(runner.history)
    gallery.controller.go(0)
    picks = runner.history.selection(0)
    assert gallery.ids == picks.ids.tolist()
    assert page.names() == [CLASSES[label] for label in runner.pool.y[picks.ids]]
    np.testing.assert_array_equal(pictures(page.widget.sprite, 5), runner.pool.images(picks.ids))
    np.testing.assert_allclose(page.shares, wanted(picks))
    id, name = picks.ids[1], CLASSES[runner.pool.y[picks.ids[1]]]
    assert page.widget.tiles["titles"][1] == f"id {id} · picked 2nd by entropy"
    assert page.widget.tiles["ink"]
    assert repr(gallery) == "PicksGallery(run='a', cycle=0)"
    counts = np.bincount(runner.pool.y[picks.ids], minlength=10)
    assert "classes of the 5 picks" in gallery.classes.value
    for label in np.flatnonzero(counts):
        assert f"flex:{counts[label]};" in gallery.classes.value
    assert name


def test_a_thousand_pictures_travel_once_in_messages_of_bounded_size(many: alviz.CycleRunner) -> None:
    gallery, page = glanced(many.history)
    ids = many.history.selection(0).ids
    assert gallery.ids == ids.tolist()
    first = page.widget.tiles["first"]
    np.testing.assert_array_equal(pictures(page.widget.sprite, len(first)), many.pool.images(ids[first]))
    for start in range(len(first), 1000, page.widget.tiles["chunk"]):
        page.want(list(range(start, min(start + page.widget.tiles["chunk"], 1000))))
    largest = max(len(page.widget.sprite), *(len(sprite) for _, sprite in page.replies))
    assert largest < 48 * 8 * 8 * 3 * 1.05  # noise cannot be packed
    places = [*first, *(place for message, _ in page.replies for place in message["places"])]
    assert places == list(range(1000))
    message, sprite = page.replies[7]
    np.testing.assert_array_equal(pictures(sprite, len(message["places"])), many.pool.images(ids[message["places"]]))
    told = [*page.widget.tiles["titles"], *(title for message, _ in page.replies for title in message["titles"])]
    assert told[700] == f"id {ids[700]} · picked 701st by random"
    # Without its pictures the whole selection is ten bytes a pick and some words.
    rest = sum(len(page.widget.tiles[name]) for name in ("ids", "classes")) + len(page.widget.order)
    assert rest == 1000 * (4 + 2 + 4)
    assert len(page.widget.tiles["titles"]) == len(first) == 48


def test_large_photographs_are_small_on_their_way(tmp_path: Path) -> None:
    slopes = np.linspace(0, 255, 256, dtype=np.uint8)
    image = np.stack(np.broadcast_arrays(slopes[:, None], slopes[None], np.uint8(90)), axis=2)
    pool = alviz.datasets.arrays(np.stack([image] * 50), np.arange(50) % 2)
    sent = sprites.sprite(pool, np.arange(48))
    assert Image.open(io.BytesIO(sent)).format == "JPEG"
    assert len(sent) < 48 * 2500
    there = pictures(sent, 48)
    assert there.shape == (48, 64, 64, 3)
    averaged = image.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(there.astype(float) - averaged).mean() < 3


def test_a_page_cannot_ask_for_what_is_not_there(many: alviz.CycleRunner) -> None:
    _, page = glanced(many.history)
    page.want([-5, 3, 3, 2000], serial=page.widget.tiles["serial"])
    assert [message["places"] for message, _ in page.replies] == [[3]]
    page.want([4], serial=page.widget.tiles["serial"] - 1)  # of picks that are not shown any more
    assert len(page.replies) == 1
    page.want(list(range(1000)))
    assert page.replies[1][0]["places"] == list(range(48))


def test_by_score_the_pictures_stay_and_the_order_changes(pool: alviz.Pool, tmp_path: Path) -> None:
    runner = alviz.CycleRunner(pool, "linear", "entropy", budget=40, path=tmp_path / "run")
    runner.run(until=0)
    gallery, page = opened(runner)
    gallery.controller.choose("coreset")
    assert gallery.controller.wait(PATIENCE)
    picks = gallery.controller.state.frame.picks.selection
    scores = picks.scores[picks.ids]
    assert (np.diff(scores) > 0).any()  # k-center picks are not the highest scores
    np.testing.assert_allclose(page.shares, picks.extra["gain"] / picks.extra["gain"].max(), atol=1e-6)
    sprite, tiles = page.widget.sprite, page.widget.tiles
    gallery.order.value = SCORED
    assert gallery.ids == picks.ids[np.argsort(-scores, kind="stable")].tolist()
    assert page.widget.sprite is sprite
    assert page.widget.tiles is tiles
    assert (np.diff(page.shares[page.order]) <= 0).all()
    gallery.controller.choose("entropy")  # whose picks are those of the highest scores, in that order
    assert gallery.controller.wait(PATIENCE)
    assert gallery.order.layout.display == "none"
    assert gallery.ids == gallery.controller.state.frame.picks.selection.ids.tolist()


def test_the_picks_of_compared_samplers_can_be_looked_at(runner: alviz.CycleRunner) -> None:
    runner.run(until=1)
    gallery, page = opened(runner)
    controller = gallery.controller
    assert gallery.sampler.layout.display == "none"
    controller.compare("margin")
    assert controller.wait(PATIENCE)
    margin = alviz.compare(runner.history, 1, ["margin"]).selections["margin"]
    assert gallery.sampler.options == (("entropy", ""), ("margin", "margin"))
    gallery.sampler.value = "margin"
    assert gallery.ids == margin.ids.tolist()
    assert page.widget.tiles["titles"][0].endswith("would be picked 1st by margin")
    # One that has not answered is not offered, and one that is gone gives way to the shown sampler.
    controller.state.compared = tuple(dataclasses.replace(a, selection=None) for a in controller.state.compared)
    assert gallery.sampler.value == ""
    assert gallery.ids == controller.state.frame.picks.selection.ids.tolist()


def test_a_click_selects(runner: alviz.CycleRunner) -> None:
    runner.run(until=0)
    gallery, page = opened(runner)
    id = gallery.ids[3]
    page.widget._handle_custom_msg({"id": id}, [])
    assert gallery.controller.state.selected == id
    assert page.widget.selected == id
    assert gallery.code == f"explorer.select({id})"


def test_without_pictures_there_are_ids_in_class_colors(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    pool = alviz.datasets.arrays(X, np.arange(40) % 2, classes=[EVIL, "🐟 ب"])
    runner = alviz.CycleRunner(pool, "linear", "margin", initial=4, budget=6, path=tmp_path / "run")
    runner.query()
    gallery, page = opened(runner.history)
    told = page.widget.tiles
    assert (told["pictured"], told["ink"], page.widget.sprite) == (False, False, b"")
    assert page.names() == [(EVIL, "🐟 ب")[label] for label in pool.y[gallery.ids]]
    assert EVIL not in gallery.classes.value


def test_files_are_read_a_few_at_a_time(tmp_path: Path) -> None:
    paths = []
    for i in range(30):
        Image.new("RGB", (64, 64), (8 * i, 0, 255)).save(tmp_path / f"{i}.png")
        paths.append(str(tmp_path / f"{i}.png"))
    X = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    pool = dataclasses.replace(alviz.datasets.arrays(X, np.arange(30) % 2), thumbnail_paths=np.array(paths))
    runner = alviz.CycleRunner(pool, "linear", "random", initial=4, budget=20, path=tmp_path / "run")
    runner.query()
    gallery, page = opened(runner.history)
    first = pictures(page.widget.sprite, 8)
    page.want(list(range(8, 16)))
    later = pictures(page.replies[0][1], 8)
    for id, picture in zip(gallery.ids, [*first, *later], strict=False):
        np.testing.assert_allclose(picture[32, 32].astype(int), (8 * id, 0, 255), atol=4)


def test_it_says_why_there_is_nothing(
    runner: alviz.CycleRunner, pool: alviz.Pool, explore: Callable[..., alviz.Explorer]
) -> None:
    gallery, page = opened(explore(runner))
    assert page.widget.empty == "Picks stand here after the first fit."
    assert gallery.ids == []
    done = alviz.CycleRunner(pool, learner="linear", initial=155, budget=5)
    done.run(until=1)
    gallery, page = opened(done)
    assert page.widget.empty == "nothing left to pick"


@pytest.mark.parametrize("scores", [np.nan, 0.0])
def test_scores_that_say_nothing_are_no_error(runner: alviz.CycleRunner, scores: float) -> None:
    runner.run(until=0)
    gallery, page = opened(runner)
    state = gallery.controller.state
    flat = alviz.Selection(np.arange(5), np.full(160, scores, dtype=np.float32))
    picks = Picks(flat, {"name": "flat", "params": {}}, preview=True)
    state.frame = dataclasses.replace(state.frame, picks=picks)
    assert gallery.ids == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(page.shares, [np.nan if np.isnan(scores) else 1] * 5)
    state.compared = (Answer(state.sampler, "flat", flat),)
    gallery.sampler.value = "flat"
    assert gallery.ids == [0, 1, 2, 3, 4]
