"""Checks that every sampler, learner and map method passes, for the authors of new ones too.

``check_sampler(MySampler())`` in a test of yours says in one sentence which promise is broken.
"""

from alviz.testing.learners import check_learner
from alviz.testing.maps import check_map
from alviz.testing.samplers import check_sampler

__all__ = ["check_learner", "check_map", "check_sampler"]
