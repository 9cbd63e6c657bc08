"""REVIVAL: what it picks of which nodes, its ablations against references, and what happens at the edges."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from graphs.helpers import Matrix, unit
from numpy.typing import ArrayLike, NDArray
from samplers.helpers import ask
from scipy.special import log_softmax, softmax
from scipy.stats import entropy
from sklearn.datasets import load_digits

from alviz.errors import InvalidInput, MissingNeeds
from alviz.record import Labels
from alviz.samplers import Query, Revival
from alviz.samplers.propagator import divergence
from alviz.seeding import torch_stream
from alviz.snapshot import Head, Snapshot
from alviz.task import Classification

RNG = np.random.default_rng(0)
FEATURES = RNG.gamma(1, size=(90, 6)).astype(np.float32)
HEAD = Head(RNG.normal(size=(3, 6)).astype(np.float32), RNG.normal(size=3).astype(np.float32))
SCATTERED = np.array([89, 3, 40, 11, 0, 41])  # the order of the answers, not of the pool
VALUES = np.array([2, 0, 1, 1, 0, 2])
PARTS = ("LP+VAG+BL", "LP+VAG", "VAG+BL", "LP+BL")


def question(
    n: int = 5,
    labeled: ArrayLike = SCATTERED,
    values: ArrayLike = VALUES,
    features: Any = FEATURES,
    head: Head | None = HEAD,
    classes: int = 3,
    **more: Any,
) -> Query:
    query = ask(n, labeled, features=features, **more)
    return replace(
        query,
        labels=Labels(np.asarray(labeled, dtype=np.int64), np.asarray(values, dtype=np.int64)),
        task=Classification(tuple(map(str, range(classes)))),
        snapshot=Snapshot(np.asarray(features, dtype=np.float32), None, head),
    )


def quick(**parameters: Any) -> Revival:
    return Revival(**{"steps": 30, "k": 6, "hidden": 16, **parameters})


def dense_graph(features: Any, k: int, weights: str) -> Matrix:
    """kNN by sorting all similarities, the point itself one of the k; union; D̃^-½(A + I)D̃^-½."""
    cosine = unit(features) @ unit(features).T
    A = np.eye(len(cosine))
    for i, row in enumerate(cosine):
        for j in np.argsort(-np.where(np.arange(len(row)) == i, np.inf, row))[1:k]:
            A[i, j] = A[j, i] = row[j] if weights == "cosine" else 1
    root = np.diag(A.sum(axis=1) ** -0.5)
    return root @ A @ root


def reference(sampler: Revival, query: Query, seed: int) -> dict[str, Any]:
    """The whole method on explicit matrices in float64: train, differentiate, move, measure."""
    rng = np.random.default_rng(seed)
    ids = query.candidates
    if sampler.parts == "VAG+BL":
        R = torch.from_numpy(query.features[ids].astype(np.float64))
        W, b = torch.from_numpy(query.head.weight).double(), torch.from_numpy(query.head.bias).double()

        def logits(R: torch.Tensor) -> torch.Tensor:
            return R @ W.T + b
    else:
        truth = dict(zip(query.labels.ids.tolist(), query.labels.values.tolist(), strict=True))
        nodes = [*ids, *sorted(truth)]
        A = torch.from_numpy(dense_graph(query.features[nodes], sampler.k, sampler.weights))
        R = torch.from_numpy(unit(query.features[nodes]))
        y = torch.tensor([truth[i] for i in nodes[len(ids) :]])
        with torch_stream(rng):
            starts = [torch.nn.init.xavier_uniform_(torch.empty(s)) for s in ((6, sampler.hidden), (sampler.hidden, 3))]
        W1, W2 = (w.double().requires_grad_() for w in starts)
        b1, b2 = (torch.zeros(s, dtype=torch.float64, requires_grad=True) for s in (sampler.hidden, 3))
        adam = torch.optim.Adam([W1, b1, W2, b2], lr=sampler.lr, weight_decay=sampler.weight_decay)

        def logits(R: torch.Tensor) -> torch.Tensor:
            return A @ ((A @ R @ W1 + b1).relu() @ W2) + b2

        for _ in range(sampler.steps):
            adam.zero_grad()
            torch.nn.functional.cross_entropy(logits(R)[len(ids) :], y).backward()
            adam.step()
    u = len(ids)
    p = logits(R).detach().softmax(1)[:u]
    found = {"probs": p.numpy(), "entropy": entropy(p.numpy(), axis=1)}
    if sampler.parts != "LP+BL":
        noise = rng.standard_normal((u, 6), dtype=np.float32)
        delta = torch.from_numpy(unit(noise)).requires_grad_()
        s = R[:u].norm(dim=1).mean()
        others = torch.zeros(len(R) - u, 6, dtype=torch.float64)

        def kl(step: torch.Tensor) -> torch.Tensor:
            q = logits(R + torch.cat([step, others]))[:u].softmax(1)
            return (p * (p / q).log()).sum(1)

        (g,) = torch.autograd.grad(kl(sampler.xi * s * delta).sum(), delta)
        found["kl"] = kl(sampler.epsilon * s * g / g.norm(dim=1, keepdim=True)).detach().numpy()
    return found


@pytest.mark.parametrize("weights", ["one", "cosine"])
@pytest.mark.parametrize("parts", PARTS)
def test_every_ablation_equals_a_dense_reference(parts: str, weights: str) -> None:
    training = {"dropout": 0.0, "lr": 0.03, "weight_decay": 0.02}
    sampler = quick(parts=parts, weights=weights, m_factor=3, epsilon=0.3, xi=0.2, **training)
    selection = sampler.select(question(seed=7))
    ids = question().candidates
    expected = reference(sampler, question(), 7)
    np.testing.assert_allclose(selection.extra["entropy"][ids], expected["entropy"], atol=1e-3)
    np.testing.assert_allclose(selection.extra["virtual_probs"][: len(ids)], expected["probs"], atol=2e-3)
    assert selection.extra["virtual_labels"][: len(ids)].tolist() == expected["probs"].argmax(1).tolist()

    by_entropy = ids[np.argsort(-expected["entropy"], kind="stable")]
    if parts == "LP+BL":
        assert "kl" not in selection.extra
        wanted = by_entropy
    else:
        np.testing.assert_allclose(selection.extra["kl"][ids], expected["kl"], rtol=0.05, atol=1e-3)
        by_kl = ids[np.argsort(-expected["kl"], kind="stable")]
        if parts == "LP+VAG":
            wanted = by_kl
        else:
            assert set(selection.extra["m_candidates"].tolist()) == set(by_kl[:15].tolist())
            wanted = by_entropy[np.isin(by_entropy, by_kl[:15])]
    assert selection.ids.tolist() == wanted[:5].tolist()


def test_scores_are_the_entropy_of_the_m_and_what_others_lack() -> None:
    query = question(seed=2)
    selection = quick(m_factor=4).select(query)
    extra, within = selection.extra, selection.extra["m_candidates"]
    assert len(within) == 20
    np.testing.assert_array_equal(selection.scores[within], extra["entropy"][within])
    others = np.setdiff1d(query.candidates, within)
    np.testing.assert_allclose(selection.scores[others], extra["kl"][others] - extra["kl"][within].min())
    assert selection.scores[others].max() <= 0 < selection.scores[within].min()
    assert (np.diff(extra["kl"][within]) <= 0).all()
    for scores, of in (("LP+VAG", "kl"), ("LP+BL", "entropy")):
        ablated = quick(parts=scores).select(question(seed=2))
        np.testing.assert_array_equal(ablated.scores, ablated.extra[of])


@pytest.mark.parametrize("seed", range(4))
def test_limits_of_m_are_the_ablations(seed: int) -> None:
    few = quick(m_factor=1).select(question(seed=seed))
    assert sorted(few.ids) == sorted(quick(parts="LP+VAG").select(question(seed=seed)).ids)
    assert sorted(few.extra["m_candidates"]) == sorted(few.ids)
    everything = quick(m_factor=1e6).select(question(seed=seed))
    only_entropy = quick(parts="LP+BL").select(question(seed=seed))
    assert everything.ids.tolist() == only_entropy.ids.tolist()
    np.testing.assert_array_equal(everything.scores, only_entropy.scores)


def test_m_is_a_share_of_the_picks() -> None:
    assert [len(quick(m_factor=m).select(question(4)).extra["m_candidates"]) for m in (1, 2.5, 4)] == [4, 10, 16]
    assert len(Revival(steps=5).select(question(4)).extra["m_candidates"]) == 16


def digits(seed: int) -> tuple[Query, NDArray[np.int64]]:
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    labeled = np.concatenate([rng.permutation(np.flatnonzero(y == c))[:5] for c in range(10)])
    return question(20, labeled, y[labeled], X / 16, None, 10, seed=seed), y


@pytest.mark.parametrize("seed", range(3))
def test_virtual_labels_of_digits_are_good_and_owe_it_to_the_graph(seed: int) -> None:
    query, y = digits(seed)

    def accuracy(labels: NDArray[np.int64]) -> float:
        return float((labels == y[query.candidates]).mean())

    rows = unit(query.features)
    ids, values = query.labels.ids, query.labels.values
    centroids = np.stack([rows[ids[values == c]].mean(0) for c in range(10)])
    nearest = ((rows[query.candidates, None] - centroids) ** 2).sum(2).argmin(1)
    u = len(query.candidates)
    found, alone = (
        accuracy(Revival(k=k, parts="LP+BL").select(digits(seed)[0]).extra["virtual_labels"][:u]) for k in (20, 1)
    )
    assert found > 0.87
    assert found > accuracy(nearest) + 0.05
    assert found > alone + 0.03


def test_an_adversarial_step_does_far_more_than_a_random_one() -> None:
    query, _ = digits(0)
    sampler = Revival(parts="LP+VAG")
    kl = sampler.select(digits(0)[0]).extra["kl"][query.candidates]
    _, V, network = sampler._propagator(query)
    u = len(query.candidates)
    ratios = []
    for seed in range(5):
        step = torch.zeros_like(V)
        step[:u] = torch.from_numpy(0.5 * unit(np.random.default_rng(seed).normal(size=(u, 64))))
        with torch.no_grad():
            ratios.append(kl / divergence(network(V), network(V + step))[:u].numpy())
    assert np.median(ratios) > 300
    assert (np.array(ratios) > 1).mean() > 0.99


def test_one_neighbor_is_no_edge_and_no_search() -> None:
    said: list[str] = []
    query = question(report=lambda phase, done, total: said.append(phase))
    alone = quick(k=1).select(query)
    assert "graph" not in said
    ids = query.candidates

    # A plain network on each row, from the same start.
    network = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
    order = np.argsort(SCATTERED)
    rows, y = torch.from_numpy(unit(FEATURES).astype(np.float32)), torch.from_numpy(VALUES[order])
    with torch_stream(np.random.default_rng(0)):
        starts = [torch.nn.init.xavier_uniform_(torch.empty(shape)) for shape in ((6, 16), (16, 3))]
    with torch.no_grad():
        for layer, start in zip((network[0], network[2]), starts, strict=True):
            layer.weight.copy_(start.T)
            layer.bias.zero_()
    adam = torch.optim.Adam(network.parameters(), lr=1e-2, weight_decay=5e-4)
    for _ in range(30):
        adam.zero_grad()
        torch.nn.functional.cross_entropy(network(rows[SCATTERED[order]]), y).backward()
        adam.step()
    plain = quick(k=1, dropout=0.0).select(question())
    with torch.no_grad():
        expected = network(rows[ids]).softmax(1)
    np.testing.assert_allclose(plain.extra["virtual_probs"][: len(ids)], expected, atol=2e-3)

    # Others' features mean nothing to a row.
    changed = FEATURES.copy()
    changed[ids[4]] = changed[ids[4]][::-1]
    other = quick(k=1).select(question(features=changed))
    same = np.flatnonzero((other.extra["virtual_probs"] == alone.extra["virtual_probs"]).all(1))
    assert same.tolist() == np.delete(np.arange(90), 4).tolist()


def test_k_counts_the_point_itself() -> None:
    """Nineteen others by default: asked of the query, so that every search is shared."""
    asked: list[int] = []

    class Watching(Query):
        def graph(self, k: int, *rest: Any, **more: Any) -> Any:
            asked.append(k)
            return super().graph(k, *rest, **more)

    for k in (20, 2, 1000):
        query = question()
        Revival(k=k, steps=2).select(Watching(**{name: getattr(query, name) for name in query.__dataclass_fields__}))
    assert asked == [19, 1, 89]


def test_nodes_are_candidates_and_labeled_and_nobody_else() -> None:
    candidates = np.setdiff1d(np.arange(1, 90, 3), SCATTERED)
    few = quick().select(question(4, candidates=candidates))
    assert few.extra["nodes"].tolist() == [*candidates, *sorted(SCATTERED)]
    assert np.flatnonzero(~np.isnan(few.extra["kl"])).tolist() == candidates.tolist()
    assert set(few.extra["m_candidates"]) <= set(candidates.tolist())
    elsewhere = FEATURES.copy()
    elsewhere[np.setdiff1d(np.arange(90), few.extra["nodes"])] = 100
    again = quick().select(question(4, candidates=candidates, features=elsewhere))
    np.testing.assert_array_equal(few.scores, again.scores)
    own = quick(parts="VAG+BL").select(question(4, candidates=candidates))
    assert own.extra["nodes"].tolist() == candidates.tolist()


def test_labels_belong_to_their_ids_in_whatever_order_they_were_given() -> None:
    order = np.argsort(SCATTERED)
    one = quick().select(question())
    other = quick().select(question(labeled=SCATTERED[order], values=VALUES[order]))
    np.testing.assert_array_equal(one.scores, other.scores)
    learned = Revival(dropout=0.0, k=2).select(question())
    labels = dict(zip(learned.extra["nodes"].tolist(), learned.extra["virtual_labels"].tolist(), strict=True))
    assert [labels[i] for i in SCATTERED] == VALUES.tolist()


@pytest.mark.parametrize("weights", ["one", "cosine"])
def test_another_order_of_the_pool_gives_the_same_virtual_labels(weights: str) -> None:
    """With dropout off the start is the only chance of LP+BL, and rows do not matter to it."""
    order = np.random.default_rng(1).permutation(90)
    sampler = quick(parts="LP+BL", dropout=0.0, weights=weights)
    here = sampler.select(question())
    there = sampler.select(question(labeled=np.argsort(order)[SCATTERED], features=FEATURES[order]))
    np.testing.assert_allclose(there.scores, here.scores[order], atol=1e-5)
    assert order[there.ids].tolist() == here.ids.tolist()


@pytest.mark.parametrize("parts", PARTS)
def test_the_same_stream_gives_the_same_selection_and_another_another(parts: str) -> None:
    one, again, other = (quick(parts=parts).select(question(seed=s)) for s in (0, 0, 1))
    np.testing.assert_array_equal(one.scores, again.scores)
    for name in one.extra:
        np.testing.assert_array_equal(one.extra[name], again.extra[name])
    assert not np.array_equal(one.scores, other.scores, equal_nan=True)


def test_an_isolated_row_hears_of_nobody() -> None:
    """One axis is its own: no cosine above zero, no edge, and its prediction is that of its features alone."""
    features = np.concatenate([FEATURES, np.zeros((90, 1), np.float32)], axis=1)
    features[20] = 0
    features[20, 6] = 1
    nodes, V, network = quick(weights="cosine")._propagator(question(features=features))
    at = nodes.tolist().index(20)
    W1, b1, W2, b2 = network.weights
    np.testing.assert_allclose(network(V)[at], (V[at] @ W1 + b1).relu() @ W2 + b2, atol=1e-6)
    selection = quick(weights="cosine").select(question(features=features))
    assert np.isfinite(selection.scores[question().candidates]).all()
    connected = quick(weights="one").select(question(features=features))
    assert np.isfinite(connected.scores[question().candidates]).all()


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("rows", [slice(20, 25), slice(None)])
def test_rows_of_zeros_do_no_harm(parts: str, rows: slice) -> None:
    features = FEATURES.copy()
    features[rows] = 0
    selection = quick(parts=parts, weights="cosine").select(question(features=features))
    assert np.isfinite(selection.scores[question().candidates]).all()
    assert np.isfinite(selection.extra["virtual_probs"]).all()


def test_a_sure_head_gives_no_nan() -> None:
    sure = Head(HEAD.weight, np.float32([0, 0, -1e4]))  # as of a class that no label shows
    selection = quick(parts="VAG+BL").select(question(head=sure))
    ids = question().candidates
    p = softmax((FEATURES @ HEAD.weight.T + sure.bias)[ids].astype(np.float64), axis=1)
    np.testing.assert_allclose(selection.extra["entropy"][ids], entropy(p, axis=1), rtol=1e-4)
    assert (selection.extra["kl"][ids] > 0).all()
    surer = Head(1e4 * HEAD.weight, HEAD.bias)
    assert np.isfinite(quick(parts="VAG+BL").select(question(head=surer)).scores[ids]).all()


def test_own_head_replaces_graph_and_labels() -> None:
    none = quick(parts="VAG+BL").select(question(labeled=[], values=[]))
    assert none.extra["nodes"].tolist() == list(range(90))
    logits = FEATURES.astype(np.float64) @ HEAD.weight.T + HEAD.bias
    np.testing.assert_allclose(none.extra["virtual_probs"], np.exp(log_softmax(logits, axis=1)), atol=1e-3)


def test_needs_depend_on_the_parts() -> None:
    for parts in PARTS:
        other = "head" if parts == "VAG+BL" else "labels"
        assert Revival(parts=parts).needs == {"features", other}
    with pytest.raises(
        MissingNeeds, match=r"there are none\. Start with initial of at least 1, or set parts='VAG\+BL'"
    ):
        Revival().select(question(labeled=[], values=[]))
    with pytest.raises(MissingNeeds, match="gave no head in cycle 0"):
        Revival(parts="VAG+BL").select(question(head=None))
    with pytest.raises(InvalidInput, match=r"parts is 'BL', expected one of 'LP\+VAG\+BL'"):
        Revival(parts="BL")


def test_graph_features_have_length_one_and_head_features_their_own() -> None:
    scaled = FEATURES * np.random.default_rng(2).uniform(0.1, 10, size=(90, 1)).astype(np.float32)
    a, b = (quick(dropout=0.0).select(question(features=f)).extra["virtual_probs"] for f in (FEATURES, scaled))
    np.testing.assert_allclose(a, b, atol=1e-3)
    a, b = (quick(parts="VAG+BL").select(question(features=f)).extra["virtual_probs"] for f in (FEATURES, scaled))
    assert np.abs(a - b).max() > 0.1


def test_phases_and_losses() -> None:
    said: list[tuple[str, int, int]] = []
    query = question(report=lambda *report: said.append(report))
    quick(steps=4).select(query)
    assert said[0] == ("graph", 0, 1)
    assert [report for report in said if report[2] == 4] == [("select", i, 4) for i in range(5)]
    assert query.noted["losses"].shape == (4,)
    dropped = query.noted["losses"]
    quick(steps=100, dropout=0.0).select(query)
    assert query.noted["losses"][-1] < 0.5 * query.noted["losses"][0]
    quick(steps=4, dropout=0.0).select(again := question())
    assert not np.allclose(dropped, again.noted["losses"], rtol=1e-3)


def test_a_class_that_no_label_shows_is_no_virtual_label() -> None:
    selection = Revival(dropout=0.0).select(question(classes=5))
    assert selection.extra["virtual_probs"].shape == (90, 5)
    assert set(selection.extra["virtual_labels"]) <= {0, 1, 2}
    assert np.isfinite(selection.scores[question().candidates]).all()
