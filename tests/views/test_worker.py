"""The one queue: order, superseding, yielding, stopping, errors."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from alviz.views.worker import ACT, LAYOUT, PREVIEW, Job, Worker, shared

PATIENCE = 30.0


class Owner:
    """Submits jobs and keeps what comes of them."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.done: list[Any] = []
        self.failed: list[Exception] = []
        self.heard: list[tuple[str, int, int]] = []

    def submit(self, key: str, work: Callable[[Job], Any], rank: int = PREVIEW) -> None:
        self.worker.submit(
            Job(self, key, rank, work, self.done.append, self.failed.append, lambda *p: self.heard.append(p))
        )

    def wait(self) -> None:
        assert self.worker.wait(self, PATIENCE)


class Gate:
    """Work that goes on until it is let through or cancelled."""

    def __init__(self, result: str = "through") -> None:
        self.result = result
        self.started = threading.Event()
        self.open = threading.Event()
        self.runs = 0

    def __call__(self, job: Job) -> str:
        self.runs += 1
        self.started.set()
        while not self.open.wait(0.005):
            job.report("train", 1, 2)
        return self.result


@pytest.fixture
def owner() -> Owner:
    return Owner(Worker())


def test_all_jobs_run_in_one_thread_that_is_not_the_callers(owner: Owner) -> None:
    for key in "abc":
        owner.submit(key, lambda job: threading.get_ident())
    owner.wait()
    assert len(owner.done) == 3
    assert len(set(owner.done)) == 1
    assert owner.done[0] != threading.get_ident()


def test_what_was_clicked_goes_before_what_takes_its_time(owner: Owner) -> None:
    gate = Gate()
    owner.submit("gate", gate, ACT)
    assert gate.started.wait(PATIENCE)
    for key, rank in (("layout", LAYOUT), ("preview", PREVIEW), ("step", ACT)):
        owner.submit(key, lambda job, key=key: key, rank)
    gate.open.set()
    owner.wait()
    assert owner.done == ["through", "step", "preview", "layout"]


def test_of_queued_jobs_about_the_same_only_the_newest_runs(owner: Owner) -> None:
    gate = Gate()
    owner.submit("gate", gate)
    assert gate.started.wait(PATIENCE)
    ran: list[int] = []
    for i in range(5):
        owner.submit("preview", lambda job, i=i: ran.append(i))
    gate.open.set()
    owner.wait()
    assert ran == [4]


def test_a_running_job_is_superseded_without_a_word(owner: Owner) -> None:
    old, new = Gate("old"), Gate("new")
    owner.submit("preview", old)
    assert old.started.wait(PATIENCE)
    new.open.set()
    owner.submit("preview", new)
    owner.wait()
    assert (owner.done, owner.failed) == (["new"], [])


def test_jobs_of_another_owner_are_left_alone(owner: Owner) -> None:
    other = Owner(owner.worker)
    gate = Gate("mine")
    owner.submit("preview", gate)
    assert gate.started.wait(PATIENCE)
    other.submit("preview", lambda job: "theirs")
    other.worker.stop(other)
    gate.open.set()
    owner.wait()
    other.wait()
    assert (owner.done, other.done) == (["mine"], [])


def test_a_layout_yields_and_is_taken_up_again(owner: Owner) -> None:
    layout = Gate("layout")
    owner.submit("layout", layout, LAYOUT)
    assert layout.started.wait(PATIENCE)
    owner.submit("step", lambda job: layout.open.set() or "step", ACT)
    owner.wait()
    assert owner.done == ["step", "layout"]
    assert layout.runs == 2
    assert owner.failed == []


def test_a_layout_that_two_jobs_interrupt_is_taken_up_once(owner: Owner) -> None:
    started, ready, runs = threading.Event(), threading.Event(), []

    def layout(job: Job) -> str:
        runs.append(job)
        started.set()
        assert ready.wait(PATIENCE)  # it reports late: both others come before it ends
        job.report("map", 1, 2)
        return "layout"

    owner.submit("layout", layout, LAYOUT)
    assert started.wait(PATIENCE)
    owner.submit("step", lambda job: "step", ACT)
    owner.submit("preview", lambda job: "preview", PREVIEW)
    ready.set()
    owner.wait()
    assert owner.done == ["step", "preview", "layout"]
    assert len(runs) == 2


def test_a_layout_that_is_done_is_not_taken_up_again(owner: Owner) -> None:
    runs: list[str] = []

    def look_closer(_: object) -> None:
        owner.submit("glance", lambda job: runs.append("glance"), PREVIEW)

    job = Job(owner, "layout", LAYOUT, lambda job: runs.append("layout"), look_closer, owner.failed.append, print)
    owner.worker.submit(job)
    owner.wait()
    assert runs == ["layout", "glance"]


def test_stop_ends_what_runs_and_forgets_what_waits(owner: Owner) -> None:
    gate = Gate()
    owner.submit("step", gate, ACT)
    assert gate.started.wait(PATIENCE)
    owner.submit("preview", lambda job: "never")
    assert owner.worker.running(owner) == "step"
    owner.worker.stop(owner)
    owner.wait()
    assert owner.done == []
    # Both are told: what waited at once, what ran at its next report.
    assert [str(error) for error in owner.failed] == [
        "Stopped before it began.",
        "Stopped in the train phase; all finished steps are kept.",
    ]
    assert owner.worker.running(owner) is None


def test_an_error_is_handed_over_and_the_thread_lives_on(owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    owner.submit("preview", lambda job: 1 / 0)
    owner.submit("step", lambda job: "alive")
    owner.wait()
    assert owner.done == ["alive"]
    assert [type(error) for error in owner.failed] == [ZeroDivisionError]
    assert "division by zero" in caplog.text  # with its traceback, for whoever looks into it


def test_progress_is_passed_on_but_not_more_often_than_it_can_be_seen(owner: Owner) -> None:
    def work(job: Job) -> None:
        for i in range(1000):
            job.report("train", i, 1000)
        job.report("embed", 0, 1)

    owner.submit("step", work, ACT)
    owner.wait()
    assert owner.heard[0] == ("train", 0, 1000)
    assert owner.heard[-1] == ("embed", 0, 1)
    assert len(owner.heard) < 100


def test_wait_says_when_time_is_up(owner: Owner) -> None:
    gate = Gate()
    owner.submit("step", gate)
    assert owner.worker.wait(owner, 0.01) is False
    gate.open.set()
    owner.wait()


def test_there_is_one_worker_for_all() -> None:
    assert shared() is shared()
