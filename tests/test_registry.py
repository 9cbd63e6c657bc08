"""From names to parts."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import alviz
from alviz.errors import InvalidInput, UnknownName
from alviz.samplers import Coreset, UncertainGCN


def test_names_are_sorted_and_lead_to_classes_of_that_name() -> None:
    for kind in (alviz.samplers, alviz.learners, alviz.oracles, alviz.maps):
        names = kind.names()
        assert names == sorted(names)
        assert [kind.get(name).name for name in names] == names


@pytest.mark.parametrize(
    ("kind", "name", "near"),
    [
        ("samplers", "core-set", "'coreset'"),
        ("samplers", "uncertaingcn", "'uncertain_gcn'"),
        ("samplers", "Entropy", "'entropy'"),
        ("learners", "suprvised", "'supervised'"),
        ("oracles", "truht", "'truth'"),
        ("maps", "t-sne", "'tsne'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(kind: str, name: str, near: str) -> None:
    for find in (getattr(alviz, kind).get, getattr(alviz, kind).make):
        with pytest.raises(UnknownName, match=f"no {kind[:-1]} named '{name}'. Did you mean {near}") as error:
            find(name)
        assert isinstance(error.value, LookupError)
        assert ", ".join(getattr(alviz, kind).names()) in str(error.value)


def test_a_name_that_is_near_to_none_gets_the_list() -> None:
    with pytest.raises(UnknownName) as error:
        alviz.samplers.get("qqqq")
    assert "Did you mean" not in str(error.value)


def test_parts_are_made_of_names_instances_and_records() -> None:
    mine = UncertainGCN(k=7)
    assert alviz.samplers.make("coreset") == Coreset()
    assert alviz.samplers.make(mine) is mine
    assert alviz.samplers.make(mine.config()) == mine


@pytest.mark.parametrize("spec", [Coreset, None, 3, ["coreset"]])
def test_what_is_neither_is_refused(spec: Any) -> None:
    with pytest.raises(InvalidInput, match=r"is a class: pass|is no sampler: pass a name"):
        alviz.samplers.make(spec)


def test_a_package_gives_its_parts_by_module_and_by_class() -> None:
    assert alviz.samplers.coreset.Coreset is alviz.samplers.Coreset
    assert alviz.maps.umap.UMAP is alviz.maps.UMAP
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        alviz.samplers.nothing  # noqa: B018


def test_importing_alviz_or_listing_names_loads_nothing_heavy() -> None:
    code = (
        "import sys, alviz; alviz.samplers.names(), alviz.learners.names(); alviz.maps.titles(); "
        "print([m for m in ('torch', 'dgl', 'faiss', 'sklearn', 'openTSNE', 'umap', 'numba', 'plotly', 'ipywidgets', "
        "'pandas') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
    bare = "import sys, alviz; print('numpy' in sys.modules, 'torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", bare], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "False False"
