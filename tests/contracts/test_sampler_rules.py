"""The rules for samplers that are judged by numbers: whether the order of rows matters, whether a stop is heard."""

import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from contracts.broken_samplers import Sound

from alviz.samplers import Query, Sampler, UncertainGCN
from alviz.samplers.schedule import Schedule
from alviz.testing import check_sampler, order, work
from alviz.testing.cycle import Cycle, made_up_snapshot


def drawn(weights: Any, seed: int, times: int = 200, picks: int = 3) -> Any:
    """Return which of `weights` were drawn without replacement, again and again, (times, n)."""
    rng = np.random.default_rng(seed)
    keys = np.log(weights) + rng.gumbel(size=(times, len(weights)))
    return keys >= np.sort(keys, axis=1)[:, -picks, None]


def test_one_distribution_is_not_far_apart() -> None:
    weights = np.random.default_rng(0).gamma(1.0, size=22)
    assert not order.far_apart(drawn(weights, 1), drawn(weights, 2))


def test_the_false_alarm_rate_is_what_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "ONCE_IN", 20)
    weights = np.random.default_rng(0).gamma(1.0, size=10)
    alarms = sum(order.far_apart(drawn(weights, 2 * i, 40), drawn(weights, 2 * i + 1, 40)) for i in range(2000))
    # 1 in 20 of 2,000 is 100, give or take 9.7.
    assert 60 < alarms < 130


def test_weights_that_move_by_a_half_are_far_apart() -> None:
    weights = np.linspace(1, 3, 22)
    assert order.far_apart(drawn(weights, 1), drawn(weights[::-1], 2))


def test_certain_picks_are_told_apart_and_equal_ones_are_not() -> None:
    always, never = np.ones((200, 1), bool), np.zeros((200, 1), bool)
    assert order.far_apart(np.hstack([always, never]), np.hstack([never, always]))
    assert not order.far_apart(np.hstack([always, never]), np.hstack([always, never]))


@dataclass(frozen=True)
class Counted(Sound):
    """Says that it draws."""

    deterministic: ClassVar[bool] = False
    asked: ClassVar[list[float]] = []
    noise: ClassVar[float] = 0.0

    def scores(self, query: Query, first: Any) -> Any:
        drawn = query.rng.random(len(first))
        self.asked.append(drawn[0])
        return first + self.noise * drawn


class Noisy(Counted):
    noise = 1.0
    asked: ClassVar[list[float]] = []


@pytest.mark.parametrize(("sampler", "asks"), [(Counted(), 50), (Noisy(), 400)])
def test_two_hundred_streams_are_asked_in_each_order_where_the_stream_matters(sampler: Counted, asks: int) -> None:
    sampler.asked.clear()
    order.check_order(sampler, Cycle.of(made_up_snapshot(), 48))
    assert len(sampler.asked) == len(set(sampler.asked)) == asks


@pytest.mark.parametrize("kind", [Counted, Noisy])
def test_a_sound_sampler_that_draws_passes(kind: type[Sampler]) -> None:
    check_sampler(kind())


def test_what_trains_is_asked_in_one_order_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Noisy, "trains", True)
    Noisy.asked.clear()
    order.check_order(Noisy(), Cycle.of(made_up_snapshot(), 48))
    assert Noisy.asked == []


@pytest.mark.parametrize(
    "sampler",
    [
        Schedule([(2, "coreset"), (None, "margin")]),
        Schedule([(5, UncertainGCN(steps=3)), (None, "margin")]),  # asked in cycle 3, where a network trains
        Schedule([(3, "random"), (1, {"name": "coreset", "params": {}}), (None, "entropy")]),
    ],
    ids=repr,
)
def test_schedules_keep_the_contract(sampler: Sampler) -> None:
    check_sampler(sampler)


def five_lines(report: Any) -> None:
    report("select", 0, 1)
    a = 1
    b = a + 1
    c = a + b
    d = b + c
    assert d
    report("select", 1, 1)
    for _ in range(3):
        pass


def test_lines_are_counted_between_reports() -> None:
    found = work.measured(five_lines)
    # One before the first report; six with the line of the second; four times the loop and three times its body.
    assert (found.reports, found.lines, found.longest) == (2, 14, 7)


def test_who_traced_before_traces_again() -> None:
    before = sys.gettrace()

    def tracer(*_: Any) -> None:
        """Trace nothing."""

    def fails(report: Any) -> None:
        raise ValueError("half-way")

    sys.settrace(tracer)
    try:
        with pytest.raises(ValueError, match="half-way"):
            work.measured(fails)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_what_is_not_stoppable_may_work_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.broken_samplers import SilentLoop

    monkeypatch.setattr(SilentLoop, "stoppable", False)
    check_sampler(SilentLoop())
