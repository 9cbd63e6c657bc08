"""Layouts of real runs: those that another process writes, and forks."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import alviz
from alviz import CycleRunner, Run
from alviz.maps import TSNE, Layouts

STEP = """
import sys
import runs
from alviz import CycleRunner
CycleRunner.resume(sys.argv[1], pool=runs.few()).run(until=2)
"""


def network() -> alviz.learners.Supervised:
    return alviz.learners.Supervised(epochs=2)


def test_a_run_that_another_process_goes_on_with(fast: Callable[..., CycleRunner]) -> None:
    runner = fast(learner=network())
    runner.run(until=1)
    path = runner.history.path
    runner.close()
    run = Run.open(path)
    layouts = Layouts()
    first = layouts.of(run, 1)
    with pytest.raises(alviz.errors.InvalidInput, match="2 cycles are fitted"):
        layouts.of(run, 2)
    paths = [str(Path(__file__).parents[1]), *sys.path]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}{STEP}", str(path)], check=True)
    later = layouts.of(run, 2)
    assert set(run.answers(1).ids) <= set(later.ids)
    assert later.moved is not None
    assert 0 < later.moved < 1
    np.testing.assert_array_equal(Layouts().of(Run.open(path), 1).xy, first.xy)


def test_a_fork_starts_from_its_parents_map(
    fast: Callable[..., CycleRunner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = fast(learner=network())
    runner.run(until=2)
    fork = runner.fork(at=1, learner=alviz.learners.Supervised(epochs=3), path=tmp_path / "fork")
    fork.run(until=2)
    parent, branch = runner.history, fork.history
    assert branch.owner(1) is branch
    starts: list[object] = []
    original = TSNE.layout

    def watched(self: TSNE, features: object, **kwargs: object) -> object:
        starts.append(kwargs["start"])
        return original(self, features, **kwargs)

    monkeypatch.setattr(TSNE, "layout", watched)
    layouts = Layouts()
    layouts.of(branch, 2)
    assert len(starts) == 3
    assert starts[0] is None
    # The parent's first map is the fork's, and stands beside the parent's fit.
    first = layouts.of(parent, 0)
    np.testing.assert_array_equal(starts[1], first.xy)
    own, shared = branch.path / "maps", parent.path / "maps"
    assert [path.name[:9] for path in sorted(shared.glob("*.npy"))] == ["tsne-0000"]
    assert [path.name[:9] for path in sorted(own.glob("*.npy"))] == ["tsne-0001", "tsne-0002"]
    layouts.of(parent, 2)
    assert len(starts) == 5
    np.testing.assert_array_equal(starts[3], first.xy)
    assert layouts.of(parent, 1).moved != layouts.of(branch, 1).moved
