"""Layouts of a run's cycles: the chain, the cache, the stop."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from maps.recorded import Recorded
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from alviz.errors import AlvizWarning, InvalidInput, Stopped, UnknownName
from alviz.graphs.knn import CACHE
from alviz.maps import PCA, TSNE, UMAP, Layouts, cache
from alviz.maps.base import base_sample


@pytest.fixture
def run(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry per t-SNE that was computed: whether it had a start."""
    starts: list[bool] = []
    original = TSNE.layout

    def counting(self: TSNE, features: Any, **kwargs: Any) -> Any:
        starts.append(kwargs["start"] is not None)
        return original(self, features, **kwargs)

    monkeypatch.setattr(TSNE, "layout", counting)
    return starts


def test_a_cycle_starts_from_the_one_before_and_nothing_is_computed_twice(run: Recorded, computed: list[bool]) -> None:
    layout = Layouts().of(run, 2)
    assert computed == [False, True, True]
    assert (layout.features, layout.method, layout.title, layout.cycle) == ("supervised, 64-d", "tsne", "t-SNE", 2)

    again = Layouts()
    assert again.ready(run, 1, "tsne")
    assert not again.ready(run, 1, "pca")
    np.testing.assert_array_equal(again.of(run, 2).xy, layout.xy)
    assert again.of(run, 2).trustworthiness == layout.trustworthiness
    again.of(run, 0)
    assert computed == [False, True, True]


def test_consecutive_layouts_lie_on_each_other(run: Recorded) -> None:
    layouts = Layouts()
    first, second = layouts.of(run, 0).xy, layouts.of(run, 1).xy
    strangers = np.linalg.norm(first - first[::-1], axis=1).mean()
    assert np.linalg.norm(second - first, axis=1).mean() < 0.5 * strangers
    assert second.mean(axis=0) == pytest.approx(first.mean(axis=0), abs=1e-3)


def test_a_layout_that_only_turned_and_grew_does_not_move(run: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    grown = {0: 1.0, 1: -2.0}
    monkeypatch.setattr(run, "snapshot", lambda cycle: SimpleNamespace(features=run.X * np.float32(grown[cycle])))
    layouts = Layouts()
    first = layouts.of(run, 0, "pca").xy
    np.testing.assert_allclose(layouts.of(run, 1, "pca").xy, first, atol=1e-3)


def test_the_first_layout_lies_wide(run: Recorded) -> None:
    xy = Layouts().of(run, 0).xy
    assert np.corrcoef(xy.T)[0, 1] == pytest.approx(0, abs=1e-3)
    assert xy[:, 0].std() > xy[:, 1].std()


def test_what_is_not_in_the_base_is_placed_where_it_was_asked_for(run: Recorded) -> None:
    layouts = Layouts(base_size=60)
    base = base_sample(120, 60)
    layout = layouts.of(run, 1, extra=[90, 3])
    assert set(layout.ids) == set(base) | {3, 7, 90, 91}
    assert (np.diff(layout.ids) > 0).all()
    assert not layouts.whole(run)
    assert Layouts(base_size=120).whole(run)
    everyone = layouts.of(run, 1, extra=np.arange(120))
    np.testing.assert_array_equal(everyone.xy[layout.ids], layout.xy)


def test_rows_finds_points_by_their_id(run: Recorded) -> None:
    layout = Layouts(base_size=60).of(run, 0, "pca", extra=[90])
    absent = int(np.setdiff1d(np.arange(90), layout.ids)[0])
    np.testing.assert_array_equal(layout.ids[layout.rows([90, absent, int(layout.ids[5])])], [90, layout.ids[5]])


def test_stop_propagates_and_leaves_finished_cycles(run: Recorded, computed: list[bool]) -> None:
    def stop_in_the_third(done: int, total: int) -> None:
        if 3 * done > 2 * total:
            raise Stopped("enough")

    with pytest.raises(Stopped):
        Layouts().of(run, 2, progress=stop_in_the_third)
    assert [Layouts().ready(run, cycle, "tsne") for cycle in range(3)] == [True, True, False]
    Layouts().of(run, 2)
    assert computed == [False, True, True, True]
    assert not [path for path in run.maps_path(0).iterdir() if path.name.startswith(".")]


def test_progress_runs_evenly_through_the_chain(run: Recorded) -> None:
    shares: list[float] = []
    Layouts().of(run, 2, progress=lambda done, total: shares.append(done / total))
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)


def test_a_folder_that_cannot_be_written_is_warned_of_once(run: Recorded, computed: list[bool]) -> None:
    run.maps_path(0).write_text("a file in the folder's place")
    layouts = Layouts()
    with pytest.warns(AlvizWarning, match="cannot be kept") as warned:
        layout = layouts.of(run, 1)
    assert len(warned) == 1
    np.testing.assert_array_equal(layouts.of(run, 1).xy, layout.xy)
    assert computed == [False, True]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _of_others(path: Path) -> None:
    np.save(path, np.zeros((7, 2), np.float32))


def _not_finite(path: Path) -> None:
    np.save(path, np.full((120, 2), np.nan, np.float32))


