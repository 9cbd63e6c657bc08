"""What stays on disk, and how the rest comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import runs

import alviz
from alviz import Pool, Run
from alviz.errors import AlvizWarning, ArrayDropped, DamagedFile, InvalidInput
from alviz.learners import Fit, Learner, Supervised
from alviz.snapshot import Snapshot
from alviz.store.arrays import compact


@dataclass(frozen=True)
class Counting(Learner):
    """Features that change with every fit; warm: each fit adds one to the weights of the one before."""

    name: ClassVar[str] = "counting"
    gives: ClassVar[frozenset[str]] = frozenset({"features", "probs"})

    warm: bool = True
    drift: ClassVar[float] = 0.0
    fits: ClassVar[list[int]] = []

    def fit(self, task, pool, labels, previous, rng, progress, synthetic=None):  # type: ignore[no-untyped-def]
        progress("train", 0, 1)
        type(self).fits.append(len(labels))
        count = 0 if previous is None or not previous.weights else previous.weights["count"] + 1
        features = pool.X.reshape(len(pool), -1).astype(np.float32) + np.float32(count + self.drift)
        probs = np.full((len(pool), len(pool.classes)), 1 / len(pool.classes), dtype=np.float32)
        return Fit(Snapshot(features, probs), {"count": np.array(count)}, {"accuracy": 0.1 * float(count)})


def test_features_are_stored_in_half_precision_only_where_no_row_changes_much() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 8)).astype(np.float32)
    assert compact(rows).dtype == np.float16
    np.testing.assert_allclose(compact(rows).astype(np.float32), rows, rtol=1e-3)
    for awkward in (1e6, 1e-7):
        mixed = rows.copy()
        mixed[7] *= awkward
        assert compact(mixed) is mixed
    # Among the smallest of half precision, steps of 6e-8: 1e-4 keeps three digits, 5.03e-6 does not.
    for small, kept in ((1e-4, np.float16), (5.03e-6, np.float32)):
        assert compact(np.full((1, 4), small, dtype=np.float32)).dtype == kept
    assert compact(np.zeros((3, 2), dtype=np.float32)).dtype == np.float16
    edge = np.full((1, 2), 65504, dtype=np.float32)
    assert compact(edge).dtype == np.float16
    assert compact(edge + 16).dtype == np.float32


def test_keeping_nothing_drops_all_but_the_last_cycle_and_history(fast: Any, tmp_path: Path) -> None:
    full, lean = fast("full", sampler="coreset"), fast("lean", sampler="coreset", keep=())
    full.run(cycles=2)
    lean.run(cycles=2)
    arrays = {name for name in runs.files(tmp_path / "lean") if name.endswith((".npy", ".safetensors"))}
    last = {
        f"cycles/0002/fit/{name}" for name in ("probs.npy", "head_weight.npy", "head_bias.npy", "weights.safetensors")
    }
    assert arrays == last | {"cycles/0000/fit/features.npy"} | {
        f"cycles/000{cycle}/{name}"
        for cycle in (0, 1)
        for name in ("pick/selected.npy", "labels/ids.npy", "labels/labels.npy")
    }
    for cycle in (0, 1):
        kept, dropped = full.history.selection(cycle), lean.history.selection(cycle)
        np.testing.assert_array_equal(kept.ids, dropped.ids)
        assert np.isnan(dropped.scores).all()
        assert dict(dropped.extra) == {}
        snapshot = lean.history.snapshot(cycle)
        assert snapshot.probs is None
        assert snapshot.head is None
        np.testing.assert_array_equal(snapshot.features, full.history.snapshot(cycle).features)
    assert lean.history.frame()["accuracy"].tolist() == full.history.frame()["accuracy"].tolist()


@pytest.mark.parametrize("learner", ["linear", Supervised(model="mlp", epochs=2, warm=True)])
def test_what_was_dropped_comes_back_bit_by_bit(fast: Any, tmp_path: Path, learner: Any) -> None:
    full, lean = (
        fast(name, learner=learner, sampler="coreset", keep=keep)
        for name, keep in (("full", ("features", "probs", "head", "weights", "scores", "extra")), ("lean", ()))
    )
    full.run(cycles=3)
    lean.run(cycles=3)
    assert runs.story(lean.history) != runs.story(full.history)
    lean.restore(1)
    # Only what was asked for came back, although the warm start needed the fits before it.
    assert not (tmp_path / "lean/cycles/0000/fit/probs.npy").exists()
    for cycle in (0, 2, 3):
        lean.restore(cycle)
    assert runs.story(lean.history) == runs.story(full.history)
    arrays = [name for name in runs.files(tmp_path / "full") if name.endswith((".npy", ".safetensors"))]
    for name in arrays:
        assert (tmp_path / "lean" / name).read_bytes() == (tmp_path / "full" / name).read_bytes()


def test_a_dropped_array_is_named_with_the_remedy_and_a_missing_kept_one_is_damage(fast: Any, tmp_path: Path) -> None:
    runner = fast("run", keep=("features", "scores", "extra", "head"), sampler="coreset")
    runner.run(cycles=1)
    with pytest.raises(ArrayDropped, match=r"probs of cycle 0 .*restore\(0\)"):
        alviz.ask(runner.history, 0, "entropy")
    with pytest.raises(ArrayDropped, match=r"weights of cycle 0 .*restore\(0\)"):
        runner.history.weights(0)
    alviz.ask(runner.history, 0, "coreset")
    (tmp_path / "run/cycles/0000/pick/extra_gain.npy").unlink()
    with pytest.raises(DamagedFile, match=r"extra_gain\.npy is missing"):
        runner.history.selection(0)


def test_a_warm_start_goes_on_over_dropped_weights(fast: Any) -> None:
    full, lean = fast("full", learner=Counting()), fast("lean", learner=Counting(), keep=("features", "probs"))
    full.run(cycles=3)
    lean.run(cycles=3)
    assert lean.history.frame()["accuracy"].tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3])
    branch = lean.fork(2, sampler="entropy")
    branch.run(until=3)
    assert branch.history.record(3).metrics["accuracy"] == pytest.approx(0.3)
    np.testing.assert_array_equal(branch.history.snapshot(3).features, full.history.snapshot(3).features)
    # Nothing was written into the parent's folder, nor kept of what had to be computed on the way.
    assert not list((lean.history.path / "cycles/0001/fit").glob("*.safetensors"))
    assert not (branch.history.path / "cycles/0001").exists()


def test_a_fork_does_not_stand_on_arrays_that_its_parent_will_drop(fast: Any) -> None:
    parent = fast("parent", learner=Counting(), keep=())
    parent.step()
    parent.query()
    branch = parent.fork(1, sampler="random")
    parent.run(cycles=2)
    branch.run(until=2)
    assert branch.history.owner(1) is branch.history
    assert branch.history.record(2).metrics["accuracy"] == pytest.approx(0.2)


def test_a_warm_start_after_another_learner_begins_from_scratch_and_says_so(fast: Any) -> None:
    parent = fast("parent")
    parent.run(cycles=1)
    branch = parent.fork(1, learner=Counting())
    branch.run(until=2)
    assert branch.history.record(1).metrics["accuracy"] == 0.0
    assert branch.history.record(1).notes == ("The fit before is by another learner: this one started from scratch.",)
    assert branch.history.record(2).metrics["accuracy"] == pytest.approx(0.1)
    assert branch.history.record(2).notes == ()


def test_a_restored_cycle_that_differs_is_stored_and_told(
    fast: Any, few: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = fast("run", learner=Counting(), keep=(), sampler="coreset")
    runner.run(cycles=2)
    picked = runner.history.selection(0).ids
    monkeypatch.setattr(Counting, "drift", 0.25)
    with pytest.warns(AlvizWarning, match="Cycle 0 was computed again and differs"):
        runner.restore(0)
    for run in (runner.history, Run.open(tmp_path / "run", few)):
        np.testing.assert_allclose(run.snapshot(0).features, few.X.reshape(160, -1) + 0.25, rtol=1e-3)
        np.testing.assert_array_equal(run.selection(0).ids, picked)
        assert not np.isnan(run.selection(0).scores[picked]).any()


def test_a_fork_leaves_restoring_to_the_run_that_fitted(fast: Any) -> None:
    parent = fast("parent", keep=("features", "probs", "head"))
    parent.run(cycles=2)
    branch = parent.fork(2)
    with pytest.raises(InvalidInput, match="fitted by 'parent': restore it there"):
        branch.restore(0)


def test_a_flattened_fork_restores_with_the_learner_of_each_cycle(fast: Any, tmp_path: Path) -> None:
    parent = fast("parent", keep=())
    parent.run(cycles=1)
    branch = parent.fork(1, learner=alviz.learners.Linear(C=0.01), path=tmp_path / "branch")
    branch.run(until=2)
    branch.history.flatten()
    branch.restore(0)
    parent.restore(0)
    np.testing.assert_array_equal(branch.history.snapshot(0).probs, parent.history.snapshot(0).probs)


def test_which_arrays_are_kept_is_compared_as_a_set(fast: Any) -> None:
    fast("run", keep=("probs", "features")).close()
    runner = fast("run", keep=["features", "probs"])
    assert runner.history.config["keep"] == ["features", "probs"]
    assert fast("one", keep="features").history.config["keep"] == ["features"]
    with pytest.raises(InvalidInput, match="'everything'"):
        fast("other", keep=("everything",))


def test_live_equals_replay_where_half_precision_decides(fast: Any, few: Pool) -> None:
    """Distances that tie in float16 and not in float32: a live pick from unrounded features would differ."""

    @dataclass(frozen=True)
    class Fine(Counting):
        name: ClassVar[str] = "fine"

        def fit(self, task, pool, labels, previous, rng, progress, synthetic=None):  # type: ignore[no-untyped-def]
            made = super().fit(task, pool, labels, previous, rng, progress)
            line = 1 + np.arange(len(pool), dtype=np.float32)[:, None] * np.float32(2e-5)
            return replace(made, snapshot=replace(made.snapshot, features=np.concatenate([line, line], axis=1)))

    runner = fast("run", learner=Fine(), sampler="coreset", budget=10)
    live = runner.query()
    features = runner.history.snapshot(0).features
    assert len(np.unique(features[:, 0])) < len(few) / 10
    replay = alviz.ask(Run.open(runner.history.path), 0, "coreset")
    np.testing.assert_array_equal(live.ids, replay.ids)
    np.testing.assert_array_equal(live.scores, replay.scores)
    unrounded = 1 + np.arange(len(few), dtype=np.float32)[:, None] * np.float32(2e-5) * np.ones(2, dtype=np.float32)
    naive = alviz.samplers.coreset.k_center_greedy(unrounded, runner.history.labeled(0).ids, 10)
    assert not np.array_equal(live.ids, naive)
