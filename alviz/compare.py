"""What any samplers would pick at a recorded cycle, and how much they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz import oracles
from alviz.analysis import Agreement, agreement, jaccard, spearman
from alviz.answering import known_answers
from alviz.asking import ask, check_askable
from alviz.errors import AlvizError, InvalidInput, MissingNeeds
from alviz.graphs import knn_graph
from alviz.graphs.propagate import Propagated, propagate_labels, similarity
from alviz.learners import Learner
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.samplers import Sampler, make
from alviz.samplers.naming import tell_apart
from alviz.selection import Selection
from alviz.store import Run

if TYPE_CHECKING:
    import pandas as pd


def compare(
    run: Run,
    cycle: int,
    samplers: Sequence[str | Sampler],
    n: int | None = None,
    *,
    pool: Pool | None = None,
    report: Report = silent,
    learner: Learner | None = None,
) -> Comparison:
    """Ask several samplers what they would pick at a recorded cycle: exactly what forks there pick.

    Nothing is trained but what samplers train themselves, nothing is written.

    Parameters
    ----------
    run : Run
    cycle : int
        A fitted cycle.
    samplers : sequence of str or Sampler
        The first is the reference of `Comparison.agreement`.
    n : int, optional
        How many each picks; the run's budget by default.
    pool : Pool, optional
        Needed where the run's recipe cannot load it, by samplers that look at examples and for `agreement`.
    report : callable
        Progress; see `alviz.ask`.
    learner : Learner, optional
        Where the record cannot make the learner again; see `alviz.ask`.

    Returns
    -------
    Comparison

    Raises
    ------
    MissingNeeds
        Before any sampler works, naming every one that cannot answer at this cycle, and why.
    ArrayDropped
        If one needs what ``keep=`` dropped.
    """
    if isinstance(samplers, (str, Sampler)) or not samplers:
        raise InvalidInput(f"compare takes a list of samplers, got {samplers!r}.")
    parts = [make(spec) for spec in samplers]
    refused: dict[str, AlvizError] = {}
    for part in parts:
        try:
            check_askable(run, cycle, part, learner)
        except MissingNeeds as error:
            refused[part.name] = error
    if refused:
        able = [part.name for part in parts if part.name not in refused]
        raise MissingNeeds(
            f"At cycle {cycle} of run {run.name!r}, {', '.join(able) or 'none of the samplers'} can answer; "
            + " ".join(str(error) for error in refused.values())
        )
    names = tell_apart(parts)
    selections = {
        name: ask(run, cycle, part, n, pool, report, learner) for name, part in zip(names, parts, strict=True)
    }
    return Comparison(run, cycle, dict(zip(names, parts, strict=True)), selections, pool)


@dataclass(frozen=True, eq=False)
class Comparison:
    """What several samplers would pick at one cycle of one run.

    Attributes
    ----------
    run : Run
    cycle : int
    samplers : dict of str to Sampler
        By the name that tables use: the sampler's own, with the parameters that differ where one was asked twice.
    selections : dict of str to Selection
    """

    run: Run
    cycle: int
    samplers: dict[str, Sampler]
    selections: dict[str, Selection]
    pool: Pool | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"Comparison({self.run.name!r}, cycle={self.cycle}, {', '.join(self.selections)})"

    @cached_property
    def picks(self) -> pd.DataFrame:
        """The ids of each sampler (columns) in pick order (rows from 1)."""
        import pandas as pd

        columns = {name: pd.Series(selection.ids) for name, selection in self.selections.items()}
        frame = pd.DataFrame(columns)
        frame.index = pd.RangeIndex(1, len(frame) + 1, name="pick")
        return frame

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The score of every candidate (rows, by id) under each sampler (columns); higher is more wanted."""
        import pandas as pd

        frame = pd.DataFrame({name: selection.scores for name, selection in self.selections.items()})
        frame.index.name = "id"
        return frame.dropna(how="all")

    @cached_property
    def jaccard(self) -> pd.DataFrame:
        """The share of picks that each two have in common: in both, over in either."""
        return self._table(lambda a, b: jaccard(a.ids, b.ids))

    @cached_property
    def spearman(self) -> pd.DataFrame:
        """The rank correlation of each two scores over the candidates."""
        return self._table(lambda a, b: spearman(a.scores, b.scores))

    def agreement(self, reference: str | None = None, k: int = 50) -> pd.DataFrame:
        """Return how far each sampler's answers lead to the pseudo-labels that the reference's lead to.

        Both batches are labeled, each is propagated over the kNN graph of this cycle's features together with
        what is labeled, and the pseudo-labels are compared on all other examples (Rethinking, appendix A).

        Parameters
        ----------
        reference : str, optional
            A name of `selections`, by default the first.
        k : int
            Neighbors per node.

        Returns
        -------
        DataFrame
            One row per sampler: ``agree`` (weighted), ``agree_plain``, ``accuracy_agree``, ``accuracy_disagree``,
            ``weight_agree``, ``weight_disagree``, and ``note``: why there are no numbers, where answers to its
            batch are not known.

        Raises
        ------
        InvalidInput
            For an unknown reference, or one whose answers are not known.
        """
        import pandas as pd

        reference = next(iter(self.selections)) if reference is None else reference
        if reference not in self.selections:
            raise InvalidInput(f"There is no sampler {reference!r} here, only {', '.join(self.selections)}.")
        if k not in self._spread:
            self._spread[k] = PseudoLabels(self.run, self.cycle, self.pool, k)
        spread, first = self._spread[k], self.selections[reference]
        unknown = spread.unknown(first)
        if unknown:
            raise InvalidInput(f"The answers to the picks of {reference!r} are not known: {unknown}")
        rows = {}
        for name, selection in self.selections.items():
            unknown = spread.unknown(selection)
            if unknown:
                rows[name] = {"note": unknown}
                continue
            told = asdict(spread.agreement(first, selection))
            rows[name] = {"agree": told.pop("weighted"), "agree_plain": told.pop("plain"), **told, "note": ""}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(f"against {reference}")

    def _table(self, measure: Callable[[Selection, Selection], float]) -> pd.DataFrame:
        import pandas as pd

        selections = self.selections
        values = [[measure(a, b) for b in selections.values()] for a in selections.values()]
        return pd.DataFrame(values, index=list(selections), columns=list(selections))

    @cached_property
    def _spread(self) -> dict[int, PseudoLabels]:
        """Pseudo-labels by the number of neighbors that they spread over."""
        return {}


