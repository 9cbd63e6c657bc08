"""What the entries of a label book come to: the last answer to each example wins, the earlier ones are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alviz.book.entries import NOTED, UNDONE, Answer, ClassChange, Entry


@dataclass(frozen=True)
class Conflict:
    """An example that people label differently.

    Attributes
    ----------
    id : int
    answers : tuple of Answer
        The last one of each person, oldest first: the last of all is the one that counts.
    """

    id: int
    answers: tuple[Answer, ...]


class Tally:
    """The state of a label book, entry by entry. It may be read while another thread adds to it.

    Parameters
    ----------
    classes : sequence of str
        The pool's class names, which the book's changes are laid over.

    Attributes
    ----------
    entries : list of Answer
        Every answer, oldest first.
    last : dict of int to Answer
        The last one to each id; a note alone is none.
    classes : tuple of str
        Names by class number; a class that was removed keeps its number and its last name.
    removed : frozenset of int
        The numbers that are not offered any more.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.entries: list[Answer] = []
        self.last: dict[int, Answer] = {}
        self.classes: tuple[str, ...] = tuple(classes)
        self.removed: frozenset[int] = frozenset()
        self._histories: dict[int, list[Answer]] = defaultdict(list)
        self._asked_in: dict[str, set[int]] = defaultdict(set)

    def take(self, entry: Entry) -> None:
        """Add an entry, the newest one."""
        if isinstance(entry, ClassChange):
            self._change(entry)
            return
        self.entries.append(entry)
        self._histories[entry.id].append(entry)
        self._asked_in[entry.run].add(entry.id)
        if entry.why != NOTED:
            self.last[entry.id] = entry

    def _change(self, change: ClassChange) -> None:
        if change.name is None:
            self.removed |= {change.number}
            return
        names = list(self.classes)
        names[change.number : change.number + 1] = [change.name]
        self.classes = tuple(names)
        self.removed -= {change.number}

    @property
    def offered(self) -> tuple[int, ...]:
        """The class numbers that may be given."""
        return tuple(number for number in range(len(self.classes)) if number not in self.removed)

    def label(self, id: int) -> int | None:
        """Return the label that an example has by the book, None where it has none."""
        last = self.last.get(id)
        return None if last is None else last.label

    @property
    def labels(self) -> dict[int, int]:
        """The label of every example that has one by the book."""
        return self.held({})

    def held(self, initial: Mapping[int, int]) -> dict[int, int]:
        """Return the label of every example that has one now: the last answers, laid over the initial labels."""
        told = dict(initial)
        for id, answer in list(self.last.items()):
            if answer.label is not None:
                told[id] = answer.label
            elif answer.why != UNDONE:  # what is undone leaves what was before any answer
                told.pop(id, None)
        return told

    @property
    def set_aside(self) -> dict[int, Answer]:
        """The examples that are not to be asked again, and what was said of them."""
        return {id: answer for id, answer in list(self.last.items()) if answer.set_aside}

    @property
    def ids(self) -> list[int]:
        """Every example of which anything was said."""
        return list(self._histories)

    def asked_in(self, run: str) -> set[int]:
        """Return the ids that anybody said anything of in the run of that uid."""
        return set(self._asked_in.get(run, ()))

    def history(self, id: int) -> list[Answer]:
        """Return everything that was said of an example, oldest first."""
        return list(self._histories.get(id, ()))

    def note(self, id: int) -> str:
        """Return the last note on an example; empty without one."""
        return next((answer.note for answer in reversed(self.history(id)) if answer.note), "")

    def undoable(self, who: str, run: str) -> Answer | None:
        """Return the answer that an undo of this person takes back in this run: the last that is not undone yet."""
        undone = 0
        for answer in reversed(self.entries.copy()):
            if (answer.who, answer.run) != (who, run) or answer.why == NOTED:
                continue
            if answer.undo:
                undone += 1
            elif undone:
                undone -= 1
            else:
                return answer
        return None

    def before(self, answer: Answer) -> Answer | None:
        """Return what held for an example before one of its answers was given."""
        history = [told for told in self.history(answer.id) if told.why != NOTED]
        place = max(place for place, told in enumerate(history) if told is answer)
        return history[place - 1] if place else None

    def conflicts(self) -> list[Conflict]:
        """Return the examples whose last answers by different people differ, by id."""
        answers = {id: self.last_of_each(id) for id in sorted(self.ids)}
        return [Conflict(id, tuple(told)) for id, told in answers.items() if len({answer.label for answer in told}) > 1]

    def agreement(self) -> float | None:
        """Return the share of the examples labeled by two people or more on which all agree; None without any."""
        by_several = [told for told in map(self.last_of_each, self.ids) if len(told) > 1]
        if not by_several:
            return None
        return sum(len({answer.label for answer in told}) == 1 for told in by_several) / len(by_several)

    def last_of_each(self, id: int) -> list[Answer]:
        """Return the last label of an example by each person that was not taken back, in the order of giving."""
        given: dict[str, list[Answer]] = defaultdict(list)
        for answer in self.history(id):
            if answer.undo and given[answer.who]:
                given[answer.who].pop()
            elif not answer.undo and answer.why != NOTED:
                given[answer.who].append(answer)
        last = [answers[-1] for answers in given.values() if answers and answers[-1].label is not None]
        return sorted(last, key=self.history(id).index)
