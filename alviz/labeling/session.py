"""A person labels a run: what is asked, what was answered, what comes next. Knows no widget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz import samplers
from alviz.assembly import recorded_part
from alviz.book import ASKED_AGAIN, CANNOT_TELL, NOTED, SKIPPED, UNDONE, Answer, Entry, Tally, now, person
from alviz.errors import InvalidInput
from alviz.labeling import classes
from alviz.labeling.pace import Pace
from alviz.part import Report, silent
from alviz.runner import CycleRunner
from alviz.selection import Selection
from alviz.store import Run


@dataclass(frozen=True, eq=False)
class Asked:
    """What is to be labeled.

    Attributes
    ----------
    ids : ndarray of int64
        In the order in which they are asked.
    source : {"picks", "next", "lasso", "review", "set aside"}
        Why these.
    cycle : int
        The open cycle.
    sampler : str or None
        Who picked them; None where a person chose.
    """

    ids: NDArray[np.int64]
    source: str
    cycle: int
    sampler: str | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class SessionProgress:
    """How far a person is.

    Attributes
    ----------
    done, total : int
        Of what is asked: answered or set aside, by anyone.
    answered_by_me : int
        Answers of this session, changes of mind included.
    per_minute : float or None
        Over the last fifty answers, breaks left out.
    seconds_left : float or None
        For what is still open, at that pace.
    """

    done: int
    total: int
    answered_by_me: int
    per_minute: float | None
    seconds_left: float | None


class Session:
    """One person at work on one run.

    Every method that answers returns once the entry is on the disk. Nothing is learned before `learn`.

    Parameters
    ----------
    shown : CycleRunner or Run
        A run that is only looked at takes answers too: its label book is for everybody. It cannot `learn`.
    who : str, optional
        Who labels; by default the user's name in the system.

    Attributes
    ----------
    run : Run
    runner : CycleRunner or None
    who : str
    asked : Asked
    notices : list of str
        What a person should know, in a sentence each.
    """

    def __init__(self, shown: CycleRunner | Run, who: str | None = None) -> None:
        self.runner = shown if isinstance(shown, CycleRunner) else None
        self.run: Run = shown.history if isinstance(shown, CycleRunner) else shown
        self.who = person(who)
        self.notices: list[str] = []
        if self.run.book.mend():
            self.notices.append("The label book ended in half a line, left by a kill: it was never an answer.")
        self.run.book.look()  # one that cannot be read is told before anybody labels
        self._pace = Pace()
        self.ask_picks()

    def __repr__(self) -> str:
        return f"Session({self.run.name!r}, who={self.who!r}, {len(self.asked)} asked)"

    @property
    def tally(self) -> Tally:
        """The label book as it stands, with what others wrote."""
        return self.run.book.look()

    # -- what is asked ------------------------------------------------------------------------------

    def ask_picks(self) -> Asked:
        """Ask for what was picked in the open cycle; nothing where nothing is picked yet."""
        cycle = self.run.closed
        self.asked = Asked(self._picks(cycle), "picks", cycle, self._sampler(cycle))
        return self.asked

    def ask(self, ids: ArrayLike, source: str) -> Asked:
        """Ask for other examples.

        Parameters
        ----------
        ids : array of int
            Pool rows, none twice.
        source : str
            ``"next"`` where the sampler wants them, else ``"lasso"``, ``"review"`` or ``"set aside"``.
        """
        given = np.asarray(ids)
        if given.size == 0:
            raise InvalidInput("No ids to label.")
        rows = self._check_ids(given.ravel().tolist())
        cycle = self.run.closed
        sampler = self._sampler(self.run.picked - 1) if source == "next" else None
        self.asked = Asked(np.array(rows, dtype=np.int64), source, cycle, sampler)
        return self.asked

    def further(self, n: int, report: Report = silent) -> NDArray[np.int64]:
        """Return what the sampler wants after its last picks: work for as long as a fit takes.

        Answers to these count from the fit after the next on, if that has begun.
        """
        cycle = self.run.picked - 1
        if self.runner is None or cycle < 0 or n < 1:
            return np.zeros(0, dtype=np.int64)
        tally, picks = self.tally, self._picks(cycle)
        decided = {*tally.labels, *tally.set_aside, *picks.tolist()}
        config = self.run.stage(cycle, "pick")["sampler"]
        mine = self.runner.sampler
        sampler = mine if mine.config() == config else recorded_part(samplers, config, None, "sampler")
        free = self.run.size - len(decided)
        wanted = min(len(picks) + len(decided) + n, self.run.size)
        selection = self.runner.preview(cycle, sampler, report, n=wanted) if free else None
        ids = [] if selection is None else [id for id in selection.ids.tolist() if id not in decided]
        return np.array(ids[:n], dtype=np.int64)

    # -- answers ------------------------------------------------------------------------------------

    def answer(self, id: int, label: int | str, note: str = "") -> None:
        """Label an example; a class is given by number or name."""
        self._say([id], lambda tally: classes.number(tally, label), "", note)

    def skip(self, id: int, note: str = "") -> None:
        """Leave an example unlabeled; it is not asked again."""
        self._say([id], None, SKIPPED, note)

    def cannot_tell(self, id: int, note: str = "") -> None:
        """Say that the class of an example cannot be told; it is not asked again."""
        self._say([id], None, CANNOT_TELL, note)

    def answer_all(self, ids: Iterable[int], label: int | str) -> None:
        """Give several examples the same label, all or none."""
        self._say(ids, lambda tally: classes.number(tally, label), "")

    def ask_again(self, ids: Iterable[int]) -> None:
        """Let examples that were set aside be picked again, from the next fit on."""
        aside = self.tally.set_aside
        self._say([id for id in self._check_ids(ids) if id in aside], None, ASKED_AGAIN)

    def note(self, id: int, text: str) -> None:
        """Write a note on an example; its label stays."""
        self._say([id], None, NOTED, text)

    def undo(self) -> int | None:
        """Take back this person's last answer in this run; what held before holds again.

        Returns
        -------
        int or None
            The example; None if there is nothing to take back.
        """
        undone: list[int] = []

        def make(tally: Tally) -> list[Answer]:
            answer = tally.undoable(self.who, self.run.uid)
            if answer is None:
                return []
            last = tally.last[answer.id]
            if (last.who, last.run) != (self.who, self.run.uid):
                raise InvalidInput(
                    f"{last.who} answered example {answer.id} after you: undo would take that back. Label it anew."
                )
            before = tally.before(answer)
            label, why = (None, UNDONE) if before is None else (before.label, before.why)
            undone.append(answer.id)
            return [self._entry(answer.id, label, why, cycle=answer.cycle, sampler=answer.sampler, undo=True)]

        self.run.book.change(make)
        return undone[0] if undone else None

    def state(self, id: int) -> Answer | None:
        """Return the last answer to an example, None where there is none."""
        return self.tally.last.get(id)

    def is_done(self, id: int) -> bool:
        """Whether an example is labeled or set aside."""
        return _decided(self.tally, id)

    # -- classes ------------------------------------------------------------------------------------

    def add_class(self, name: str) -> int:
        """Add a class to those of the pool and return its number; the next fit knows it."""
        made: list[int] = []

        def make(tally: Tally) -> list[Entry]:
            change = classes.added(tally, name, self.who, self.run.uid)
            made.append(change.number)
            return [change]

        self.run.book.change(make)
        return made[0]

    def rename_class(self, number: int, name: str) -> None:
        """Give a class another name; what is labeled so stays so."""
        self.run.book.change(lambda tally: [classes.renamed(tally, number, name, self.who, self.run.uid)])

    def remove_class(self, number: int) -> None:
        """Offer a class no more; one that is used is refused."""
        used = {*self.run.labeled(self.run.closed).values.tolist()}
        if self.run.loaded is not None:
            used |= {*np.unique(self.run.loaded.y).tolist()}
        self.run.book.change(lambda tally: [classes.removed(tally, number, used, self.who, self.run.uid)])

    # -- how far it is ------------------------------------------------------------------------------

    def progress(self) -> SessionProgress:
        """Return how far this person is with what is asked, and how fast."""
        tally = self.tally
        done = sum(_decided(tally, id) for id in self.asked.ids.tolist())
        left = len(self.asked) - done
        return SessionProgress(
            done, len(self.asked), self._pace.answers, self._pace.per_minute, self._pace.seconds_for(left)
        )

    @property
    def ready(self) -> bool:
        """Whether everything that was picked in the open cycle is answered or set aside."""
        tally, picks = self.tally, self._picks(self.run.closed)
        return len(picks) > 0 and all(_decided(tally, id) for id in picks.tolist())

    def learn(self, report: Report = silent) -> Selection | None:
        """Close the open cycle with what was answered, fit, and pick; takes as long as that takes.

        Returns
        -------
        Selection or None
            The new picks; None when nothing is left to pick.
        """
        if self.runner is None:
            raise InvalidInput(
                f"Run {self.run.name!r} was opened to look at: answers are kept, and whoever runs it learns from them. "
                f"alviz.CycleRunner.resume({str(self.run.path)!r}) goes on with it."
            )
        with self.runner.reporting(report):
            if self.run.picked > self.run.closed:
                self.runner.label()
            if self.runner.exhausted:
                self.runner.run(until=self.run.closed)
                return None
            return self.runner.query()

    # -- parts --------------------------------------------------------------------------------------

    def _picks(self, cycle: int) -> NDArray[np.int64]:
        selection = self.run.selection(cycle) if 0 <= cycle < self.run.picked else None
        return np.zeros(0, dtype=np.int64) if selection is None else selection.ids

    def _sampler(self, cycle: int) -> str | None:
        return str(self.run.stage(cycle, "pick")["sampler"]["name"]) if 0 <= cycle < self.run.picked else None

    def _say(self, ids: Iterable[int], label: classes.Chosen | None, why: str, note: str = "") -> None:
        rows = self._check_ids(ids)

        def make(tally: Tally) -> list[Answer]:
            value = None if label is None else label(tally)
            return [self._entry(id, value, why, str(note)) for id in rows]

        self.run.book.change(make)
        if why != NOTED:
            self._pace.tick()

    def _entry(
        self,
        id: int,
        label: int | None,
        why: str,
        note: str = "",
        *,
        cycle: int | None = None,
        sampler: str | None = None,
        undo: bool = False,
    ) -> Answer:
        if not undo:
            picked = bool((self.asked.ids == id).any())
            cycle, sampler = self.asked.cycle, self.asked.sampler if picked else None
        return Answer(id, label, self.who, now(), self.run.uid, cycle, sampler, why, note, undo)

    def _check_ids(self, ids: Iterable[int]) -> Sequence[int]:
        rows = list(ids)
        for id in rows:
            if not isinstance(id, (int, np.integer)) or isinstance(id, bool) or not 0 <= id < self.run.size:
                raise InvalidInput(f"There is no example {id!r}: ids are 0..{self.run.size - 1}.")
        if len(set(rows)) != len(rows):
            raise InvalidInput("An id is given more than once.")
        return [int(id) for id in rows]


def _decided(tally: Tally, id: int) -> bool:
    last = tally.last.get(id)
    return last is not None and (last.label is not None or last.set_aside)
