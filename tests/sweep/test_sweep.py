"""Sweeps in this process and in others: paired, resumable, and honest about what failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import runs

import alviz
from alviz import CycleRunner, Pool, Run, Sweep
from alviz.errors import (
    AlvizWarning,
    ConfigMismatch,
    DiskFull,
    InvalidInput,
    MissingNeeds,
    NewerSchema,
    NotARun,
    RunLocked,
    UnknownName,
    WorkerMismatch,
)
from alviz.learners.linear import Linear
from alviz.samplers import Query, Sampler
from alviz.selection import Selection
from alviz.store.lock import acquire
from alviz.store.writer import versions
from alviz.sweep import SweepProgress
from alviz.sweep.threads import limited, share

SAMPLERS = ("random", "margin", "coreset")
Made = Callable[..., Sweep]


@pytest.fixture
def made(few: Pool, tmp_path: Path) -> Made:
    """Make the usual small sweep; keyword arguments change it."""

    def make(**changes: Any) -> Sweep:
        told: dict[str, Any] = {"samplers": SAMPLERS, "learners": "linear", "seeds": 2, "cycles": 2}
        told |= {"initial": 12, "budget": 5, "out": tmp_path / "sweep", **changes}
        return alviz.sweep(told.pop("pool", few), **told)

    return make


@dataclass(frozen=True)
class Failing(Sampler):
    """Picks at random until cycle 1, then fails while the file stands there."""

    name: ClassVar[str] = "failing"
    file: str = ""

    @property
    def needs(self) -> frozenset[str]:
        return frozenset()

    def select(self, query: Query) -> Selection:
        if query.cycle == 1 and Path(self.file).exists():
            raise ZeroDivisionError("a sampler's own mistake")
        ids = np.sort(query.rng.choice(query.candidates, query.n, replace=False))
        scores = np.full(query.size, np.nan, dtype=np.float32)
        scores[query.candidates] = 0
        return Selection(ids, scores, {})


@dataclass(frozen=True)
class Counting(Linear):
    """Writes a line for every fit that it makes."""

    name: ClassVar[str] = "counting"
    file: str = ""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        with Path(self.file).open("a") as file:
            file.write("fit\n")
        return super().fit(*args, **kwargs)


def test_every_run_is_what_a_runner_of_its_own_would_have_made(made: Made, few: Pool, tmp_path: Path) -> None:
    sweep = made()

    for seed in (0, 1):
        for sampler in SAMPLERS:
            alone = CycleRunner(
                few, "linear", sampler, initial=12, budget=5, seed=seed, path=tmp_path / f"{sampler}{seed}"
            ).run(until=2)
            assert runs.story(sweep.run(sampler, seed)) == runs.story(alone)


def test_runs_of_one_seed_share_initial_set_and_first_fit_which_is_made_once(made: Made, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    sweep = made(learners=Counting(file=str(log)))

    # 2 seeds: a root's fit each, and cycles 1 and 2 of three samplers.
    assert len(log.read_text().splitlines()) == 2 * (1 + 3 * 2)
    for seed in (0, 1):
        folders = {run.folder(0, "fit") for run in sweep.runs if run.seed == seed}
        assert len(folders) == 1
        assert len({tuple(run.initial.ids) for run in sweep.runs if run.seed == seed}) == 1
    assert sweep.runs[0].initial.ids.tolist() != sweep.runs[-1].initial.ids.tolist()


def test_a_fork_shares_the_first_fit_also_where_fewer_arrays_are_kept(made: Made, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    sweep = made(learners=Counting(file=str(log)), keep=("probs",))

    assert len(log.read_text().splitlines()) == 2 * (1 + 3 * 2)
    run = sweep.run("coreset", 1)
    assert run.dropped(1) == [
        "head_weight",
        "head_bias",
        "weights",
    ]  # these features never change: they stand in cycle 0
    assert run.snapshot(0).features is not None


def test_asked_again_nothing_is_made_again(made: Made, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    first = made(learners=Counting(file=str(log)))
    before, lines = runs.contents(first.path), log.read_text()

    again = made(learners=Counting(file=str(log)))

    assert log.read_text() == lines
    assert runs.contents(again.path) == before


def test_a_sweep_grows_by_samplers_seeds_and_cycles(made: Made, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    made(learners=Counting(file=str(log)), samplers="random", seeds=1)
    assert len(log.read_text().splitlines()) == 1 + 2

    sweep = made(learners=Counting(file=str(log)), samplers=["margin"], seeds=2, cycles=3)

    # margin with both seeds to cycle 3, and one new root; random is left as it was.
    assert len(log.read_text().splitlines()) == 3 + 2 * 3 + 1
    assert [(cell.sampler, cell.seed) for cell in sweep.cells] == [
        *[("random", 0), ("margin", 0), ("random", 1), ("margin", 1)]
    ]
    assert not sweep.complete
    assert made(learners=Counting(file=str(log)), samplers="random", seeds=2, cycles=3).complete


def test_another_sweep_in_the_folder_is_refused_with_what_differs(made: Made, few: Pool) -> None:
    sweep = made(seeds=1, samplers="random", cycles=1)
    before = runs.contents(sweep.path)

    with pytest.raises(ConfigMismatch, match="budget: 5 there, 6 given"):
        made(budget=6)
    with pytest.raises(ConfigMismatch, match="pool: 'few' with 160 examples"):
        made(pool=runs.few(150))
    with pytest.raises(ConfigMismatch, match="sampler 'random'"):
        made(samplers={"random": "margin"})
    with pytest.raises(ConfigMismatch, match="note: None there, 'mine' given"):
        made(note="mine")
    assert runs.contents(sweep.path) == before


def test_a_folder_that_holds_something_else_is_refused(made: Made, fast: Callable[..., CycleRunner]) -> None:
    run = fast("run").run(until=1)
    with pytest.raises(NotARun, match="is no sweep"):
        made(out=run.path)
    with pytest.raises(NotARun, match=r"holds no sweep\.json"):
        Sweep.open(run.path)
    with pytest.raises(NotARun, match="does not exist"):
        Sweep.open(run.path / "nowhere")


def test_a_newer_sweep_is_refused(made: Made) -> None:
    from alviz.store.files import read_json, write_json

    sweep = made(seeds=1, samplers="random", cycles=1)
    write_json(sweep.path / "sweep.json", {**read_json(sweep.path / "sweep.json"), "schema": 99})
    with pytest.raises(NewerSchema, match="schema 99"):
        Sweep.open(sweep.path)


def test_parts_that_do_not_go_together_are_refused_before_anything_is_written(made: Made, tmp_path: Path) -> None:
    with pytest.raises(MissingNeeds, match="bald"):
        made(samplers=["random", "bald"])
    with pytest.raises(InvalidInput, match="oracle is 'human'"):
        made(oracle="human")
    with pytest.raises(InvalidInput, match="initial is 500"):
        made(initial=500)
    with pytest.raises(InvalidInput, match="cycles is 0"):
        made(cycles=0)
    with pytest.raises(InvalidInput, match="backend is 'threads'"):
        made(backend="threads", out=tmp_path / "other")
    with pytest.raises(InvalidInput, match="scheduler= goes with"):
        made(scheduler="tcp://127.0.0.1:1", out=tmp_path / "another")
    assert not (tmp_path / "sweep").exists()


def test_a_run_that_fails_does_not_stop_the_others_and_is_made_when_asked_again(made: Made, tmp_path: Path) -> None:
    stone = tmp_path / "stone"
    stone.touch()
    samplers = [Failing(file=str(stone)), "random"]

    with pytest.warns(AlvizWarning, match=r"2 of 4 runs failed.*ZeroDivisionError: a sampler's own mistake"):
        sweep = made(samplers={"failing": samplers[0], "random": "random"})

    assert list(sweep.failures) == ["linear-failing-0", "linear-failing-1"]
    assert 'raise ZeroDivisionError("a sampler\'s own mistake")' in sweep.failures["linear-failing-0"]
    assert repr(sweep) == "Sweep('sweep', 2 samplers × 2 seeds, 2 of 4 runs complete, 2 failed)"
    assert [run.fitted for run in sweep.runs] == [2, 3, 2, 3]
    assert Sweep.open(sweep.path, sweep.pool).failures == sweep.failures

    stone.unlink()
    mended = made(samplers={"failing": samplers[0], "random": "random"})

    assert mended.complete
    assert mended.failures == {}
    assert repr(mended) == "Sweep('sweep', 2 samplers × 2 seeds, 4 of 4 runs complete)"


def test_forks_of_a_root_that_fails_fail_with_its_reason(made: Made, tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Broken(Linear):
        name: ClassVar[str] = "broken"

        def fit(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("no first fit")

    with pytest.warns(AlvizWarning, match="2 of 4 runs failed"):
        sweep = made(samplers=["random", "margin"], learners={"broken": Broken(), "linear": "linear"}, seeds=1)

    assert set(sweep.failures) == {"broken-random-0", "broken-margin-0"}
    assert all("no first fit" in text for text in sweep.failures.values())


def test_a_full_disk_stops_the_sweep_and_the_same_call_goes_on(
    made: Made, few: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    usage = shutil.disk_usage(".")
    looks = iter([usage] * 6 + [usage._replace(free=1)] * 1000)
    with monkeypatch.context() as patch:
        patch.setattr("alviz.store.room.shutil.disk_usage", lambda path: next(looks))
        with pytest.raises(DiskFull, match="free some space"):
            made()

    there = Sweep.open(tmp_path / "sweep", few)
    assert not there.complete
    assert there.failures == {}
    assert made().complete


def test_two_sweeps_do_not_write_one_folder(made: Made) -> None:
    sweep = made(seeds=1, samplers="random", cycles=1)
    lock = acquire(sweep.path)
    try:
        with pytest.raises(RunLocked, match="is being written by process"):
            made()
    finally:
        lock.release()
    assert made().complete


def test_other_versions_are_refused_by_name(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made(seeds=1, samplers="random", cycles=1)
    there = versions()
    # By the module: the name alviz.sweep is the function's.
    monkeypatch.setattr(import_module("alviz.sweep.job"), "versions", lambda: {**there, "numpy": "1.0"})

    with pytest.raises(WorkerMismatch, match=rf"numpy 1\.0, not {there['numpy']}"):
        made()


def test_two_workers_make_what_one_makes(made: Made, tmp_path: Path) -> None:
    """Also with a pool that no recipe can load: its arrays travel as files, and are gone at the end."""
    alone = made(threads=1)
    told: list[SweepProgress] = []
    together = made(out=tmp_path / "two", workers=2, threads=1, on_progress=told.append)

    assert [run.name for run in together.runs] == [run.name for run in alone.runs]
    for one, other in zip(alone.runs, together.runs, strict=True):
        assert runs.story(one) == runs.story(other)
        assert other.header["threads"] == 1
    assert not (together.path / ".pool").exists()
    assert (told[-1].acquisitions, told[-1].acquisitions_of) == (12, 12)
    assert (told[-1].runs, told[-1].runs_of, told[-1].failed, told[-1].seconds_left) == (6, 6, 0, 0.0)


def test_progress_counts_what_stands_in_the_folder(made: Made) -> None:
    made(seeds=1)
    told: list[SweepProgress] = []
    made(cycles=4, on_progress=told.append)

    assert told[-1].acquisitions == 2 * 3 * 4
    assert all(one.acquisitions >= 3 * 2 for one in told)
    assert [one.acquisitions for one in told] == sorted(one.acquisitions for one in told)


def test_a_run_is_found_by_its_sampler_seed_and_learner(made: Made) -> None:
    sweep = made(seeds=[3, 5])

    assert sweep.run("margin", 5).name == "linear-margin-5"
    assert sweep.run("margin").seed == 3
    with pytest.raises(UnknownName, match="Did you mean 'margin'"):
        sweep.run("margn")
    with pytest.raises(InvalidInput, match=r"no run 'linear-margin-4': its seeds are \[3, 5\]"):
        sweep.run("margin", 4)


def test_a_sweep_without_a_folder_is_a_temporary_one(made: Made) -> None:
    sweep = made(out=None, seeds=1, samplers="random", cycles=1)

    assert sweep.complete
    assert Run.open(sweep.path / "linear-random-0", sweep.pool).fitted == 2


def test_the_note_is_kept(made: Made) -> None:
    note = {"preset": "mine", "scale": 0.01}
    sweep = made(seeds=1, samplers="random", cycles=1, note=note)

    assert Sweep.open(sweep.path).note == note
    assert json.loads((sweep.path / "sweep.json").read_text())["note"] == note


def test_a_pool_that_runs_out_ends_a_run_early_and_is_not_repeated(made: Made, few: Pool, tmp_path: Path) -> None:
    log = tmp_path / "fits"
    two = few.y < 2
    small = alviz.datasets.arrays(few.X[two][:30], few.y[two][:30], few.X_test, few.y_test % 2, classes=["0", "1"])
    told = {"pool": small, "learners": Counting(file=str(log)), "budget": 10, "cycles": 5, "seeds": 1}
    with pytest.warns(AlvizWarning, match="cycles is 5, and the pool is labeled whole after 2 acquisitions"):
        sweep = made(**told)
    lines = log.read_text()
    with pytest.warns(AlvizWarning, match="labeled whole after 2"):
        made(**told)

    assert log.read_text() == lines
    assert sweep.complete
    assert [run.frame()["labels"].tolist() for run in sweep.runs] == [[12, 22, 30]] * 3


def test_limited_threads_are_put_back() -> None:
    import torch

    before = torch.get_num_threads()
    with limited(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)

    assert [share(workers) for workers in (1, 2, 3, 8, 20)] == [8, 4, 2, 1, 1]


def test_settings_of_the_runs_are_those_given(made: Made) -> None:
    sweep = made(oracle=alviz.oracles.Noisy(rate=0.1), initial=60, subset=40, seeds=1)
    config = sweep.run("margin").config

    assert (config["budget"], config["subset"], config["initial"]) == (5, 40, 60)
    assert config["oracle"]["name"] == "noisy"
