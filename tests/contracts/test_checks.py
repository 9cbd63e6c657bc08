"""The checks themselves: sound parts pass, and each broken promise is seen and named."""

import pytest
from contracts import broken_learners, broken_samplers

from alviz.learners import Learner
from alviz.samplers import Sampler
from alviz.testing import check_learner, check_sampler


def test_sound_parts_pass() -> None:
    check_sampler(broken_samplers.Sound())
    check_learner(broken_learners.Sound())
    check_learner(broken_learners.Predicts())


@pytest.mark.parametrize("kind", broken_samplers.BROKEN, ids=lambda kind: kind.__name__)
def test_broken_sampler_is_refused(kind: type[Sampler]) -> None:
    with pytest.raises(AssertionError, match=broken_samplers.BROKEN[kind]) as refused:
        check_sampler(kind())
    assert kind.name in str(refused.value) or kind.__name__ in str(refused.value)


def test_a_parameter_without_default_is_refused() -> None:
    with pytest.raises(AssertionError, match=r"NoDefault\.radius has no default"):
        check_sampler(broken_samplers.NoDefault(radius="wide"))


@pytest.mark.parametrize("kind", broken_learners.BROKEN, ids=lambda kind: kind.__name__)
def test_broken_learner_is_refused(kind: type[Learner]) -> None:
    with pytest.raises(AssertionError, match=broken_learners.BROKEN[kind]):
        check_learner(kind())
