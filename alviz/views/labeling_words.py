"""What the labeling page is told in words and numbers: plain values, small enough to go with every answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alviz.book import Tally
from alviz.cross_validation import FEWEST
from alviz.figures import class_colors
from alviz.labeling.hint import stopping_hint
from alviz.store import Run
from alviz.views.branch import Branch, run_name
from alviz.views.labeling_keys import class_keys

if TYPE_CHECKING:
    from alviz.labeling.review import Review
    from alviz.labeling.session import Asked, SessionProgress

_METRICS = {"accuracy": "test accuracy", "cross_validated_accuracy": "cross-validated accuracy"}


def head(branch: Branch, asked: Asked, who: str) -> dict[str, Any]:
    """Return what is labeled where, and by whom."""
    pool, run = str(branch.run.header["pool"]["name"]), run_name(branch.run)
    return {"pool": pool, "run": "" if run == pool else run, "asked": what(asked), "who": who}


def what(asked: Asked) -> str:
    """Return what is asked, in words."""
    n = f"{len(asked.ids):,}"
    by = f" by {asked.sampler}" if asked.sampler else ""
    match asked.source:
        case "picks":
            return f"{n} picked{by} · cycle {asked.cycle}" if len(asked.ids) else "no picks yet"
        case "next":
            return f"{n} next wanted{by}"
        case "lasso":
            return f"{n} drawn around"
        case "set aside":
            return f"{n} set aside before"
        case "review":
            return f"{n} labels to review, the most suspicious first"
        case _:
            return f"{n} for {asked.source}"


def classes(tally: Tally) -> dict[str, Any]:
    """Return names, colors and keys of the classes, and which of them may be given."""
    keys = class_keys(tally.classes, tally.offered)
    return {
        "names": list(tally.classes),
        "colors": list(class_colors(len(tally.classes))),
        "offered": list(tally.offered),
        "keys": {str(number): key for number, key in keys.items()},
    }


def progress(now: SessionProgress) -> dict[str, Any]:
    """Return how far it is; rates are rounded, so that they do not flicker."""
    return {
        "done": now.done,
        "total": now.total,
        "mine": now.answered_by_me,
        "rate": None if now.per_minute is None else round(now.per_minute),
        "left": None if now.seconds_left is None else round(now.seconds_left),
    }


def offers(asked: Asked, lasso: int, picks: int, new: bool, aside: int, labels: int) -> list[dict[str, str]]:
    """Return what else may be labeled.

    Parameters
    ----------
    asked : Asked
        What is labeled now.
    lasso : int
        How many examples are drawn around on the map.
    picks : int
        How many picks there are to go to.
    new : bool
        Whether these came while something else was labeled.
    aside : int
        How many examples are set aside.
    labels : int
        How many labels the shown fit learned from.
    """
    told = []
    if lasso:
        told.append({"do": "ask lasso", "words": f"Label these {lasso:,}", "hint": "What is drawn around on the map"})
    if picks:
        words = f"Go to {picks:,} new picks" if new else f"Back to {picks:,} picks"
        told.append({"do": "ask picks", "words": words, "hint": "What the sampler asks for"})
    if aside and asked.source != "set aside":
        words = f"Ask {aside:,} set aside"
        told.append({"do": "ask set aside", "words": words, "hint": "Ask again what was skipped or could not be told"})
    if labels >= FEWEST and asked.source != "review":
        told.append({"do": "ask review", "words": "Review labels", "hint": "Those that look wrong, the worst first"})
    return told


def doubt(found: Review, place: int, names: Sequence[str]) -> str:
    """Return what speaks against a label that is reviewed."""
    parts = [f"suspicion {found.suspicion[place]:.2f}"]
    if found.neighbors_asked[place]:
        parts.append(f"{found.neighbors_agree[place]} of {found.neighbors_asked[place]} nearest labels agree")
    if found.suggested[place] >= 0:
        parts.append(f"rather {names[found.suggested[place]]}?")
    return " · ".join(parts)


def curve(run: Run) -> dict[str, Any] | None:
    """Return how good the fits are that the labels were for; None while nothing is measured."""
    records = [run.record(cycle) for cycle in range(run.fitted)]
    for metric, title in _METRICS.items():
        points = [[record.labeled, round(record.metrics[metric], 4)] for record in records if metric in record.metrics]
        if points:
            return {"title": title, "points": points}
    return None


def hint(run: Run) -> str:
    """Return a line that says so when more labels may change little; it takes its time."""
    told = stopping_hint(run, run.fitted - 1)
    return "" if told is None else told.text
