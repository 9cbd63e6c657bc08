"""Parameters: checked when a part is made, recorded so that equal parts have equal records."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from alviz.errors import InvalidInput
from alviz.part import Part, parameter


@dataclass(frozen=True)
class Thing(Part):
    name: ClassVar[str] = "thing"

    k: int = parameter(20, "neighbors", low=1, high=100, step=5)
    rate: float = parameter(0.1, "rate", low=0.0, high=1.0)
    above: float = parameter(1.0, "no upper bound", low=0.5)
    kind: str | Callable[..., Any] = parameter("a", "kind", choices=("a", "b"), factory=True)
    plain: str = parameter("a", "no factory", choices=("a", "b"))
    limit: int | None = parameter(None, "limit", low=1)
    on: bool = parameter(False, "on or off")
    sizes: tuple[int, ...] = parameter((1, 2), "sizes")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"k": 0}, "Thing: k is 0, expected at least 1 and at most 100"),
        ({"k": 101}, "k is 101"),
        ({"k": 2.5}, "k is 2.5, expected a whole number"),
        ({"k": "2"}, "k is '2', expected a whole number"),
        ({"k": None}, "k is None"),
        ({"k": True}, "k is True"),
        ({"k": float("inf")}, "k is inf"),
        ({"k": float("nan")}, "k is nan"),
        ({"rate": -0.01}, "rate is -0.01, expected at least 0.0 and at most 1.0"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"above": 0.4}, "expected at least 0.5"),
        ({"kind": "c"}, "kind is 'c', expected one of 'a', 'b'"),
        ({"plain": print}, "plain is <built-in function print>, expected one of 'a', 'b'"),
        ({"limit": 0}, "limit is 0"),
        ({"on": "yes"}, "on is 'yes', expected True or False"),
        ({"on": 1}, "on is 1"),
    ],
)
def test_a_value_out_of_bounds_is_told_with_its_bounds(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        Thing(**change)
    with pytest.raises(InvalidInput):
        replace(Thing(), **change)


def test_bounds_are_included() -> None:
    assert (Thing(k=1).k, Thing(k=100).k, Thing(rate=0).rate, Thing(rate=1).rate, Thing(limit=1).limit) == (
        1,
        100,
        0,
        1,
        1,
    )
    assert Thing(limit=None).limit is None


def test_a_record_says_all_and_equal_parts_have_equal_ones() -> None:
    expected = {
        "name": "thing",
        "params": {
            "k": 20,
            "rate": 0.1,
            "above": 1.0,
            "kind": "a",
            "plain": "a",
            "limit": None,
            "on": False,
            "sizes": [1, 2],
        },
    }
    assert Thing().config() == expected
    same = Thing(k=np.int64(20), rate=np.float64(0.1), on=np.bool_(False))  # type: ignore[arg-type]
    assert same == Thing()
    assert json.loads(json.dumps(same.config())) == expected
    whole = Thing(k=20.0)  # type: ignore[arg-type]
    assert type(whole.k) is int
    assert repr(whole) == repr(Thing())


def test_functions_are_recorded_by_where_they_are_defined() -> None:
    assert Thing(kind=json.dumps).config()["params"]["kind"] == "json:dumps"
    assert Thing(kind=Part).config()["params"]["kind"] == "alviz.part:Part"
    with pytest.raises(InvalidInput, match="has no name that a record could hold"):
        Thing(kind=functools.partial(json.dumps, indent=1)).config()


def test_a_view_can_read_what_a_control_needs() -> None:
    told = {f.name: dict(f.metadata) for f in fields(Thing)}
    assert told["k"] == {"help": "neighbors", "low": 1, "high": 100, "step": 5}
    assert told["kind"] == {"help": "kind", "choices": ("a", "b"), "factory": True}
    assert told["on"] == {"help": "on or off"}
