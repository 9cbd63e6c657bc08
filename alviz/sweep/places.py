"""What a place is where the runs of a sweep are made, and what can be sent to one."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from alviz.errors import InvalidInput
from alviz.sweep.job import Job, Outcome

# How long a scheduler, and then its first worker, may take to answer.
ANSWER_SECONDS = 10


class Place(Protocol):
    """Where jobs are done.

    Attributes
    ----------
    workers : int
        How many at once.
    here : bool
        Whether that is this process.
    """

    workers: int
    here: bool

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Do the jobs, and yield what came of each as it ends.

        Raises
        ------
        WorkerDied
            If one ended without a word; the outcomes of all jobs that were not yielded are unknown.
        """


def check_sendable(jobs: Sequence[Job]) -> None:
    """Refuse jobs that cannot get to another process, before any of them is begun.

    Raises
    ------
    InvalidInput
        Naming the run.
    """
    from joblib.externals.loky.backend.reduction import dumps

    for job in jobs:
        try:
            dumps(job)
        except Exception as error:  # whatever a part of one's own raises there
            raise InvalidInput(
                f"The run {job.name!r} cannot be sent to another process: {error}. Its learner, sampler, oracle and "
                "trackers must hold plain values alone, or workers=1."
            ) from error
