"""Reading a run: what is there, what is refused, what is damaged."""

from __future__ import annotations

import json
import re
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.errors import ConfigMismatch, DamagedFile, InvalidInput, NewerSchema, NotARun, PoolMissing
from alviz.store import arrays
from alviz.store.files import write_json

FIT = ["fit.json", "features.npy", "probs.npy", "head_weight.npy", "head_bias.npy", "weights.safetensors"]
PICK = ["record.json", "selected.npy", "scores.npy"]
LABELS = ["labels.json", "ids.npy", "labels.npy"]


@pytest.fixture(scope="module")
def recorded(few: Pool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed run of three fits, two acquisitions."""
    path = tmp_path_factory.mktemp("recorded") / "run"
    runner = CycleRunner(few, path=path, **{**runs.FAST, "sampler": "coreset"})
    runner.run(cycles=2)
    runner.close()
    return path


@pytest.fixture
def copy(recorded: Path, tmp_path: Path) -> Path:
    shutil.copytree(recorded, tmp_path / "run")
    return tmp_path / "run"


def test_the_folder_holds_what_the_design_says(recorded: Path) -> None:
    assert set(runs.files(recorded)) == {
        "run.json",
        "labels.jsonl",
        *(f"cycles/0000/fit/{name}" for name in FIT),
        # Pixels do not change: they stand in cycle 0 only.
        *(f"cycles/{c:04d}/fit/{name}" for c in (1, 2) for name in FIT if name != "features.npy"),
        *(f"cycles/{c:04d}/pick/{name}" for c in (0, 1) for name in [*PICK, "extra_gain.npy"]),
        *(f"cycles/{c:04d}/labels/{name}" for c in (0, 1) for name in LABELS),
    }


def test_the_header_says_how_the_run_was_started(recorded: Path, few: Pool) -> None:
    header = runs.plain_json(recorded / "run.json")
    assert header["schema"] == 1
    assert header["seed"] == 3
    assert header["config"]["learner"] == {"name": "linear", "params": {"C": 1.0, "max_iter": 1000}}
    assert header["config"]["sampler"] == {"name": "coreset", "params": {}}
    assert (header["config"]["initial"], header["config"]["budget"], header["config"]["subset"]) == (12, 5, None)
    assert header["initial"]["labels"] == few.y[header["initial"]["ids"]].tolist()
    assert header["pool"] == {
        "name": "few",
        "digest": few.digest,
        "size": 160,
        "classes": list("0123456789"),
        "recipe": None,
    }
    assert header["parent"] is None
    assert header["versions"]["numpy"] == np.__version__
    assert header["threads"] >= 1


def test_how_far_it_is_and_what_it_learned_from(recorded: Path, few: Pool) -> None:
    run = Run.open(recorded)
    assert (run.fitted, run.picked, run.closed) == (3, 2, 2)
    for cycle in range(3):
        labels = run.labeled(cycle)
        assert len(labels) == run.record(cycle).labeled == 12 + 5 * cycle
        np.testing.assert_array_equal(labels.values, few.y[labels.ids])
        assert len(set(labels.ids.tolist())) == len(labels)
    picks = [run.selection(cycle) for cycle in (0, 1)]
    assert run.selection(2) is None
    np.testing.assert_array_equal(
        run.labeled(2).ids, np.concatenate([run.labeled(0).ids, *(p.ids for p in picks if p)])
    )


def test_the_snapshot_is_what_the_learner_said_in_half_precision_where_that_is_enough(
    recorded: Path, few: Pool
) -> None:
    run = Run.open(recorded)
    snapshot = run.snapshot(1)
    assert snapshot.features is not None
    assert snapshot.probs is not None
    assert snapshot.head is not None
    pixels = few.X.reshape(160, -1).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(snapshot.features, pixels.astype(np.float16).astype(np.float32))
    logits = pixels @ snapshot.head.weight.T + snapshot.head.bias
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(snapshot.probs, shares / shares.sum(axis=1, keepdims=True), atol=1e-5)
    for array in (snapshot.features, snapshot.probs, snapshot.head.weight):
        assert array.dtype == np.float32
        assert not array.flags.writeable


def test_a_record_holds_costs_of_every_phase(recorded: Path) -> None:
    record = Run.open(recorded).record(1)
    assert set(record.phases) == {"train", "embed", "select", "label"}
    for phase in record.phases.values():
        assert 0 <= phase.seconds < 60
        assert 1e7 < phase.peak_bytes < 1e12
    assert (record.oracle, record.asked, record.answered) == ("truth", 5, 5)
    json.dumps(record.to_json())


def test_the_frame_has_a_row_per_fit(recorded: Path) -> None:
    run = Run.open(recorded)
    frame = run.frame()
    assert frame["cycle"].tolist() == [0, 1, 2]
    assert frame["labels"].tolist() == [12, 17, 22]
    assert frame["accuracy"].tolist() == [run.record(cycle).metrics["accuracy"] for cycle in range(3)]
    assert frame["sampler"].tolist()[:2] == ["coreset", "coreset"]
    assert frame["picked"].isna().tolist() == [False, False, True]


def test_the_frame_of_a_run_without_a_fit_is_empty(fast: Any) -> None:
    frame = fast().history.frame()
    assert len(frame) == 0
    assert {"cycle", "labels"} <= set(frame.columns)


def test_the_label_book_holds_every_answer(recorded: Path, few: Pool) -> None:
    run = Run.open(recorded)
    told = run.label_book()
    assert [answer["id"] for answer in told] == run.labeled(2).ids[12:].tolist()
    for i, answer in enumerate(told):
        assert answer["label"] == few.y[answer["id"]]
        assert (answer["who"], answer["sampler"], answer["run"]) == ("truth", "coreset", run.uid)
        assert answer["cycle"] == i // 5
    closing = runs.plain_json(recorded / "cycles/0001/labels/labels.json")
    assert closing["who"] == "truth"
    assert closing["when"] >= told[-1]["when"]


# -- what is refused ------------------------------------------------------------------------------


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(NotARun, match="does not exist"):
        Run.open(tmp_path / "nothing")
    with pytest.raises(NotARun, match=r"no run\.json"):
        Run.open(tmp_path)
    with pytest.raises(NotARun):
        CycleRunner.resume(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_schema(copy: Path) -> None:
    header = runs.plain_json(copy / "run.json")
    header.pop("sha256")
    write_json(copy / "run.json", {**header, "schema": 2})
    with pytest.raises(NewerSchema, match="schema 2; this one reads up to 1"):
        Run.open(copy)


def test_another_pool(copy: Path, digits: Pool) -> None:
    with pytest.raises(ConfigMismatch, match="160 examples"):
        Run.open(copy, pool=digits)
    with pytest.raises(ConfigMismatch, match="digest"):
        CycleRunner.resume(copy, pool=digits)


def test_a_pool_from_memory_has_to_be_given(copy: Path, few: Pool) -> None:
    run = Run.open(copy)
    assert len(run.frame()) == 3
    with pytest.raises(PoolMissing, match="pool=pool"):
        _ = run.pool
    with pytest.raises(PoolMissing):
        CycleRunner.resume(copy)
    assert Run.open(copy, few).pool is few


def test_a_pool_with_a_recipe_is_loaded(tmp_path: Path, digits: Pool) -> None:
    CycleRunner(digits, "linear", path=tmp_path / "run").close()
    run = Run.open(tmp_path / "run")
    assert run.pool.digest == digits.digest
    assert CycleRunner.resume(tmp_path / "run").pool.digest == digits.digest


@pytest.mark.parametrize("cycle", [-1, 3])
def test_a_cycle_that_is_not_there(recorded: Path, cycle: int) -> None:
    run = Run.open(recorded)
    for read in (run.record, run.snapshot, run.selection):
        with pytest.raises(InvalidInput, match="3 cycles are fitted, 2 picked, 2 labeled"):
            read(cycle)


# -- what is damaged ------------------------------------------------------------------------------


def _read(run: Run, name: str, cycle: int) -> Any:
    if name in ("selected.npy", "scores.npy", "record.json", "extra_gain.npy"):
        return run.selection(cycle)
    if name in LABELS:
        return run.answers(cycle)
    return run.weights(cycle) if name == "weights.safetensors" else run.snapshot(cycle)


@pytest.mark.parametrize(
    ("stage", "name"),
    [("fit", n) for n in FIT] + [("pick", n) for n in [*PICK, "extra_gain.npy"]] + [("labels", n) for n in LABELS],
)
@pytest.mark.parametrize("how", ["flipped", "cut", "removed"])
def test_a_damaged_file_is_named_at_its_first_read_not_before(copy: Path, stage: str, name: str, how: str) -> None:
    path = copy / "cycles" / "0000" / stage / name
    if how == "flipped":
        # A digit of a number in JSON; the last byte of an array.
        seconds = re.search(rb'"seconds": \d', path.read_bytes())
        runs.flip(path, -1 if seconds is None else seconds.end() - 1)
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-3])
    else:
        path.unlink()
    run = Run.open(copy)
    assert (run.fitted, run.picked, run.closed) == (3, 2, 2)
    for other in {"fit": PICK, "pick": LABELS, "labels": FIT}[stage]:
        _read(run, other, 0)
    # Cycle 1 has files of its own, but for the features, which stand in cycle 0.
    if name not in ("features.npy", "fit.json"):
        _read(run, name, 1)
    for _ in range(2):
        with pytest.raises(DamagedFile) as error:
            _read(run, name, 0)
        assert str(path) in str(error.value)


@pytest.mark.parametrize("how", ["flipped", "cut"])
def test_a_damaged_header_is_named(copy: Path, how: str) -> None:
    path = copy / "run.json"
    if how == "flipped":
        runs.flip(path, path.read_bytes().index(b'"seed": ') + 8)
    else:
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DamagedFile, match=r"run\.json"):
        Run.open(copy)


@pytest.mark.parametrize("gone", ["cycles/0001", "cycles/0000/fit", "cycles/0001/pick", "cycles/0001/labels"])
def test_a_missing_stage_is_named_before_anything_is_written_over_it(copy: Path, few: Pool, gone: str) -> None:
    shutil.rmtree(copy / gone)
    before = runs.contents(copy)
    with pytest.raises(DamagedFile, match=gone):
        CycleRunner.resume(copy, few)
    assert runs.contents(copy) == before


def test_reading_changes_nothing(copy: Path, few: Pool) -> None:
    for path in copy.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = runs.contents(copy)
    run = Run.open(copy, few)
    runs.story(run)
    run.frame()
    run.label_book()
    alviz.ask(run, 1, "entropy")
    assert runs.contents(copy) == before
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)


def test_a_relative_path_survives_a_change_of_folder(
    copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run.open("run")
    monkeypatch.chdir("/")
    assert run.fitted == 3
    assert run.name == "run"


def test_features_that_are_the_examples_stand_in_the_pools_file(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", np.arange(90) % 3)
    pool = alviz.datasets.npy(tmp_path / "X.npy", tmp_path / "y.npy")
    runner = alviz.CycleRunner(pool, "linear", "coreset", initial=6, budget=4, path=tmp_path / "run")
    runner.run(until=2)
    branch = runner.fork(1, "margin", path=tmp_path / "fork")
    branch.run(until=2)
    assert list(tmp_path.rglob("features.npy")) == []
    assert runner.history.stage(1, "fit")["arrays"]["features"] == {"at": "pool"}
    for path in ("run", "fork"):
        run = alviz.Run.open(tmp_path / path)
        np.testing.assert_array_equal(run.snapshot(2).features, X)
        assert alviz.ask(run, 1, run.config["sampler"]).ids.tolist() == run.selection(1).ids.tolist()
    branch.history.flatten()
    np.testing.assert_array_equal(alviz.Run.open(tmp_path / "fork").snapshot(0).features, X)
    np.save(tmp_path / "X.npy", X + 1)
    with pytest.raises(ConfigMismatch, match="is not the pool of run"):
        alviz.Run.open(tmp_path / "run").snapshot(0)
    (tmp_path / "X.npy").unlink()
    gone = alviz.Run.open(tmp_path / "run")
    assert gone.frame()["labels"].tolist() == [6, 10, 14]
    with pytest.raises(PoolMissing, match=r"There is no file .*X\.npy"):
        gone.snapshot(0)


def test_features_that_are_the_examples_of_a_pool_in_memory_are_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    pool = alviz.datasets.arrays(X, np.arange(90) % 3)
    written: list[str] = []
    write = arrays.write_array
    monkeypatch.setattr(arrays, "write_array", lambda path, array: (written.append(path.name), write(path, array))[1])
    runner = alviz.CycleRunner(pool, "linear", "coreset", initial=6, budget=4, path=tmp_path / "run")
    runner.run(until=3)
    assert written.count("features.npy") == 1
    assert [runner.history.stage(k, "fit")["arrays"]["features"].get("at") for k in range(4)] == [None, 0, 0, 0]
    again = alviz.Run.open(tmp_path / "run")  # without the pool
    np.testing.assert_allclose(again.snapshot(3).features, X, rtol=1e-3, atol=1e-3)


def test_a_pool_on_disk_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    shape = (150_000, 256)
    X = np.lib.format.open_memmap(tmp_path / "X.npy", mode="w+", dtype=np.float32, shape=shape)
    X[:] = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    np.save(tmp_path / "y.npy", (X[:, :3].argmax(axis=1)))
    del X
    tracemalloc.start()
    try:
        pool = alviz.datasets.npy(tmp_path / "X.npy", tmp_path / "y.npy")
        for sampler in ("margin", "coreset"):
            runner = alviz.CycleRunner(pool, "linear", sampler, initial=20, budget=10, path=tmp_path / sampler)
            runner.run(until=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.6 * 4 * shape[0] * shape[1]


def test_probabilities_that_were_not_kept_follow_from_the_head_where_the_features_are_the_examples(
    tmp_path: Path,
) -> None:
    X = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", np.arange(90) % 3)
    pool = alviz.datasets.npy(tmp_path / "X.npy", tmp_path / "y.npy")
    kept, slim = (
        alviz.CycleRunner(pool, "linear", "entropy", initial=6, budget=4, path=tmp_path / name, keep=keep).run(until=2)
        for name, keep in (("kept", alviz.store.arrays.KEEP), ("slim", ("head", "scores")))
    )
    assert not (tmp_path / "slim" / "cycles" / "0001" / "fit" / "probs.npy").exists()
    run = alviz.Run.open(tmp_path / "slim")
    assert run.has(1, "fit", "probs")
    assert run.dropped(1) == ["weights"]
    np.testing.assert_array_equal(run.array(1, "fit", "probs"), kept.array(1, "fit", "probs"))
    np.testing.assert_array_equal(run.snapshot(1).probs, kept.snapshot(1).probs)
    assert alviz.ask(run, 1, "entropy").ids.tolist() == slim.selection(1).ids.tolist()
    # What was kept and is gone is a loss that is told, not made up for.
    (kept.path / "cycles" / "0001" / "fit" / "probs.npy").unlink()
    with pytest.raises(DamagedFile, match=r"probs\.npy is missing"):
        alviz.Run.open(kept.path).array(1, "fit", "probs")
    # Without the head, or without the examples, nothing follows.
    alviz.CycleRunner(pool, "linear", "entropy", initial=6, budget=4, path=tmp_path / "none", keep=()).run(until=2)
    assert not alviz.Run.open(tmp_path / "none").has(1, "fit", "probs")
    (tmp_path / "X.npy").unlink()
    gone = alviz.Run.open(tmp_path / "slim")
    assert not gone.has(1, "fit", "probs")
    assert sorted(gone.dropped(1)) == ["probs", "weights"]
