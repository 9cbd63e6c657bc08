"""What runs of several seeds say of their samplers, as frames, sentences and figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz.analysis import area_under_curve, labels_to_reach, mean_intervals, wins
from alviz.analysis.wins import Wins
from alviz.errors import InvalidInput, UnknownName
from alviz.paper.seeds import NamedRuns
from alviz.statistics.comparisons import Comparisons
from alviz.statistics.curves import Curves, HasRuns, by_seed, common_range, read_curves
from alviz.task import metric as metric_by_name

if TYPE_CHECKING:
    import pandas as pd

AREA = "area"


class Statistics:
    """Runs grouped by all that they were made with but the seed, and paired by it.

    Parameters
    ----------
    runs : Run, sequence of Run, mapping of str to either, or what has ``.runs``
        A sweep, or runs made by hand; with a mapping its keys are the names. Runs of one configuration have a seed
        each. They are read once, now: unfinished ones as far as they are.
    metric : str, optional
        One that `Run.frame` lists; by default the accuracy, or the cross-validated one where the pool has no test
        split. Numbers in frames are in its recorded unit: accuracy is a share, 0..1.

    Attributes
    ----------
    metric : Metric
    names : tuple of str
        The configurations, best area first.
    notes : tuple of str
        What was left out, in a sentence each: runs that are short or without a fit.

    Raises
    ------
    InvalidInput
        If nothing can be compared: no fits, different pools, a metric that is not recorded, one seed twice, or no
        numbers of labels in common.
    """

    def __init__(self, runs: NamedRuns | HasRuns, metric: str | None = None) -> None:
        found, name, notes = read_curves(runs, metric)
        self.metric = metric_by_name(name)
        self.range = common_range(found)
        if len({(one.labels[0], one.labels[-1]) for one in found}) > 1:
            ends = " to ".join(f"{end:,.0f}" for end in self.range)
            notes.append(f"Areas are over {ends} labels, which every configuration has.")
        self.notes = tuple(notes)
        areas = [area_under_curve(one.labels, one.values, *self.range) for one in found]
        means = np.array([_mean(area) for area in areas])
        order = np.argsort(-means if self.metric.higher_is_better else means, kind="stable")
        # Best first, and the area of each seed.
        self.ordered: list[Curves] = [found[at] for at in order]
        self.own_areas = [areas[at] for at in order]
        self.names = tuple(one.name for one in self.ordered)

    def __repr__(self) -> str:
        counts = sorted({len(one.seeds) for one in self.ordered})
        seeds = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
        low, high = self.range
        plural = "s" if len(self.ordered) > 1 else ""
        return (
            f"Statistics({self.metric.name!r}, {len(self.ordered)} configuration{plural}, {seeds} "
            f"seed{'s' if counts[-1] > 1 else ''}, {low:g} to {high:g} labels)"
        )

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"{self.table().to_html(index=False)}{notes}"

    # -- one configuration ----------------------------------------------------------------------------

    def curves(self, level: float = 0.95) -> pd.DataFrame:
        """Return means by numbers of labels: name, labels, seeds, mean, std (n − 1), low and high of the interval."""
        import pandas as pd

        frames = []
        for one in self.ordered:
            found = mean_intervals(one.values, level)
            frames.append(
                pd.DataFrame(
                    {
                        "name": one.name,
                        "labels": one.labels.astype(np.int64),
                        "seeds": found.count,
                        "mean": found.mean,
                        "std": found.std,
                        "low": found.low,
                        "high": found.high,
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    def areas(self, level: float = 0.95) -> pd.DataFrame:
        """Return the area under each budget curve, best first: name, seeds, mean, std, low, high.

        All are over `range`, so that they can be compared: trapezoids over labels, divided by the range.
        """
        import pandas as pd

        rows = [mean_intervals(area[:, None], level) for area in self.own_areas]
        columns = ("mean", "std", "low", "high")
        return pd.DataFrame(
            {"name": self.names, "seeds": [int(row.count[0]) for row in rows]}
            | {column: [float(getattr(row, column)[0]) for row in rows] for column in columns}
        )

    def labels_to(self, target: float) -> pd.DataFrame:
        """Return how many labels it took to reach a value of the metric, fewest first.

        Parameters
        ----------
        target : float
            In the recorded unit: 0.9 is 90 % accuracy.

        Returns
        -------
        DataFrame
            name, seeds, reached (how many seeds did), mean and median (only where all did, else NaN: a mean of those
            that got there would favor samplers of which few do), low and high of the mean's 95 % interval, and what
            to know in words.
        """
        from alviz.statistics.reached import reached_frame

        return reached_frame(self.ordered, self.reached(target))

    def values(self, on: str | int = AREA) -> pd.DataFrame:
        """Return what is compared: a row per seed, a column per configuration, NaN where a run is missing.

        Parameters
        ----------
        on : "area" or int
            The area under the budget curve, or the metric at a number of labels.
        """
        import pandas as pd

        seeds, table = self._table(on)
        return pd.DataFrame(table.T, index=pd.Index(seeds, name="seed"), columns=list(self.names))

    # -- each two -------------------------------------------------------------------------------------

    def tests(self, on: str | int = AREA, method: str = "t", against: str | None = None) -> pd.DataFrame:
        """Return paired tests over the seeds that both have, Holm's correction over all rows.

        Parameters
        ----------
        on : "area" or int
            The area under the budget curve, or the metric at a number of labels.
        method : "t" or "wilcoxon"
        against : str, optional
            One of `names`: only against that one. Every pair by default, the better area first.

        Returns
        -------
        DataFrame
            first, second, seeds, difference (first − second), std of the differences, low and high of the difference's
            95 % interval, effect (difference / std), p, holm, needed: how many seeds a t-test would want for this
            difference at a power of 0.8 and a level of 0.05 over the number of rows; infinite above 1,000.
        """
        return self.compared(on, method, against).frame()

    def verdicts(self, on: str | int = AREA, method: str = "t", against: str | None = None) -> list[str]:
        """Return a sentence for each of the `tests`."""
        return self.compared(on, method, against).verdicts()

    def wins(self, labels: Sequence[int] | None = None) -> pd.DataFrame:
        """Return BADGE's pairwise penalty matrix: at which share of the numbers of labels the row beats the column.

        Parameters
        ----------
        labels : sequence of int, optional
            Which numbers; all that every configuration has by default.

        Returns
        -------
        DataFrame
            Below it the averages of the columns: lower is better. See `alviz.analysis.wins`.
        """
        import pandas as pd

        found = self.counted_wins(labels)
        table = np.vstack([found.penalties, found.averages])
        return pd.DataFrame(table, index=[*self.names, "average"], columns=list(self.names))

    def win_counts(self, labels: Sequence[int] | None = None) -> pd.DataFrame:
        """Return first, second, wins, ties and losses of each two, in numbers of labels."""
        import pandas as pd

        found = self.counted_wins(labels)
        pairs = [(i, j) for i in range(len(self.names)) for j in range(i + 1, len(self.names))]
        return pd.DataFrame(
            [(self.names[i], self.names[j], found.wins[i, j], found.ties[i, j], found.losses[i, j]) for i, j in pairs],
            columns=["first", "second", "wins", "ties", "losses"],
        )

    # -- all of it ------------------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """Return the summary in words, best first: seeds, area, last value, wins, and verdicts in short.

        The verdict against the best is corrected for all pairs, as the best was found among them; the one against
        random sampling (of the same learner) for all that are compared with it.
        """
        from alviz.statistics.table import summary

        return summary(self)

    def figure(
        self,
        kind: str = "curves",
        *,
        band: str = "interval",
        target: float | None = None,
        labels: Sequence[int] | None = None,
        width: str | float = "column",
    ) -> Any:
        """Draw one of the frames.

        Parameters
        ----------
        kind : "curves", "areas", "wins" or "labels"
        band : "interval" or "std"
            Of curves: the mean's 95 % interval, or one standard deviation.
        target : float
            Of labels: the value to reach, in the recorded unit.
        labels : sequence of int, optional
            Of wins: at which numbers of labels.
        width : "column", "text" or float
            3.25 in, 6.75 in, or inches.

        Returns
        -------
        plotly.graph_objects.Figure
        """
        from alviz.statistics import drawing

        if kind == "curves":
            return drawing.curves(self, band, width)
        if kind == "areas":
            return drawing.areas(self, width)
        if kind == "wins":
            return drawing.wins(self, labels, width)
        if kind != "labels":
            raise UnknownName("figure of statistics", kind, ("curves", "areas", "wins", "labels"))
        if target is None:
            raise InvalidInput("Say which value is to be reached: figure('labels', target=0.9).")
        return drawing.labels(self, target, width)

    # -- numbers behind them --------------------------------------------------------------------------

    def reached(self, target: float) -> list[NDArray[np.float64]]:
        """Return the labels (seeds,) that each configuration took."""
        if isinstance(target, bool) or not isinstance(target, (int, float)) or not np.isfinite(target):
            raise InvalidInput(f"target is {target!r}, expected a value of {self.metric.name} such as 0.9.")
        if self.metric.percent and not 0 <= target <= 1:
            raise InvalidInput(
                f"target is {target!r}, expected {self.metric.name} as it is recorded, a share from 0 to 1."
            )
        higher = self.metric.higher_is_better
        return [labels_to_reach(one.labels, one.values, target, higher=higher) for one in self.ordered]

    def _table(self, on: str | int) -> tuple[list[int], NDArray[np.float64]]:
        """Return the seeds and what is compared (m, seeds)."""
        if on == AREA:
            return by_seed(self.ordered, self.own_areas)
        if isinstance(on, (str, bool)) or not isinstance(on, (int, np.integer)):
            raise InvalidInput(f"on is {on!r}, expected 'area' or a number of labels.")
        if on not in self.common:
            raise InvalidInput(f"Not every configuration has a fit of {on} labels; all have {_listed(self.common)}.")
        return by_seed(self.ordered, [one.values[:, one.labels == on][:, 0] for one in self.ordered])

    @cached_property
    def common(self) -> list[int]:
        """Numbers of labels that every seed of every configuration has."""
        return sorted(set.intersection(*({int(count) for count in one.labels} for one in self.ordered)))

    def compared(
        self,
        on: str | int = AREA,
        method: str = "t",
        against: str | None = None,
        among: Sequence[str] | None = None,
    ) -> Comparisons:
        """Return the comparisons behind `tests`, of some configurations or of all."""
        if against is not None and against not in self.names:
            raise UnknownName("configuration among these runs", against, self.names)
        _, table = self._table(on)
        rows = [i for i, name in enumerate(self.names) if among is None or name in among]
        return Comparisons.made([self.names[i] for i in rows], table[rows], self.metric, method, against)

    def counted_wins(self, labels: Sequence[int] | None = None) -> Wins:
        """Return the wins behind `wins`."""
        chosen = self.common if labels is None else list(dict.fromkeys(labels))
        missing = [count for count in chosen if count not in self.common]
        if missing or not chosen:
            told = f"of {missing[0]} labels" if missing else "of the same number of labels"
            raise InvalidInput(f"Not every configuration has a fit {told}; all have {_listed(self.common)}.")
        _, table = by_seed(self.ordered, [one.values[:, np.isin(one.labels, chosen)] for one in self.ordered])
        return wins(table, higher=self.metric.higher_is_better)


def _mean(values: NDArray[np.float64]) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else float("nan")


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(str(count) for count in counts) or "none in common"
