"""From runs to frames: every number by another route, from the runs' own frames or by hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import runs
from scipy import stats

import alviz
from alviz import CycleRunner, Pool, Run, Statistics
from alviz.analysis import seeds_needed
from alviz.errors import InvalidInput, UnknownName
from alviz.store.files import read_json, write_json

Make = Callable[..., list[Run]]

# Labels 12, 17, 22 and 27. Areas of ahead: 0.6, 0.65, 0.7; of behind: 0.5, 0.52, 0.6.
VALUES = {
    "behind": [[0.4, 0.5, 0.5, 0.6], [0.42, 0.52, 0.52, 0.62], [0.5, 0.6, 0.6, 0.7]],
    "ahead": [[0.4, 0.6, 0.6, 0.8], [0.42, 0.65, 0.65, 0.88], [0.5, 0.7, 0.7, 0.9]],
}


def curve(run: Run, metric: str = "accuracy") -> np.ndarray[Any, Any]:
    return run.frame()[metric].to_numpy()


def test_curves_are_those_of_the_runs(paired: list[Run]) -> None:
    frame = Statistics(paired).curves()
    for name in ("margin", "random"):
        values = np.array([curve(run) for run in paired if run.name.startswith(name)])
        mine = frame[frame["name"] == name]
        assert mine["labels"].tolist() == [12, 17, 22, 27]
        assert mine["seeds"].tolist() == [3] * 4
        np.testing.assert_allclose(mine["mean"], values.mean(axis=0))
        np.testing.assert_allclose(mine["std"], values.std(axis=0, ddof=1))
        low, high = stats.t.interval(0.95, 2, values.mean(axis=0), stats.sem(values, axis=0))
        np.testing.assert_allclose(mine["low"], low)
        np.testing.assert_allclose(mine["high"], high)
    # Both are forks of the same roots: one first fit.
    first = frame[frame["labels"] == 12]["mean"]
    assert first.iloc[0] == first.iloc[1]


def test_tests_are_paired_by_seed_whatever_the_order_of_runs(paired: list[Run]) -> None:
    statistics = Statistics(paired)
    areas = {
        name: [np.trapezoid(curve(run), dx=1) / 3 for run in paired if run.name.startswith(name)]
        for name in ("margin", "random")
    }
    first, second = statistics.names
    assert np.mean(areas[first]) > np.mean(areas[second])
    row = statistics.tests().iloc[0]
    assert (row["first"], row["second"], row["seeds"]) == (first, second, 3)
    expected = stats.ttest_rel(areas[first], areas[second])
    np.testing.assert_allclose([row["p"], row["holm"]], expected.pvalue)
    np.testing.assert_allclose(row["difference"], np.mean(areas[first]) - np.mean(areas[second]))
    pd.testing.assert_frame_equal(Statistics(paired[::-1]).tests(), statistics.tests())
    at = statistics.tests(on=22).iloc[0]
    values = [[curve(run)[2] for run in paired if run.name.startswith(name)] for name in (first, second)]
    np.testing.assert_allclose(at["p"], stats.ttest_rel(*values).pvalue)


def test_areas_by_hand_best_first(make: Make) -> None:
    statistics = Statistics(make(VALUES))
    assert statistics.names == ("ahead", "behind")
    frame = statistics.areas()
    # Trapezoids: (0.4 / 2 + 0.6 + 0.6 + 0.8 / 2) / 3 = 0.6, and so on.
    np.testing.assert_allclose(frame["mean"], [(0.6 + 0.65 + 0.7) / 3, (0.5 + 0.52 + 0.6) / 3])
    np.testing.assert_allclose(frame["std"], [0.05, np.std([0.5, 0.52, 0.6], ddof=1)])
    np.testing.assert_allclose(statistics.values()["behind"], [0.5, 0.52, 0.6])
    assert statistics.values(27)["ahead"].tolist() == [0.8, 0.88, 0.9]


def test_labels_to_reach_hide_no_seed_that_never_did(make: Make) -> None:
    frame = Statistics(make(VALUES)).labels_to(0.65).set_index("name")
    ahead = [22 + 5 * 0.05 / 0.2, 17, 12 + 5 * 0.15 / 0.2]
    np.testing.assert_allclose(frame.loc["ahead", ["mean", "median"]].astype(float), [np.mean(ahead), ahead[1]])
    assert frame.loc["behind", "reached"] == 1
    assert frame.loc["behind", ["mean", "median", "low", "high"]].isna().all()
    assert frame.loc["behind", "note"] == "reached by 1 of 3 seeds within 27 labels"
    assert frame.index.tolist() == ["ahead", "behind"]
    assert (
        Statistics(make(VALUES, "early")).labels_to(0.41)["note"].tolist()
        == ["2 of 3 seeds are there from the start, at 12 labels"] * 2
    )
    nobody = Statistics(make(VALUES, "nobody")).labels_to(0.95)
    assert nobody["note"].tolist() == ["reached by no seed within 27 labels"] * 2


def test_wins_by_hand(make: Make) -> None:
    # ahead − behind: 0 everywhere at 12; 0.1, 0.13, 0.1 at 17 and 22 (t = 11); 0.2, 0.26, 0.2 at 27 (t = 11); the
    # critical value for three seeds is 4.303.
    statistics = Statistics(make(VALUES))
    frame = statistics.wins()
    assert frame.index.tolist() == ["ahead", "behind", "average"]
    np.testing.assert_allclose(frame, [[0, 0.75], [0, 0], [0, 0.375]])
    assert statistics.win_counts().values.tolist() == [["ahead", "behind", 3, 1, 0]]
    np.testing.assert_allclose(statistics.wins(labels=[12, 27]).loc["ahead", "behind"], 0.5)


def test_families_are_corrected_as_large_as_they_are(make: Make) -> None:
    rng = np.random.default_rng(0)
    values = {
        name: (0.6 + gain + rng.normal(0, 0.02, (6, 4))).tolist()
        for name, gain in (("random", 0), ("a", 0.05), ("b", 0.03), ("c", 0.01))
    }
    statistics = Statistics(make(values))
    every, some = statistics.tests(), statistics.tests(against="random")
    assert len(every) == 6
    assert some["second"].tolist() == ["random"] * 3
    for frame in (every, some):
        count = len(frame)
        p = frame["p"].sort_values()
        by_hand = np.minimum(np.maximum.accumulate(p.to_numpy() * np.arange(count, 0, -1)), 1)
        np.testing.assert_allclose(frame["holm"].loc[p.index], by_hand)
        np.testing.assert_allclose(frame["needed"], seeds_needed(frame["effect"], alpha=0.05 / count))
    pair = some[some["first"] == "a"].iloc[0]
    same = every[(every["first"] == "a") & (every["second"] == "random")].iloc[0]
    assert pair["p"] == same["p"]
    assert pair["holm"] < same["holm"]


def test_verdicts_say_what_the_tests_say(make: Make) -> None:
    statistics = Statistics(make(VALUES))
    row = statistics.tests().iloc[0]
    # Differences of areas 0.1, 0.13, 0.1: mean 0.11, std 0.0173, t = 11, p = 0.008.
    assert 0.008 < row["p"] < 0.0082
    assert statistics.verdicts() == [
        "ahead is ahead of behind by 11.0 points (95 % interval 6.7 to 15.3, 3 seeds, Holm p = 0.008)."
    ]
    # Ranks of three seeds are never below p = 0.25, and six are the fewest that come below 0.05.
    ranks = statistics.tests(method="wilcoxon").iloc[0]
    assert (ranks["p"], ranks["needed"]) == (0.25, 6)
    assert statistics.verdicts(method="wilcoxon") == [
        "ahead against behind: with 3 seeds this difference of 11.0 points cannot be called: about 6 would do."
    ]


def test_one_seed_says_nothing(make: Make) -> None:
    statistics = Statistics(make({name: rows[:1] for name, rows in VALUES.items()}))
    assert statistics.verdicts() == ["ahead against behind: one seed says nothing about a difference."]
    assert statistics.areas()[["std", "low", "high"]].isna().all(axis=None)
    assert statistics.wins().to_numpy().sum() == 0
    assert statistics.table()["against the best"].tolist() == ["–", "one seed: open"]
    assert repr(statistics) == "Statistics('accuracy', 2 configurations, 1 seed, 12 to 27 labels)"


def test_equal_curves_and_two_seeds(make: Make) -> None:
    same = Statistics(make({"a": VALUES["ahead"][:2], "b": VALUES["ahead"][:2]}))
    assert same.verdicts() == ["a and b are the same in both seeds."]
    two = Statistics(make({name: rows[:2] for name, rows in VALUES.items()}, "two"))
    assert two.tests()["seeds"].tolist() == [2]
    # 0.1 and 0.13: t = 7.7, and one degree of freedom wants 12.7.
    assert "with 2 seeds this difference of 11.5 points cannot be called: about 3 would do" in two.verdicts()[0]


def test_missing_seeds_are_not_compared(make: Make) -> None:
    made = [run for run in make(VALUES) if run.name != "ahead-1"]
    statistics = Statistics(made)
    row = statistics.tests().iloc[0]
    assert row["seeds"] == 2
    np.testing.assert_allclose(row["difference"], 0.1)
    assert np.isnan(statistics.values().loc[1, "ahead"])
    assert statistics.verdicts() == [
        "ahead is ahead of behind by 10.0 points in both seeds: without a spread there is nothing to test."
    ]
    apart = [run for run in made if run.name in ("ahead-0", "behind-1")]
    assert Statistics(apart).verdicts() == ["ahead against behind: they have no seed in common."]
    assert repr(statistics) == "Statistics('accuracy', 2 configurations, 2 to 3 seeds, 12 to 27 labels)"


def test_where_lower_is_better_the_lowest_is_best(make: Make) -> None:
    statistics = Statistics(make(VALUES, metric="calibration_error"), "calibration_error")
    assert statistics.names == ("behind", "ahead")
    assert statistics.verdicts()[0].startswith("behind is ahead of ahead by 11.0 points (95 % interval 6.7 to 15.3")
    assert statistics.wins().loc["behind", "ahead"] == 0.75
    assert statistics.table()["against the best"].tolist() == ["–", "behind by 11.0, p = 0.008"]
    frame = statistics.labels_to(0.5).set_index("name")
    assert frame.loc["ahead", "reached"] == 3


def test_unfinished_runs_are_used_as_far_as_they_are(make: Make, few: Pool, tmp_path: Any) -> None:
    values = {**VALUES, "behind": [VALUES["behind"][0], VALUES["behind"][1][:3], VALUES["behind"][2]]}
    made = make(values)
    runner = CycleRunner(few, path=tmp_path / "new", **runs.FAST)
    statistics = Statistics([*made, runner.history])
    assert statistics.notes == (
        "Run 'new' has no fit of a label yet: it is left out.",
        "behind: 'behind-1' (22) has fewer labels than other seeds, which are used up to 22 labels only.",
        "Areas are over 12 to 22 labels, which every configuration has.",
    )
    frame = statistics.areas().set_index("name")
    np.testing.assert_allclose(frame.loc["ahead", "mean"], np.mean([0.55, (0.42 + 2 * 0.65 + 0.65) / 4, 0.65]))
    labels = statistics.curves().groupby("name")["labels"].max()
    assert labels.to_dict() == {"ahead": 27, "behind": 22}
    assert statistics.win_counts()[["wins", "ties"]].to_numpy().tolist() == [[2, 1]]
    with pytest.raises(InvalidInput, match="fit of 27 labels; all have 12, 17, 22"):
        statistics.values(27)


def test_other_numbers_of_labels_are_compared_over_the_range_of_both(few: Pool, make: Make, tmp_path: Any) -> None:
    runner = CycleRunner(few, path=tmp_path / "tens", **{**runs.FAST, "sampler": "random", "budget": 10, "seed": 0})
    runner.run(until=1)
    made = [run for run in make(VALUES) if run.name == "ahead-0"]
    statistics = Statistics({"tens": runner.history, "fives": made})
    # 12 and 22 against 12, 17, 22, 27: areas from 12 to 22.
    found = statistics.areas().set_index("name")["mean"]
    np.testing.assert_allclose(found["tens"], curve(runner.history).mean())
    np.testing.assert_allclose(found["fives"], (0.4 + 2 * 0.6 + 0.6) / 4)
    assert statistics.win_counts()["ties"].tolist() == [2]
    assert "at 22 labels (%)" in statistics.table()


def test_the_table_ranks_and_judges(make: Make) -> None:
    values = {"random": VALUES["behind"], "ahead": VALUES["ahead"]}
    table = Statistics(make(values)).table()
    assert table.to_dict("records") == [
        {
            "sampler": "ahead",
            "seeds": 3,
            "area (%)": "65.0 ± 5.0",
            "95 % interval": "52.6 to 77.4",
            "at 27 labels (%)": "86.0 ± 5.3",
            "wins": "3 : 0",
            "against the best": "–",
            "against random": "ahead by 11.0, p = 0.008",
        },
        {
            "sampler": "random",
            "seeds": 3,
            "area (%)": "54.0 ± 5.3",
            "95 % interval": "40.9 to 67.1",
            "at 27 labels (%)": "64.0 ± 5.3",
            "wins": "0 : 3",
            "against the best": "behind by 11.0, p = 0.008",
            "against random": "–",
        },
    ]


def test_random_of_another_learner_is_no_baseline(paired: list[Run], fast: Callable[..., CycleRunner]) -> None:
    others = []
    for seed in range(2):
        runner = fast(f"C-{seed}", learner=alviz.learners.Linear(C=0.01), sampler="margin", seed=seed)
        runner.run(until=3)
        others.append(runner.history)
    table = Statistics([*paired, *others]).table().set_index("sampler")
    judged = table["against random"]
    assert judged["margin (learner.C=0.01)"] == "–"
    assert judged["margin (learner.C=1)"] != "–"


def test_sweeps_mappings_and_single_runs_are_taken(paired: list[Run]) -> None:
    sweep = SimpleNamespace(runs=paired)
    pd.testing.assert_frame_equal(Statistics(sweep).areas(), Statistics(paired).areas())
    named = Statistics({"<b>ours</b>": paired[0::2], "theirs": paired[1::2]})
    assert set(named.names) == {"<b>ours</b>", "theirs"}
    assert "&lt;b&gt;ours" in named._repr_html_()
    assert "<b>ours" not in named._repr_html_()
    alone = Statistics(paired[0])
    assert alone.names == ("margin",)
    assert alone.tests().empty
    assert alone.verdicts() == []
    assert alone.table()["wins"].tolist() == ["–"]


def test_a_cold_start_is_named_by_its_sampler_and_begins_with_its_first_labels(few: Pool, tmp_path: Any) -> None:
    made = []
    for sampler in ("margin", "random"):
        runner = CycleRunner(few, path=tmp_path / sampler, **{**runs.FAST, "sampler": sampler, "initial": 0})
        runner.run(until=2)
        made.append(runner.history)
    # There is no margin without a label: the first pick is random, and nothing is measured before it.
    assert made[0].record(0).sampler == {"name": "random", "params": {}}
    assert made[0].record(0).metrics == {}
    statistics = Statistics(made)
    assert set(statistics.names) == {"margin", "random"}
    assert statistics.curves()["labels"].tolist() == [5, 10] * 2
    np.testing.assert_allclose(statistics.values(10)["margin"], curve(made[0])[2])
    drawn = alviz.paper.accuracy_curves(made)
    lines = [trace for trace in drawn.data if str(trace.uid).startswith("mean")]
    assert [line.name for line in lines] == ["margin", "random"]
    np.testing.assert_allclose(lines[0].y, 100 * curve(made[0])[1:])
    fresh = CycleRunner(few, path=tmp_path / "fresh", **{**runs.FAST, "initial": 0, "seed": 9})
    fresh.query()
    assert Statistics([*made, fresh.history]).notes == ("Run 'fresh' has no fit of a label yet: it is left out.",)


def test_a_hole_between_measured_fits_is_told(make: Make) -> None:
    made = make(VALUES)
    record = made[0].path / "cycles" / "0002" / "fit" / "fit.json"
    write_json(record, {**read_json(record), "metrics": {}})
    with pytest.raises(InvalidInput, match="Cycle 2 of run 'behind-0' records no metric 'accuracy'"):
        Statistics(made)


def test_bad_input_is_told(paired: list[Run], make: Make, few: Pool, digits: Pool, tmp_path: Any) -> None:
    statistics = Statistics(paired)
    blind = CycleRunner(
        alviz.datasets.arrays(digits.X[:160], digits.y[:160]), path=tmp_path / "blind", **{**runs.FAST, "seed": 0}
    )
    blind.query()
    empty = CycleRunner(few, path=tmp_path / "empty", **runs.FAST)
    early = CycleRunner(few, path=tmp_path / "early", **{**runs.FAST, "initial": 40, "sampler": "random"})
    early.query()
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: Statistics([]), "at least one run, got none"),
        (lambda: Statistics("runs/a"), "'runs/a' is no run"),
        (lambda: Statistics(3), "3 is no run"),  # type: ignore[arg-type]
        (
            lambda: Statistics([empty.history]),
            "No run has a fit of a label yet: there is nothing to compare. Run 'empty'",
        ),
        (lambda: Statistics([paired[0], paired[0]]), "both have the seed 0"),
        (lambda: Statistics([paired[0], blind.history]), "on different pools"),
        (
            lambda: Statistics(blind.history, metric="accuracy"),
            "records no metric 'accuracy'. There are: cross_validated_accuracy. Pass metric='cross_validated_accuracy'",
        ),
        (lambda: Statistics(paired, "auc"), "no metric 'auc'. There are: accuracy, balanced_accuracy"),
        (
            lambda: Statistics([paired[0], early.history]),
            "'margin' ends at 27 labels, where 'random' has not begun (40)",
        ),
        (lambda: statistics.tests(against="entropy"), "no configuration among these runs named 'entropy'"),
        (lambda: statistics.tests(on="accuracy"), "on is 'accuracy', expected 'area' or a number of labels"),
        (lambda: statistics.tests(on=18), "fit of 18 labels; all have 12, 17, 22, 27"),
        (lambda: statistics.tests(method="u"), "no paired test named 'u'"),
        (lambda: statistics.wins(labels=[12, 13]), "fit of 13 labels; all have 12, 17, 22, 27"),
        (lambda: statistics.wins(labels=[]), "all have 12, 17, 22, 27"),
        (lambda: statistics.labels_to(90), "target is 90, expected accuracy as it is recorded, a share from 0 to 1"),
        (lambda: statistics.labels_to(np.nan), "target is nan"),
        (lambda: statistics.figure("bars"), "no figure of statistics named 'bars'"),
        (lambda: statistics.figure("labels"), "figure('labels', target=0.9)"),
        (lambda: statistics.figure(band="sem"), "no band named 'sem'"),
    ]
    for call, told in cases:
        with pytest.raises((InvalidInput, UnknownName)) as error:
            call()
        assert told in str(error.value)


def test_each_record_is_read_once(paired: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    from alviz.paper import history

    seen: list[str] = []
    read = history.read_json
    monkeypatch.setattr(history, "read_json", lambda path: seen.append(str(path)) or read(path))
    statistics = Statistics(paired)
    statistics.table()
    statistics.curves()
    # Four fits and three picks of each of six runs; the first fits stand in three roots.
    assert len(seen) == 6 * (4 + 3)
    assert len(set(seen)) == len(seen) - 3


def test_without_a_test_split_the_metric_is_the_cross_validated_accuracy(digits: Pool, tmp_path: Any) -> None:
    pool = alviz.datasets.arrays(digits.X[:160], digits.y[:160], classes=digits.classes)
    made = alviz.sweep(pool, ["random", "margin"], "linear", 2, cycles=1, initial=60, out=tmp_path / "blind")
    statistics = Statistics(made)

    assert statistics.metric.name == "cross_validated_accuracy"
    by_hand = [run.record(1).metrics["cross_validated_accuracy"] for run in made.runs if "margin" in run.name]
    assert statistics.values(on=80)["margin"].tolist() == by_hand
