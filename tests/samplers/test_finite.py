"""Samplers that take distances refuse features without any."""

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.errors import InvalidInput
from alviz.samplers import Sampler
from alviz.samplers.bmdr import BMDR
from alviz.samplers.k_median import KMedian
from alviz.samplers.k_medoids import KMedoids
from alviz.samplers.maxherding import MaxHerding
from alviz.samplers.probcover import ProbCover
from alviz.samplers.typiclust import TypiClust
from alviz.samplers.uherding import UHerding

SAMPLERS = [BMDR(), KMedian(), KMedoids(), MaxHerding(), ProbCover(), TypiClust(), UHerding()]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: sampler.name)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused(sampler: Sampler, value: float) -> None:
    features = np.random.default_rng(0).normal(size=(30, 3))
    features[7, 1] = features[21, 2] = value
    query = ask(4, [2, 9], features=features, probs=np.full((30, 2), 0.5))
    with pytest.raises(InvalidInput, match=r"NaN or inf in 2 row\(s\), the first is row 7"):
        sampler.select(query)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: sampler.name)
def test_rows_of_zeros_are_no_trouble(sampler: Sampler) -> None:
    features = np.random.default_rng(0).normal(size=(30, 3))
    features[[7, 8, 9]] = 0
    query = ask(6, [2, 9], features=features, probs=np.full((30, 2), 0.5))
    selection = sampler.select(query)
    assert len(set(selection.ids.tolist())) == 6
    assert np.isfinite(selection.scores[query.candidates]).all()
    assert np.isfinite(selection.extra["gain"]).all()
