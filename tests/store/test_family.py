"""Forks: what they share, what they copy, what happens when the family moves or parts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.errors import ConfigMismatch, InvalidInput, RunLocked, StoreError
from alviz.learners import Linear


def test_a_fork_copies_nothing_and_is_its_parent_until_it_goes_on(fast: Any, tmp_path: Path) -> None:
    parent = fast("parent")
    parent.run(cycles=3)
    before = runs.contents(parent.history.path)
    branch = parent.fork(2, path=tmp_path / "branch")
    assert set(runs.files(branch.history.path)) == {"run.json"}
    assert sum(runs.files(branch.history.path).values()) < 4000
    assert (branch.history.fitted, branch.history.picked, branch.history.closed) == (3, 2, 2)
    for cycle in range(3):
        assert branch.history.owner(cycle).uid == parent.history.uid
        assert branch.history.maps_path(cycle) == parent.history.maps_path(cycle)
        assert branch.history.record(cycle).metrics == parent.history.record(cycle).metrics
    assert runs.contents(parent.history.path) == before


def test_an_unchanged_fork_equals_its_parent_in_all_later_cycles(fast: Any, tmp_path: Path) -> None:
    for sampler in ("margin", "random"):
        parent = fast(f"parent {sampler}", sampler=sampler, subset=60)
        parent.run(cycles=4)
        for at in (0, 2, 4):
            branch = parent.fork(at, path=tmp_path / f"branch {sampler} {at}")
            branch.run(until=4)
            assert runs.story(branch.history) == runs.story(parent.history)
            assert set(branch.history.path.glob("cycles/*")) == {
                branch.history.path / "cycles" / f"{cycle:04d}" for cycle in range(at, 5) if (at, cycle) != (4, 4)
            }


def test_a_fork_of_a_fork_reads_through_both(fast: Any, tmp_path: Path) -> None:
    root = fast("root")
    root.run(cycles=2)
    child = root.fork(1, sampler="entropy", path=tmp_path / "child")
    child.run(until=3)
    grandchild = child.fork(2, sampler="random", path=tmp_path / "grandchild")
    grandchild.run(until=4)
    run = Run.open(tmp_path / "grandchild")
    assert [run.owner(cycle).name for cycle in range(5)] == ["root", "root", "child", "grandchild", "grandchild"]
    assert [run.owner(cycle, "pick").name for cycle in range(4)] == ["root", "child", "grandchild", "grandchild"]
    samplers = [(run.record(cycle).sampler or {})["name"] for cycle in range(4)]
    assert samplers == ["margin", "entropy", "random", "random"]
    assert run.parent is not None
    assert (run.parent.name, run.at, run.root.name) == ("child", 2, "root")
    # One label book for the family, at its root.
    assert not (run.path / "labels.jsonl").exists()
    book = run.label_book()
    assert {answer["run"] for answer in book} == {root.history.uid, child.history.uid, run.uid}
    own = [answer["id"] for answer in book if answer["run"] == run.uid]
    assert own == run.labeled(4).ids[-10:].tolist()


def test_a_fork_with_another_learner_fits_anew(fast: Any, tmp_path: Path) -> None:
    parent = fast("parent")
    parent.run(cycles=2)
    branch = parent.fork(1, learner=Linear(C=0.01), path=tmp_path / "branch")
    assert branch.history.fitted == 1
    branch.run(until=2)
    run = branch.history
    assert run.owner(0).uid == parent.history.uid
    assert run.owner(1) is run
    np.testing.assert_array_equal(run.labeled(1).ids, parent.history.labeled(1).ids)
    assert run.record(1).learner["params"]["C"] == 0.01
    assert not np.array_equal(run.snapshot(1).probs, parent.history.snapshot(1).probs)
    # The same pixels: the features still stand only once.
    assert not (run.path / "cycles/0001/fit/features.npy").exists()
    np.testing.assert_array_equal(run.snapshot(1).features, parent.history.snapshot(1).features)


def test_a_fork_ahead_of_the_fits_makes_its_own(fast: Any, tmp_path: Path) -> None:
    parent = fast("parent")
    parent.step()
    branch = parent.fork(1, path=tmp_path / "branch")
    branch.run(until=2)
    parent.run(until=2)
    assert branch.history.owner(1) is branch.history
    assert runs.story(branch.history) == runs.story(parent.history)


@pytest.mark.parametrize("at", [-1, 3, 1.0, True])
def test_a_fork_somewhere_else_is_refused(fast: Any, tmp_path: Path, at: Any) -> None:
    parent = fast("parent")
    parent.run(cycles=2)
    with pytest.raises(InvalidInput, match="at"):
        parent.fork(at, path=tmp_path / "branch")
    assert not (tmp_path / "branch").exists()


def test_a_fork_that_is_there_is_gone_on_with_and_no_other_run_is_taken_for_it(fast: Any, tmp_path: Path) -> None:
    parent = fast("parent")
    parent.run(cycles=2)
    first = parent.fork(1, sampler="entropy", path=tmp_path / "branch")
    first.step()
    again = parent.fork(1, sampler="entropy", path=tmp_path / "branch")
    assert again.history.uid == first.history.uid
    assert again.history.closed == 2
    before = runs.contents(tmp_path / "branch")
    for change in ({"at": 2}, {"sampler": "random"}, {"learner": Linear(C=2.0)}):
        with pytest.raises(ConfigMismatch):
            parent.fork(**{"at": 1, "sampler": "entropy", "path": tmp_path / "branch", **change})
    with pytest.raises(ConfigMismatch, match="fork of parent"):
        fast("branch", sampler="entropy")
    with pytest.raises(ConfigMismatch, match="origin"):
        parent.fork(1, path=tmp_path / "parent")
    assert runs.contents(tmp_path / "branch") == before
    # Neither was taken over by the refused calls.
    again.step()
    parent.step()


def test_a_family_that_moves_together_still_stands(fast: Any, few: Pool, tmp_path: Path) -> None:
    parent = fast("here/parent")
    parent.run(cycles=2)
    branch = parent.fork(1, sampler="entropy", path=tmp_path / "here/branches/one")
    branch.run(until=2)
    expected = runs.story(branch.history)
    parent.close()
    branch.close()
    (tmp_path / "here").rename(tmp_path / "there")
    moved = Run.open(tmp_path / "there/branches/one")
    assert runs.story(moved) == expected
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there/branches/one")
    assert runs.story(Run.open(link)) == expected
    CycleRunner.resume(tmp_path / "there/branches/one", few).step()


def test_a_parent_that_is_gone_is_named(fast: Any, few: Pool, tmp_path: Path) -> None:
    parent = fast("parent")
    parent.run(cycles=1)
    parent.fork(1, path=tmp_path / "branch").close()
    parent.close()
    (tmp_path / "parent").rename(tmp_path / "elsewhere")
    for use in (Run.open, lambda path: CycleRunner.resume(path, few)):
        with pytest.raises(
            StoreError, match=f"fork at cycle 1 of the run at {tmp_path / 'parent'}, which is not there"
        ):
            use(tmp_path / "branch")
    fast("parent", seed=4)
    with pytest.raises(StoreError, match="Put the parent back"):
        Run.open(tmp_path / "branch")
    shutil.rmtree(tmp_path / "parent")
    (tmp_path / "elsewhere").rename(tmp_path / "parent")
    assert Run.open(tmp_path / "branch").fitted == 2


# -- flatten and delete ---------------------------------------------------------------------------


def test_a_flattened_fork_needs_its_parent_no_more(fast: Any, few: Pool, tmp_path: Path) -> None:
    parent = fast("parent")
    parent.run(cycles=3)
    branch = parent.fork(2, sampler="entropy", path=tmp_path / "branch")
    branch.run(until=3)
    grandchild = branch.fork(3, path=tmp_path / "grandchild")
    expected, book = runs.story(branch.history), runs.book(branch.history)
    run = branch.history
    run.flatten()
    assert (run.parent, run.at) == (None, None)
    assert runs.story(run) == expected
    parent.close()
    shutil.rmtree(tmp_path / "parent")
    assert runs.story(Run.open(tmp_path / "branch")) == expected
    assert runs.book(Run.open(tmp_path / "branch")) == book
    # The runner that has it open goes on, and so does a fork of it, with the copied book.
    branch.step()
    assert run.closed == 4
    assert [answer["cycle"] for answer in run.label_book()][-5:] == [3] * 5
    grandchild.close()
    CycleRunner.resume(tmp_path / "grandchild", few).step()
    assert len(run.label_book()) == len(book) + 10
    before = runs.contents(tmp_path / "branch")
    run.flatten()
    assert runs.contents(tmp_path / "branch") == before


def test_a_run_is_deleted_only_when_no_fork_stands_on_it(fast: Any, tmp_path: Path) -> None:
    parent = fast("parent")
    parent.run(cycles=1)
    branch = parent.fork(1, path=tmp_path / "branch")
    assert parent.history.forks == [tmp_path / "branch"]
    before = runs.contents(tmp_path / "parent")
    with pytest.raises(StoreError, match="parent of branch"):
        parent.history.delete()
    assert runs.contents(tmp_path / "parent") == before
    parent.step()
    branch.history.delete()
    assert parent.history.forks == []
    parent.history.delete()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="no longer writes"):
        parent.step()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_neighbor_does_not_stand_in_the_way(fast: Any, tmp_path: Path) -> None:
    runner = fast("parent")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text("{")
    runner.history.delete()
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_run_that_another_process_writes_is_neither_flattened_nor_deleted(
    fast: Any, tmp_path: Path, other_process: Any
) -> None:
    parent = fast("parent")
    parent.run(cycles=1)
    parent.fork(1, path=tmp_path / "branch").close()
    run = Run.open(tmp_path / "branch")
    with other_process(tmp_path / "branch") as pid:
        for change in (run.flatten, run.delete):
            with pytest.raises(RunLocked, match=f"process {pid} on"):
                change()
    run.flatten()
    assert Run.open(tmp_path / "branch").parent is None


def test_every_registered_sampler_asked_at_a_past_cycle_picks_what_a_fork_there_picks(
    fast: Any, few: Pool, tmp_path: Path
) -> None:
    network = alviz.learners.Supervised(epochs=2, dropout=0.3, loss_head=True)
    parents = {False: fast("parent", subset=100), True: fast("network", subset=100, learner=network)}
    for parent in parents.values():
        parent.run(cycles=2)
    quick = {"steps": 10, "epochs": 1, "passes": 3, "time_limit": 0.0}
    for name in alviz.samplers.names():
        kind = alviz.samplers.get(name)
        sampler = kind(**{key: value for key, value in quick.items() if key in kind.__dataclass_fields__})
        parent = parents[bool(sampler.needs & {"stochastic", "loss"})]
        run = Run.open(parent.history.path)
        for cycle in (0, 1):
            asked = [alviz.ask(run, cycle, sampler, pool=few), parent.ask(cycle, sampler)]
            branch = parent.fork(cycle, sampler=sampler, path=tmp_path / f"{name} {cycle}")
            picked = branch.query()
            recorded = Run.open(branch.history.path).selection(cycle)
            assert recorded is not None
            for selection in (*asked, recorded):
                np.testing.assert_array_equal(selection.ids, picked.ids)
                np.testing.assert_array_equal(selection.scores, picked.scores)
                assert selection.extra.keys() == picked.extra.keys()
                for key, value in selection.extra.items():
                    np.testing.assert_array_equal(value, picked.extra[key])
