"""The recorded examples themselves: what they hold, that it fits together, and how long it takes to see it."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alviz
from alviz import Run, Sweep
from alviz.analysis import jaccard
from alviz.errors import InvalidInput
from alviz.learners.linear import softmax
from alviz.maps import Layouts

DATA = Path(__file__).parents[2] / "data"
NAMES = ("digits", "mnist-lowbudget")
LABELS = {"digits": range(20, 221, 20), "mnist-lowbudget": range(0, 101, 10)}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cache of its own: nothing that an earlier test computed is taken for recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALVIZ_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def test_they_are_small_together_and_nothing_of_them_is_pickled() -> None:
    files = sorted(DATA.glob("*.zip"))
    assert [file.stem for file in files] == list(NAMES) == alviz.recorded.names()
    assert sum(file.stat().st_size for file in files) <= 15e6
    for name in NAMES:
        kinds = {path.suffix for path in Sweep.example(name).path.rglob("*") if path.is_file()}
        assert kinds == {".json", ".jsonl", ".npy"}
        for path in Sweep.example(name).path.rglob("*.npy"):
            assert np.load(path, mmap_mode="r", allow_pickle=False).dtype.kind in "iuf"


@pytest.mark.parametrize("name", NAMES)
def test_picks_metrics_and_labels_of_at_least_eight_samplers_and_three_seeds(name: str) -> None:
    sweep = Sweep.example(name)
    assert sweep.complete
    assert len(sweep.plan["samplers"]) >= 8
    assert sweep.plan["seeds"] == [0, 1, 2]
    assert len(sweep.runs) == 3 * len(sweep.plan["samplers"])
    for run in sweep.runs:
        run.check_whole()
        frame = run.frame()
        assert frame["labels"].tolist() == list(LABELS[name])
        assert frame["accuracy"].notna().sum() == run.fitted - (name == "mnist-lowbudget")  # without a label none
        seen = set(run.initial.ids.tolist())
        for cycle in range(run.closed):
            picks, answers = run.selection(cycle), run.answers(cycle)
            assert picks is not None
            assert len(picks) == sweep.plan["settings"]["budget"]
            assert sorted(answers.ids) == sorted(picks.ids)
            assert not seen & set(picks.ids.tolist())
            seen |= set(picks.ids.tolist())
            scored = np.flatnonzero(~np.isnan(picks.scores))
            assert len(scored) == run.size - len(seen) + len(picks)
    # Paired: all samplers of a seed start from the same.
    for seed in (0, 1, 2):
        initial = {tuple(run.initial.ids.tolist()) for run in sweep.runs if run.seed == seed}
        assert len(initial) == 1


@pytest.mark.parametrize("name", NAMES)
def test_agreement_is_recorded_for_all_samplers_and_seeds(name: str) -> None:
    sweep = Sweep.example(name)
    frame = sweep.agreement()
    pairs = list(itertools.combinations(sweep.plan["samplers"], 2))
    cycles = range(name == "mnist-lowbudget", 11)
    for seed, cycle in itertools.product((0, 1, 2), cycles):
        rows = frame[(frame.seed == seed) & (frame.cycle == cycle)]
        assert list(zip(rows.a, rows.b, strict=True)) == pairs
    assert frame[["picks", "agree", "agree_plain"]].notna().all().all()
    assert frame["picks"].between(0, 1).all()
    assert frame["agree"].between(0, 1).all()
    some = sweep.agreement(cycle=3, seed=1)
    assert len(some) == len(pairs)
    with pytest.raises(InvalidInput, match="cycle=77"):
        sweep.agreement(cycle=77)


def test_recorded_agreement_is_what_compare_finds() -> None:
    run = Run.example("mnist-lowbudget")
    recorded = Sweep.example("mnist-lowbudget").agreement(cycle=5, seed=0)
    asked = alviz.compare(run, 5, ["margin", "coreset", "entropy"])
    agree = asked.agreement("margin")
    for other in ("coreset", "entropy"):
        row = recorded[recorded.a.isin(["margin", other]) & recorded.b.isin(["margin", other])].iloc[0]
        assert row.picks == pytest.approx(asked.jaccard.loc["margin", other], abs=1e-4)
        assert row.agree == pytest.approx(agree.loc[other, "agree"], abs=2e-4)


@pytest.mark.parametrize("sampler", ["core_gcn", "coreset", "entropy", "jlp"])
def test_what_the_shown_run_of_digits_is_asked_again_is_what_was_picked_or_agreed(sampler: str) -> None:
    run, cycle = Run.example("digits"), 6
    picks = run.selection(cycle)
    assert picks is not None
    asked = alviz.ask(run, cycle, sampler)
    if sampler == "core_gcn":
        assert len(np.intersect1d(asked.ids, picks.ids)) >= 18  # it trains, on this machine
        return
    frame = Sweep.example("digits").agreement(cycle=cycle, seed=0)
    row = frame[frame.a.isin([sampler, "core_gcn"]) & frame.b.isin([sampler, "core_gcn"])].iloc[0]
    assert row.picks == pytest.approx(jaccard(picks.ids, asked.ids), abs=0.1)  # probabilities are rounded


def test_agreement_at_the_picks_of_the_run_itself() -> None:
    """The shown sampler was asked where it picked: what is recorded of it is what it picked there."""
    sweep, run = Sweep.example("mnist-lowbudget"), Run.example("mnist-lowbudget")
    picks = run.selection(4)
    asked = alviz.ask(run, 4, "margin")
    assert picks is not None
    rows = sweep.agreement(cycle=4, seed=0)
    row = rows[(rows.a == "margin") & (rows.b == "typiclust")].iloc[0]
    assert row.picks == pytest.approx(jaccard(picks.ids, asked.ids), abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_every_run_of_the_seed_with_maps_has_one_of_every_cycle(name: str) -> None:
    layouts, size = Layouts(), Run.example(name).size
    for run in Sweep.example(name).runs:
        if run.seed:
            continue
        for cycle in range(run.fitted):
            assert layouts.ready(run, cycle, "tsne")
            layout = layouts.of(run, cycle)
            assert len(layout.ids) == size
            assert layout.trustworthiness is not None
            assert layout.trustworthiness > 0.9
            assert np.isfinite(layout.xy).all()
    path = next((Run.example(name).maps_path(0)).glob("tsne-0000-*.npy"))
    assert np.load(path).dtype == np.uint16


def test_the_pool_of_mnist_goes_along_with_its_images(data: Path) -> None:
    pool = Run.example("mnist-lowbudget").pool
    assert (len(pool), pool.X.shape[1], pool.pictured) == (6000, 50, True)
    np.testing.assert_allclose(np.linalg.norm(pool.X, axis=1), 1, atol=2e-3)
    mnist = alviz.datasets.mnist(data / "torchvision")
    digests = {image.tobytes(): int(label) for image, label in zip(mnist.X, mnist.y, strict=True)}
    ids = np.arange(0, 6000, 7)
    assert [digests[image.tobytes()] for image in pool.thumbnails(ids)] == pool.y[ids].tolist()


def test_probabilities_of_every_fit_are_there() -> None:
    run = Run.example("mnist-lowbudget/linear-margin-2")
    head, probs = run.snapshot(6).head, run.snapshot(6).probs
    assert head is not None
    assert probs is not None
    np.testing.assert_allclose(probs, softmax(run.pool.X @ head.weight.T + head.bias), atol=1e-6)
    assert (probs.argmax(axis=1) == run.pool.y).mean() > 0.6
    digits = Run.example("digits/supervised-revival-0")
    for cycle in (0, 5, 10):
        probs = digits.snapshot(cycle).probs
        assert probs is not None
        assert probs.dtype == np.float32
        np.testing.assert_allclose(probs.sum(axis=1), 1, atol=2e-3)
    assert not Run.example("digits/supervised-margin-1").has(3, "fit", "probs")


def test_a_run_goes_on_from_an_example_somewhere_else(tmp_path: Path) -> None:
    run = Run.example("mnist-lowbudget/linear-margin-0")
    before = sorted(run.path.rglob("*"))
    fork = alviz.CycleRunner.fork_of(run, 10, "entropy", run.config["learner"], "truth", path=tmp_path / "fork")
    fork.run(until=11)
    assert fork.history.frame()["labels"].tolist() == list(range(0, 111, 10))
    assert sorted(run.path.rglob("*")) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_the_command_that_makes_it_again(name: str) -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    command = alviz.recorded.find(name).command
    assert command in readme
    found = re.fullmatch(r"python (benchmarks/\w+\.py) ([\w-]+)( DATA)?", command)
    assert found
    assert (DATA.parent / found[1]).is_file()
    offered = subprocess.run(
        [sys.executable, str(DATA.parent / found[1]), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert found[2] in offered


OPENING = """
import time
start = time.perf_counter()
import alviz
run = alviz.Run.example({name!r})
frame = run.frame()
print(time.perf_counter() - start, len(frame))
"""


@pytest.mark.parametrize("name", NAMES)
def test_an_example_opens_in_seconds_also_for_the_first_time(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALVIZ_CACHE", str(tmp_path))
    took = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", OPENING.format(name=name)], capture_output=True, text=True, check=True
        )
        seconds, rows = done.stdout.split()
        assert rows == "11"
        took.append(float(seconds))
    assert took[0] < 20  # 2 s on an idle machine
    assert took[1] < 10


def test_the_explorer_shows_an_example_at_once() -> None:
    start = time.perf_counter()
    explorer = alviz.Explorer(Run.example("mnist-lowbudget"))
    assert time.perf_counter() - start < 20  # 1 s on an idle machine
    shown = explorer.debug()
    assert (shown["map"], shown["errors"]) == ({"method": "tsne", "cycle": 10}, [])
    explorer.go(4)
    shown = explorer.debug()
    assert shown["map"] == {"method": "tsne", "cycle": 4}
    assert len(shown["picks"]) == 10
    assert not shown["preview"]
    explorer.stop()
    assert explorer.wait(60)
