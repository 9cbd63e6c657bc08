"""What people answered: the entries of a label book, and what they come to."""

from alviz.book.entries import ASKED_AGAIN, CANNOT_TELL, NOTED, SKIPPED, UNDONE, Answer, ClassChange, Entry, entry, now
from alviz.book.people import person
from alviz.book.tally import Conflict, Tally

__all__ = [
    "ASKED_AGAIN",
    "CANNOT_TELL",
    "NOTED",
    "SKIPPED",
    "UNDONE",
    "Answer",
    "ClassChange",
    "Conflict",
    "Entry",
    "Tally",
    "entry",
    "now",
    "person",
]
