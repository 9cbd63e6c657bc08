"""Who is to blame when a worker dies and takes others with it: a place that dies on purpose, in this process."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from alviz.errors import DiskFull, WorkerDied
from alviz.sweep.deaths import outcomes
from alviz.sweep.job import RUNNING, Job, Outcome


class Named:
    """As much of a job as matters here."""

    def __init__(self, name: str) -> None:
        self.name = name


class Deadly:
    """Two workers: both die as soon as one is at the bad run; nobody is at any where `early`."""

    workers, here = 2, False

    def __init__(self, sweep: Path, early: bool = False) -> None:
        self.sweep, self.early = sweep, early
        self.asked: list[list[str]] = []

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        names = [job.name for job in jobs]
        self.asked.append(names)
        if self.early:
            raise WorkerDied("gone")
        at = names[:2]
        if "bad" in at:
            for name in at:
                (self.sweep / RUNNING).mkdir(exist_ok=True)
                (self.sweep / RUNNING / name).touch()
            raise WorkerDied("gone")
        for name in names:
            yield Outcome(name, fatal="DiskFull" if name == "full" else "", error="DiskFull: it is" * (name == "full"))


def jobs(*names: str) -> Any:
    return [cast(Job, Named(name)) for name in names]


def test_only_the_run_that_dies_alone_is_blamed(tmp_path: Path) -> None:
    place = Deadly(tmp_path)
    made = {each.name: each.error for each in outcomes(tmp_path, place, jobs("good", "bad", "other"))}
    assert place.asked == [["good", "bad", "other"]] * 2 + [["good"], ["bad"], ["other"]]
    assert made.keys() == {"good", "bad", "other"}
    assert [name for name, error in made.items() if error] == ["bad"]
    assert "3 times without a step done, the last time with no other run beside it" in made["bad"]
    assert list((tmp_path / RUNNING).iterdir()) == []


def test_a_run_that_gets_on_between_deaths_is_tried_again(tmp_path: Path) -> None:
    class Lasting(Deadly):
        def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
            steps = tmp_path / "bad" / "cycles"
            if len(self.asked) == 6:
                yield Outcome("bad")
                return
            (steps / f"{len(self.asked):04d}" / "fit").mkdir(parents=True)
            yield from super().outcomes(jobs)

    assert [each.error for each in outcomes(tmp_path, Lasting(tmp_path), jobs("bad"))] == [""]


def test_workers_that_die_before_they_begin_end_the_sweep(tmp_path: Path) -> None:
    place = Deadly(tmp_path, early=True)
    with pytest.raises(WorkerDied, match="Before any run began, 3 times"):
        list(outcomes(tmp_path, place, jobs("good")))
    assert len(place.asked) == 3


def test_a_full_disk_ends_it_for_all(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"^it is$"):
        list(outcomes(tmp_path, Deadly(tmp_path), jobs("good", "full", "other")))
