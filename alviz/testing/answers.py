"""A sampler's answer to one question, refused in a sentence where it breaks the contract."""

from __future__ import annotations

import numpy as np

from alviz.asking import check_selection
from alviz.errors import InvalidInput, MissingNeeds
from alviz.samplers import Query, Sampler
from alviz.selection import Selection
from alviz.testing.common import equal, expect, untouched_randomness


def answer(sampler: Sampler, query: Query, when: str = "") -> Selection:
    """Return the answer, checked as the runner checks it.

    Parameters
    ----------
    sampler : Sampler
    query : Query
    when : str
        What is special about this question, as the end of a sentence (" when one row is labeled").

    Raises
    ------
    AssertionError
        If there is no answer, or one that breaks the contract; or a global random state was touched.
    """
    candidates = query.candidates.copy()
    with untouched_randomness(sampler.name):
        selection = unchecked(sampler, query, when)
    expect(np.array_equal(query.candidates, candidates), f"{sampler.name} changes its inputs: candidates.")
    try:
        check_selection(selection, query, sampler.name)
    except InvalidInput as error:
        hint = (
            " Are positions taken for ids, or labeled rows to come first?" if "ids that were no" in str(error) else ""
        )
        raise AssertionError(f"{str(error).removesuffix('.')}{when}.{hint}") from error
    scores = selection.scores[query.candidates]
    expect(np.isfinite(scores).all(), f"{sampler.name} gives infinite scores to candidates{when}.")
    return selection


def unchecked(sampler: Sampler, query: Query, when: str = "") -> Selection:
    """Return the answer as it is; refuse a sampler that has none."""
    try:
        return sampler.select(query)
    except MissingNeeds as error:
        raise AssertionError(f"{sampler.name} reads what its needs do not name{when}: {error}") from error
    except Exception as error:  # a sampler that fails, whatever it raises, does not keep the contract
        said = f"{type(error).__name__}: {error}"
        if "read-only" in said or "writeable" in said:
            raise AssertionError(f"{sampler.name} writes to its inputs, which are read-only: {said}") from error
        raise AssertionError(f"{sampler.name} does not answer{when}: {said}") from error


def same(a: Selection, b: Selection) -> bool:
    """Whether two answers are the same, bit for bit."""
    return (
        equal(a.ids, b.ids)
        and equal(a.scores, b.scores)
        and a.extra.keys() == b.extra.keys()
        and all(equal(a.extra[name], b.extra[name]) for name in a.extra)
    )