class PseudoLabels:
    """What follows from batches of answers at one cycle: labels that spread over its kNN graph; each found once.

    Parameters
    ----------
    run : Run
    cycle : int
        A fitted cycle.
    pool : Pool, optional
        Needed where the run's recipe cannot load it.
    k : int
        Neighbors per node.

    Raises
    ------
    InvalidInput
        If nothing is labeled at that cycle.
    """

    def __init__(self, run: Run, cycle: int, pool: Pool | None = None, k: int = 50) -> None:
        self._run, self._cycle, self._pool, self._k = run, cycle, pool, k
        self._labeled = run.labeled(cycle)
        if len(self._labeled) == 0:
            raise InvalidInput(f"Nothing is labeled at cycle {cycle} of run {run.name!r}: nothing propagates.")
        self._affinity: Any = None
        self._found: dict[bytes, Propagated] = {}

    def unknown(self, selection: Selection) -> str:
        """Return why a batch has no pseudo-labels: how many of its answers nobody knows; empty where all are known."""
        open_ids = selection.ids[self._answers[selection.ids] < 0]
        if open_ids.size == 0:
            return ""
        return f"{open_ids.size} of {len(selection)} picks have no answer yet, the first is {open_ids[0]}."

    def agreement(self, first: Selection, second: Selection, report: Report = silent) -> Agreement:
        """Compare the pseudo-labels that two batches lead to, on the examples that neither labels.

        Raises
        ------
        MissingNeeds
            If the cycle holds no features.
        """
        taken = np.concatenate([self._labeled.ids, first.ids, second.ids])
        rest = np.setdiff1d(np.arange(self._run.size), taken)
        return agreement(self._propagated(first, report), self._propagated(second, report), rest, self._truth)

    @cached_property
    def _answers(self) -> NDArray[np.int64]:
        """What the run's oracle answers to every id (n,), -1 where nobody knows."""
        return known_answers(oracles.make(self._run.config["oracle"]), self._run, self._pool)

    @cached_property
    def _truth(self) -> NDArray[np.int64]:
        """The true classes (n,), -1 where not known."""
        return np.asarray((self._pool or self._run.pool).y)

    def _propagated(self, selection: Selection, report: Report) -> Propagated:
        key = selection.ids.tobytes()
        if key not in self._found:
            W = self._graph(report)
            self._found[key] = propagate_labels(
                W,
                np.concatenate([self._labeled.ids, selection.ids]),
                np.concatenate([self._labeled.values, self._answers[selection.ids]]),
                len(self._run.classes),
                divide=False,
            )
        return self._found[key]

    def _graph(self, report: Report) -> Any:
        if self._affinity is None:
            features = self._run.snapshot(self._cycle).features
            if features is None:
                raise MissingNeeds(
                    f"Cycle {self._cycle} of run {self._run.name!r} holds no features to propagate over."
                )
            k = min(self._k, len(features) - 1)
            graph = knn_graph(features, k, progress=lambda done, total: report("graph", done, total))
            self._affinity = similarity(graph)
        return self._affinity
