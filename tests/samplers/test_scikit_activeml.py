import json
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from samplers.heads import ask_head, head_of

from alviz import samplers
from alviz.errors import InvalidInput, MissingNeeds
from alviz.samplers import Coreset, Entropy, LeastConfidence, Margin, Query, Sampler
from alviz.samplers import adapters as module
from alviz.samplers.scikit_activeml import ScikitActiveML
from alviz.snapshot import Snapshot
from alviz.testing import check_sampler

SCATTERED = [3, 11, 12, 39]


def question(n: int = 6, seed: int = 0) -> Query:
    rng = np.random.default_rng(5)
    return ask_head(n, rng.normal(size=(40, 4)), head_of(rng.normal(size=(3, 4))), SCATTERED, [0, 1, 2, 1], seed=seed)


def test_without_the_package_it_is_listed_and_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skactiveml", None)
    monkeypatch.setitem(sys.modules, "skactiveml.pool", None)
    monkeypatch.setattr("alviz.samplers.scikit_activeml.find_spec", lambda name: None)
    sampler = ScikitActiveML()
    assert sampler.needs == {"features", "probs"}
    from alviz.samplers.scikit_activeml import arguments_of

    arguments_of.cache_clear()
    with pytest.raises(InvalidInput, match="Install it with pip install scikit-activeml"):
        sampler.select(question())
    with pytest.raises(InvalidInput, match="Install it with pip install scikit-activeml"):
        module.from_skactiveml("Badge")


@pytest.fixture
def pool() -> Any:
    return pytest.importorskip("skactiveml.pool")


@pytest.mark.parametrize(
    ("method", "ours"), [("entropy", Entropy()), ("least_confident", LeastConfidence()), ("margin_sampling", Margin())]
)
def test_uncertainty_is_ours(pool: Any, method: str, ours: Sampler) -> None:
    theirs = module.from_skactiveml(pool.UncertaintySampling(method=method)).select(question())
    mine = ours.select(question())
    assert theirs.ids.tolist() == mine.ids.tolist()
    lift = 1.0 if method == "margin_sampling" else 0.0  # theirs is 1 - margin
    np.testing.assert_allclose(theirs.scores, mine.scores + lift, atol=1e-5)
    np.testing.assert_allclose(theirs.extra["gain"], theirs.scores[theirs.ids], atol=1e-6)


def test_core_set_is_ours(pool: Any) -> None:
    theirs = module.from_skactiveml("CoreSet").select(question(20))
    mine = Coreset().select(question(20))
    assert theirs.ids.tolist() == mine.ids.tolist()
    np.testing.assert_allclose(theirs.extra["gain"], mine.extra["gain"], rtol=1e-4)


def test_ids_stay_pool_rows_and_candidates_are_the_only_choice(pool: Any) -> None:
    rng = np.random.default_rng(1)
    few = np.array([5, 20, 21, 38])
    query = ask_head(3, rng.normal(size=(40, 4)), head_of(rng.normal(size=(3, 4))), SCATTERED, candidates=few)
    for name in ("RandomSampling", "UncertaintySampling", "Badge"):
        selection = module.from_skactiveml(name).select(query)
        assert set(selection.ids) < set(few)
        assert np.flatnonzero(~np.isnan(selection.scores)).tolist() == few.tolist()


def test_the_stream_decides(pool: Any) -> None:
    sampler = module.from_skactiveml("Badge")
    ids = [sampler.select(question(seed=seed)).ids.tolist() for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    own = module.from_skactiveml(pool.Badge(random_state=7))
    assert own == sampler, "a random state of its own counts for nothing"


def test_parameters_are_recorded(pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**samplers.registry._table, "scikit_activeml": "alviz.samplers.scikit_activeml:ScikitActiveML"}
    monkeypatch.setattr(samplers.registry, "_table", table)
    sampler = module.from_skactiveml(pool.UncertaintySampling(method="entropy"))
    assert sampler == module.from_skactiveml("UncertaintySampling", method="entropy")
    config = json.loads(json.dumps(sampler.config()))
    assert config["params"] == {"strategy": "UncertaintySampling", "settings": '{"method": "entropy"}'}
    assert samplers.make(config) == sampler
    assert sampler != samplers.make("scikit_activeml")


def test_what_cannot_be_asked_is_refused_in_a_sentence(pool: Any) -> None:
    from sklearn.cluster import KMeans

    for given, message in (
        ("NoSuch", "no query strategy 'NoSuch'"),
        ("QueryByCommittee", "QueryByCommittee wants ensemble"),
        (object(), "is no query strategy"),
        (pool.DropQuery(cluster_algo=type("Own", (KMeans,), {})), "a record could not hold"),
    ):
        with pytest.raises(InvalidInput, match=message):
            module.from_skactiveml(given)
    with pytest.raises(InvalidInput, match="its parameters are its own"):
        module.from_skactiveml(pool.Badge(), method="entropy")
    with pytest.raises(InvalidInput, match="no record could hold"):
        module.from_skactiveml("Badge", clf_embedding_flag_name=object())
    with pytest.raises(InvalidInput, match="asks about examples that are not in the pool"):
        module.from_skactiveml("DropQuery").select(question())
    with pytest.raises(InvalidInput, match=r"UncertaintySampling with .* does not answer"):
        module.from_skactiveml("UncertaintySampling", method="entropi").select(question())


def test_it_needs_probabilities_only_where_the_strategy_wants_a_classifier(pool: Any) -> None:
    assert module.from_skactiveml("CoreSet").needs == {"features"}
    assert module.from_skactiveml("Clue").needs == {"features", "probs"}
    query = replace(question(), snapshot=Snapshot(question().features))
    assert len(module.from_skactiveml("CoreSet").select(query)) == 6
    with pytest.raises(MissingNeeds, match="gave no probs"):
        module.from_skactiveml("Badge").select(query)


def test_what_it_warns_of_is_kept(pool: Any) -> None:
    query = ask_head(4, np.ones((40, 2)), head_of(np.eye(2)), SCATTERED)
    module.from_skactiveml("Clue").select(query)
    assert "distinct clusters" in query.noted["warnings"]


@pytest.mark.parametrize("name", ["UncertaintySampling", "Badge", "CoreSet", "ProbCover", "RandomSampling", "Clue"])
def test_contract(pool: Any, name: str) -> None:
    check_sampler(module.from_skactiveml(name))
