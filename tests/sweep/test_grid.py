"""The grid of a sweep: its runs, their names, and what is refused."""

from __future__ import annotations

import pytest

import alviz
from alviz.errors import InvalidInput, UnknownName
from alviz.sweep.grid import Cell, grid, part_name


def test_every_learner_meets_every_sampler_with_every_seed_seed_by_seed() -> None:
    made = grid(["random", "margin"], ["linear", "supervised"], [4, 2])

    assert [cell.name for cell in made.cells] == [
        *("linear-random-4", "linear-margin-4", "supervised-random-4", "supervised-margin-4"),
        *("linear-random-2", "linear-margin-2", "supervised-random-2", "supervised-margin-2"),
    ]
    assert [cell.root for cell in made.cells[1:3]] == ["linear-4", "supervised-4"]


def test_a_number_of_seeds_stands_for_the_first_ones() -> None:
    assert grid("random", "linear", 3).seeds == (0, 1, 2)


def test_one_part_alone_is_a_grid_side() -> None:
    made = grid(alviz.samplers.Coreset(), {"name": "linear", "params": {"C": 2.0}}, [0])

    assert made.cells == [Cell("linear,C=2", "coreset", 0)]
    assert made.learners["linear,C=2"].config()["params"]["C"] == 2.0


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (alviz.samplers.TypiClust(), "typiclust"),
        (alviz.samplers.TypiClust(clusters=50), "typiclust,clusters=50"),
        (alviz.samplers.CoreGCN(layers=3, hidden=64), "core_gcn,hidden=64,layers=3"),
        (alviz.samplers.MaxHerding(sigma=0.5), "maxherding,sigma=0.5"),
    ],
)
def test_a_part_is_called_by_its_name_and_what_is_not_its_default(part: alviz.samplers.Sampler, name: str) -> None:
    assert sorted(part_name(part).split(",")) == sorted(name.split(","))


def test_a_long_name_is_cut_and_still_tells_parts_apart() -> None:
    stages = [[(k, "typiclust") for k in range(1, 9)] + [(None, last)] for last in ("margin", "entropy")]
    names = [part_name(alviz.samplers.Schedule(each)) for each in stages]

    assert all(len(name) <= 80 and "/" not in name and " " not in name for name in names)
    assert names[0] != names[1]


def test_names_of_ones_own_stand_for_parts() -> None:
    made = grid({"few": alviz.samplers.TypiClust(clusters=5), "many": "typiclust"}, "linear", [0])

    assert [cell.sampler for cell in made.cells] == ["few", "many"]
    assert made.samplers["few"].config()["params"]["clusters"] == 5


@pytest.mark.parametrize(
    ("samplers", "learners", "seeds", "said"),
    [
        ([], ["linear"], [0], "samplers is empty: a grid needs at least one sampler"),
        (["random"], [], [0], "learners is empty"),
        (["random"], ["linear"], [], "seeds is empty"),
        (["random"], ["linear"], 0, "seeds is empty"),
        (["margin", "random", "margin"], ["linear"], [0], "samplers holds margin twice: the same run twice"),
        ({"a": "margin", "b": "margin"}, ["linear"], [0], "twice"),
        (["margin"], ["linear"], [1, 2, 1], "seeds holds 1 twice"),
        (["margin"], ["linear"], "abc", "expected how many, or which"),
        (["margin"], ["linear"], [-1], "a seed is -1"),
        ({"a/b": "margin"}, ["linear"], [0], "becomes part of a folder's name"),
        (
            {"b-c": "margin", "c": "random"},
            {"a": "linear", "a-b": alviz.learners.Linear(C=2.0)},
            [1],
            "tells them apart",
        ),
    ],
)
def test_what_is_no_grid_is_refused(samplers: object, learners: object, seeds: object, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        grid(samplers, learners, seeds)


def test_an_unknown_sampler_is_named_with_near_ones() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'margin'"):
        grid(["margn"], "linear", [0])