@pytest.mark.parametrize("damage", [_cut, _empty, _of_others, _not_finite])
def test_a_damaged_cache_is_computed_anew(run: Recorded, damage: Callable[[Path], None]) -> None:
    layout = Layouts().of(run, 0, "pca")
    for path in run.maps_path(0).glob("*.npy"):
        damage(path)
    np.testing.assert_array_equal(Layouts().of(run, 0, "pca").xy, layout.xy)
    assert Layouts().ready(run, 0, "pca")


def test_a_run_that_was_deleted_is_not_brought_back(run: Recorded) -> None:
    run.folder /= "gone"
    with pytest.warns(AlvizWarning, match="cannot be kept"):
        Layouts().of(run, 0, "pca")
    assert not run.folder.exists()


def test_how_far_points_moved_is_kept_with_the_map(run: Recorded) -> None:
    layouts = Layouts()
    maps = [layouts.of(run, cycle) for cycle in range(3)]
    assert maps[0].moved is None
    for before, now in itertools.pairwise(maps):
        ways = np.square(now.xy - before.xy).sum(axis=1).mean()
        radius = np.square(now.xy - now.xy.mean(axis=0)).sum(axis=1).mean()
        assert now.moved == pytest.approx(np.sqrt(ways / radius), rel=1e-5)
    assert [Layouts().of(run, cycle).moved for cycle in range(3)] == [layout.moved for layout in maps]


def test_a_cache_of_before_movement_was_measured_is_read(run: Recorded, computed: list[bool]) -> None:
    layout = Layouts().of(run, 1)
    for path in run.maps_path(0).glob("*.json"):
        path.write_text(json.dumps({"trustworthiness": 0.5}))
    again = Layouts().of(run, 1)
    assert (again.trustworthiness, again.moved) == (0.5, None)
    np.testing.assert_array_equal(again.xy, layout.xy)
    assert computed == [False, True]


def test_another_seed_moves_points_less_than_another_cycle(run: Recorded, computed: list[bool]) -> None:
    shares: list[float] = []
    chance = Layouts().seed_movement(run, 2, progress=lambda done, total: shares.append(done / total))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    moved = Layouts().of(run, 2).moved
    assert chance is not None
    assert moved is not None
    assert 0 < chance < moved / 2
    # From the same start, and never again.
    assert computed == [False, True, True, True]
    assert Layouts().seed_movement(run, 2) == chance
    assert len(computed) == 4
    assert Layouts().seed_movement(run, 2, "pca") == pytest.approx(0, abs=1e-6)


