"""Figures of statistics show the frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alviz import Run, Statistics


def traces(figure: Any) -> dict[str, Any]:
    return {trace.uid: trace for trace in figure.data if trace.uid}


@pytest.mark.parametrize("band", ["interval", "std"])
def test_curves_in_their_bands(paired: list[Run], band: str) -> None:
    statistics = Statistics(paired)
    drawn = traces(statistics.figure(band=band))
    frame = statistics.curves()
    for i, name in enumerate(statistics.names):
        mine = frame[frame["name"] == name]
        np.testing.assert_allclose(drawn[f"mean-{i}"].y, 100 * mine["mean"])
        high = mine["high"] if band == "interval" else mine["mean"] + mine["std"]
        np.testing.assert_allclose(drawn[f"band-{i}"].y[:4], 100 * high)
    told = {"interval": "bands: 95 % interval of the mean", "std": "bands: one standard deviation"}
    assert list(drawn["legend"].text)[-1] == told[band]


def test_areas_in_percent(paired: list[Run]) -> None:
    statistics = Statistics(paired)
    drawn, frame = traces(statistics.figure("areas")), statistics.areas()
    for i in range(2):
        np.testing.assert_allclose(drawn[f"mean-{i}"].x, 100 * frame["mean"][i])
        np.testing.assert_allclose(drawn[f"bar-{i}"].x, 100 * frame.loc[i, ["low", "high"]].astype(float))
        np.testing.assert_allclose(drawn[f"seeds-{i}"].x, 100 * statistics.values()[statistics.names[i]])
    assert "test accuracy (%), mean over 12 to 27 labels" in drawn["names"].text


def test_labels_to_reach_with_an_arrow_where_not_all_did(paired: list[Run]) -> None:
    statistics = Statistics(paired)
    ends = statistics.values(27)
    low, high = float(ends.min(axis=None)) - 0.05, float(ends.max(axis=None))
    easy, hard = (traces(statistics.figure("labels", target=target)) for target in (low, high))
    frame = statistics.labels_to(low)
    np.testing.assert_allclose(easy["mean-0"].x, frame["mean"][0])
    assert "labels to" in easy["names"].text[-2]
    assert not any(uid.startswith("open") for uid in easy)
    missed = int((statistics.labels_to(high)["reached"] < 3).sum())
    assert sum(uid.startswith("open") for uid in hard) == missed > 0


def test_wins_are_the_frame(paired: list[Run]) -> None:
    statistics = Statistics(paired)
    drawn, frame = traces(statistics.figure("wins")), statistics.wins()
    expected = frame.iloc[:2].to_numpy().copy()
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_array_equal(drawn["wins"].z, expected)
    np.testing.assert_array_equal(drawn["averages"].z, frame.iloc[2:].to_numpy())