def test_where_features_did_not_change_points_do_not_move(
    run: Recorded, computed: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = run.snapshot
    monkeypatch.setattr(run, "snapshot", lambda cycle: snapshot(min(cycle, 1)))
    layouts = Layouts()
    first = layouts.of(run, 1)
    second = layouts.of(run, 2)
    np.testing.assert_array_equal(second.xy, first.xy)
    assert (second.moved, layouts.seed_movement(run, 2)) == (0, 0)
    assert second.trustworthiness == first.trustworthiness
    assert computed == [False, True]


def test_a_glance_does_not_wait_for_the_cycles_before(run: Recorded) -> None:
    layouts = Layouts()
    alone = layouts.of(run, 2, "pca")
    assert [layouts.ready(run, cycle, "pca") for cycle in range(3)] == [True, False, True]
    assert alone.moved is None
    # The same whatever was looked at before.
    for path in run.maps_path(0).iterdir():
        path.unlink()
    layouts.of(run, 1, "pca")
    np.testing.assert_array_equal(layouts.of(run, 2, "pca").xy, alone.xy)


@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_cycles_without_features_are_passed_over(run: Recorded, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Layouts().of(run, 0, method).xy
    for path in run.maps_path(0).iterdir():
        path.unlink()
    snapshot = run.snapshot
    monkeypatch.setattr(
        run, "snapshot", lambda cycle: SimpleNamespace(features=None) if cycle == 1 else snapshot(cycle)
    )
    layouts = Layouts()
    later = layouts.of(run, 2, method).xy
    assert [layouts.ready(run, cycle, method) for cycle in range(3)] == [True, False, True]
    np.testing.assert_array_equal(layouts.of(run, 0, method).xy, expected)
    strangers = np.linalg.norm(expected - expected[::-1], axis=1).mean()
    assert np.linalg.norm(later - expected, axis=1).mean() < 0.7 * strangers


def test_what_another_has_finished_meanwhile_is_taken_over(
    run: Recorded, computed: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Layouts()
    theirs: list[Any] = []

    def let_the_other_finish(done: int, total: int) -> None:
        if not theirs and done:
            theirs.append(other.of(run, 2))

    ours = Layouts().of(run, 2, progress=let_the_other_finish)
    np.testing.assert_array_equal(ours.xy, theirs[0].xy)
    # Ours was in the first cycle when the other did all three.
    assert computed == [False, False, True, True]


CHAIN = """
import sys
from pathlib import Path
from maps.recorded import Recorded
from alviz.maps import Layouts
print("there", flush=True)
sys.stdin.readline()
print(Layouts().of(Recorded(Path(sys.argv[1])), 2).xy.tobytes().hex())
"""


def test_two_processes_at_the_same_chain(run: Recorded) -> None:
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    others = [
        subprocess.Popen(
            [sys.executable, "-c", CHAIN, str(run.folder)],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "there\n"
    found = [other.communicate("go\n")[0].strip() for other in others]
    assert [other.returncode for other in others] == [0, 0]
    assert found[0] == found[1] == Layouts().of(run, 2).xy.tobytes().hex()
    names = sorted(path.name for path in run.maps_path(0).iterdir())
    assert len(names) == 6, names
    assert not [name for name in names if name.startswith(".")]


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_small_maps_lie_within_half_a_step_of_what_they_were(run: Recorded, tmp_path: Path, scale: float) -> None:
    xy = (scale * (Layouts().of(run, 0, "pca").xy + 3)).astype(np.float32)
    cache.write(tmp_path / "small", cache.Kept(xy, 0.9, 0.1), small=True)
    assert np.load(tmp_path / "small.npy").dtype == np.uint16
    back = cache.read(tmp_path / "small")
    assert back is not None
    assert (back.trustworthiness, back.moved) == (0.9, 0.1)
    assert back.xy.dtype == np.float32
    step = np.ptp(xy, axis=0).max() / 65535
    assert np.abs(back.xy.astype(np.float64) - xy).max() <= 0.51 * step + 1e-6 * np.abs(xy).max()
    cache.write(tmp_path / "point", cache.Kept(np.ones((4, 2), np.float32), None), small=True)
    np.testing.assert_array_equal(cache.read(tmp_path / "point").xy, np.ones((4, 2)))  # type: ignore[union-attr]


def test_a_kept_map_outlives_the_features_that_it_is_of(run: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Layouts().of(run, 1)
    part = Layouts(base_size=100)
    part.of(run, 1)
    monkeypatch.setattr(run, "snapshot", lambda cycle: SimpleNamespace(features=None))
    kept = Layouts().of(run, 1)
    np.testing.assert_array_equal(kept.xy, there.xy)
    assert (there.features, kept.features) == ("supervised, 64-d", "supervised")
    # What is beside the base has to be placed by its features.
    with pytest.raises(InvalidInput, match="no features"):
        Layouts(base_size=100).of(run, 1, extra=np.arange(run.size))


def test_a_run_without_features_is_refused(run: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "snapshot", lambda cycle: SimpleNamespace(features=None))
    with pytest.raises(InvalidInput, match="no features"):
        Layouts().of(run, 0)


def test_an_unknown_map_is_answered_with_the_nearest(run: Recorded) -> None:
    with pytest.raises(UnknownName, match=r"no map named 'uamp'. Did you mean 'umap'"):
        Layouts().of(run, 0, "uamp")


def test_every_set_of_parameters_has_a_layout_of_its_own(run: Recorded, computed: list[bool]) -> None:
    layouts = Layouts()
    usual = layouts.of(run, 0)
    sparse = TSNE(perplexity=5)
    assert not layouts.ready(run, 0, sparse)
    assert not np.allclose(layouts.of(run, 0, sparse).xy, usual.xy)
    assert layouts.ready(run, 0, sparse)
    np.testing.assert_array_equal(layouts.of(run, 0, TSNE()).xy, usual.xy)
    assert computed == [False, False]


def test_maps_of_the_same_features_share_one_search(run: Recorded) -> None:
    layouts = Layouts()
    layouts.of(run, 2)
    before = CACHE.searches
    for method in ("umap", "pca", UMAP(n_neighbors=80)):
        layouts.of(run, 2, method)
    assert CACHE.searches == before


def test_points_beside_the_base_land_among_their_like_on_umap(run: Recorded) -> None:
    y = load_digits(return_X_y=True)[1][:120]
    layout = Layouts(base_size=80).of(run, 2, "umap", extra=np.arange(120))
    base = base_sample(120, 80)
    others = np.setdiff1d(np.arange(120), base)
    on_map = ((layout.xy[others, None] - layout.xy[base]) ** 2).sum(axis=2).argmin(axis=1)
    X = run.snapshot(2).features
    in_features = (X[others] @ (X[base] / np.linalg.norm(X[base], axis=1, keepdims=True)).T).argmax(axis=1)
    expected = (y[base][in_features] == y[others]).mean()
    assert expected > 0.9
    assert (y[base][on_map] == y[others]).mean() > expected - 0.2


def test_the_trustworthiness_is_scikit_learns(run: Recorded) -> None:
    layouts = Layouts()
    for method in (PCA(), UMAP()):
        layout = layouts.of(run, 2, method)
        expected = trustworthiness(run.snapshot(2).features, layout.xy, n_neighbors=12, metric="cosine")
        assert layout.trustworthiness == pytest.approx(expected, abs=1e-6)
    assert 0.8 < layouts.of(run, 2, "pca").trustworthiness < layouts.of(run, 2, "umap").trustworthiness < 1
