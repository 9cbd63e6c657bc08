"""VAAL and SRAAL: the losses and the indicator by hand, what the game finds, and where it is refused."""

from itertools import islice
from math import exp, log
from typing import Any

import numpy as np
import pytest
import torch
from samplers.helpers import ask

from alviz import datasets
from alviz.errors import InvalidInput, MissingNeeds, PoolMissing, Stopped
from alviz.models.discriminator import Discriminator
from alviz.models.vae import image_vae, vector_vae
from alviz.samplers.adversarial import Adversarial, cycled, state_loss, vae_loss
from alviz.samplers.sraal import SRAAL, states, uncertainty_indicator
from alviz.samplers.vaal import VAAL
from alviz.testing import check_sampler

N = 120
OTHER = np.random.default_rng(0).random(N) < 0.5


def two_clusters(kind: str) -> Any:
    """A pool of which the marked half is bright on the right, or lies on another side of the origin."""
    rng = np.random.default_rng(1)
    if kind == "vectors":
        side = np.where(OTHER, 3, -3)[:, None] * np.array([1, 1, 1, 0, 0, 0])
        return datasets.arrays((rng.normal(size=(N, 6)) + side).astype(np.float32), OTHER.astype(int))
    X = rng.integers(0, 120, (N, 8, 8) if kind == "gray" else (N, 9, 7, 3)).astype(np.uint8)
    X[~OTHER, :, :4] += 120
    X[OTHER, :, 4:] += 120
    return datasets.arrays(X, OTHER.astype(int))


LABELED = np.flatnonzero(~OTHER)[::3]


def questions(pool: Any, n: int = 10, **more: Any) -> Any:
    return ask(n, LABELED, probs=np.full((N, 2), 0.5), pool=pool, **more)


@pytest.mark.parametrize("sampler", [VAAL(epochs=1), SRAAL(epochs=1), VAAL(epochs=1, reconstruction="mean", latent=3)])
def test_it_keeps_the_contract(sampler: Adversarial) -> None:
    check_sampler(sampler)


@pytest.mark.parametrize("kind", ["gray", "color", "vectors"])
def test_vaal_picks_the_cluster_that_has_no_label(kind: str) -> None:
    selection = VAAL(epochs=12).select(questions(two_clusters(kind)))
    assert OTHER[selection.ids].mean() >= 0.9
    candidates = np.setdiff1d(np.arange(N), LABELED)
    scores, other = selection.scores[candidates], OTHER[candidates]
    above = (scores[other][:, None] > scores[~other]).mean()  # a pair's chance to be in order: the area under the ROC
    assert above > 0.8
    assert np.isnan(selection.scores[LABELED]).all()
    assert ((scores >= 0) & (scores <= 1)).all()
    assert selection.extra["losses"].shape == selection.extra["discriminator_losses"].shape == (12 * 2,)


@pytest.mark.parametrize("sure_are_dim", [True, False])
def test_what_the_learner_is_sure_of_is_not_picked(sure_are_dim: bool) -> None:
    """The cluster without a label is dim above in a half of its images: the half that is not sure is picked."""
    dim = np.random.default_rng(4).random(N) < 0.5
    X = two_clusters("gray").X.copy()
    X[OTHER & dim, :4] //= 2
    sure = dim == sure_are_dim
    probs = np.where(sure[:, None], [1.0, 0.0], [0.5, 0.5])
    query = ask(10, LABELED, probs=probs, pool=datasets.arrays(X, OTHER.astype(int)))
    selection = SRAAL(epochs=12).select(query)
    assert (~sure)[selection.ids].mean() >= 0.9
    expected = np.where(sure, 0, 0.5)[query.candidates]
    np.testing.assert_allclose(selection.extra["uncertainty"][query.candidates], expected)


def test_relabeling_by_nothing_is_vaal() -> None:
    pool = two_clusters("gray")
    probs = np.random.default_rng(2).dirichlet(np.ones(3), N)
    plain = VAAL(epochs=2).select(ask(10, LABELED, probs=probs, pool=pool))
    none = SRAAL(epochs=2, relabel=0).select(ask(10, LABELED, probs=probs, pool=pool))
    some = SRAAL(epochs=2).select(ask(10, LABELED, probs=probs, pool=pool))
    np.testing.assert_array_equal(none.ids, plain.ids)
    np.testing.assert_array_equal(none.scores, plain.scores)
    assert not np.array_equal(some.scores, plain.scores, equal_nan=True)
    assert states(np.array([0.25, 1.0]), 0.0).tolist() == [0, 0]
    assert states(np.array([0.25, 1.0, 0.0]), 1.0).tolist() == [0.75, 0, 1]
    assert states(np.array([0.25]), 0.5).tolist() == [0.375]


def test_the_indicator_by_hand() -> None:
    found = uncertainty_indicator(np.array([[1, 0, 0, 0], [0.25] * 4, [0.7, 0.1, 0.1, 0.1], [0.5, 0.5, 0, 0]]))
    # Of (1/2, 1/2, 0, 0) the variance is 1/16; the least with that maximum, of (1/2, 1/6, 1/6, 1/6), is 1/48.
    np.testing.assert_allclose(found, [0, 0.75, 0.3, 1 - 0.5 / 3], atol=1e-12)
    # Of two classes the rest has one place only: 1 - max p.
    np.testing.assert_allclose(uncertainty_indicator(np.array([[0.9, 0.1], [0.5, 0.5]])), [0.1, 0.5])
    np.testing.assert_allclose(uncertainty_indicator(np.ones((2, 1))), 0)
    random = uncertainty_indicator(np.random.default_rng(0).dirichlet(np.ones(5), 200))
    assert ((random >= 0) & (random <= 1)).all()


def test_the_losses_by_hand() -> None:
    x, decoded = torch.tensor([[0.0, 1.0], [2.0, 0.0]]), torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    mean, log_variance = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [log(2.0)]])
    # Divergences 1/2 and (2 - 1 - log 2)/2; squared errors 1 and 4.
    divergence = 0.5 + (1 - log(2)) / 2
    assert float(vae_loss(x, decoded, mean, log_variance, 3.0)) == pytest.approx((5 + 3 * divergence) / 2)
    assert float(vae_loss(x, decoded, mean, log_variance, 3.0, "mean")) == pytest.approx(5 / 4 + 3 * divergence)
    a, b = torch.tensor([0.0, 2.0]), torch.tensor([1.0, -1.0])

    def soft(z: float) -> float:
        return log(1 + exp(z))

    labeled = (soft(0) + soft(-2)) / 2
    assert float(state_loss(a, b, torch.zeros(2))) == pytest.approx(labeled + (soft(1) + soft(-1)) / 2)
    relabeled = (0.25 * soft(-1) + 0.75 * soft(1) + soft(1)) / 2
    assert float(state_loss(a, b, torch.tensor([0.25, 1.0]))) == pytest.approx(labeled + relabeled)


def test_few_labels_fill_batches_and_all_come_up_as_often() -> None:
    ids = np.array([3, 5, 8])
    batches = list(islice(cycled(ids, 7, np.random.default_rng(0)), 3))
    assert [len(batch) for batch in batches] == [7, 7, 7]
    shown = np.concatenate(batches)
    assert all(sorted(shown[start : start + 3]) == [3, 5, 8] for start in range(0, 21, 3))
    assert len(next(cycled(np.array([4]), 64, np.random.default_rng(0)))) == 64


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 33, 32), (1, 28, 28), (2, 2, 5), (3, 5, 3)])
def test_images_of_any_size_come_back(shape: tuple[int, ...]) -> None:
    widths = (8, 16, 24, 32) if shape[1] > 32 else (4, 8)
    network = image_vae(shape, 5, widths).eval()
    x = torch.rand(3, *shape)
    decoded, mean, log_variance = network(x)
    assert decoded.shape == x.shape
    assert mean.shape == log_variance.shape == (3, 5)
    torch.testing.assert_close(network.encode(x)[0], mean)
    other = x.clone()
    other[0] += 1
    assert (network.encode(other)[0][1:] == mean[1:]).all()
    assert (network.encode(other)[0][0] != mean[0]).any()


def test_the_papers_networks() -> None:
    encoder = image_vae((3, 32, 32)).encoder
    assert [layer.out_channels for layer in encoder if isinstance(layer, torch.nn.Conv2d)] == [128, 256, 512, 1024]
    assert vector_vae(7)(torch.rand(4, 7))[0].shape == (4, 7)
    linear = [layer for layer in Discriminator().layers if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linear] == [(32, 512), (512, 512), (512, 1)]


def test_the_code_is_drawn_around_the_mean() -> None:
    network = vector_vae(2, latent=1)
    network.decoder = torch.nn.Identity()
    torch.nn.init.zeros_(network.log_variance.weight)
    network.log_variance.bias.data[:] = log(4.0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        code, mean, _ = network(torch.ones(4000, 2))
    assert float((code - mean).mean().detach()) == pytest.approx(0, abs=0.1)
    assert float((code - mean).std().detach()) == pytest.approx(2, rel=0.05)


def test_one_label_and_all_that_is_left() -> None:
    pool = two_clusters("gray")
    query = ask(N - 1, [7], probs=np.full((N, 2), 0.5), pool=pool)
    assert sorted(VAAL(epochs=1).select(query).ids) == [i for i in range(N) if i != 7]


def test_a_stop_is_heard_within_a_step() -> None:
    pool = two_clusters("gray")
    seen: list[int] = []

    def report(phase: str, done: int, total: int) -> None:
        seen.append(done)
        if done == 1 or len(seen) == last:
            raise Stopped("now")

    for last in (5, 12, 99):
        seen.clear()
        with pytest.raises(Stopped):
            VAAL().select(questions(pool, report=report))
        # Seven layers with weights, forth and back: the first step is over after them.
        assert seen == [0] * min(last, 14) + [1] * (last == 99)


def test_what_is_refused() -> None:
    pool = two_clusters("gray")
    with pytest.raises(MissingNeeds, match="vaal learns to tell labeled from unlabeled examples; there are 0 labeled"):
        VAAL().select(ask(3, probs=np.full((N, 2), 0.5), pool=pool))
    with pytest.raises(MissingNeeds, match="gave no probs"):
        SRAAL().select(ask(3, LABELED, features=np.zeros((N, 2)), pool=pool))
    with pytest.raises(PoolMissing, match=r"reads examples: open the run with its pool, Run\.open"):
        VAAL().select(ask(3, LABELED, probs=np.full((N, 2), 0.5)))
    with pytest.raises(InvalidInput, match="torch cannot use device='abacus' here"):
        VAAL(device="abacus").select(questions(pool))
    with pytest.raises(InvalidInput, match="reconstruction is 'max', expected one of 'sum', 'mean'"):
        VAAL(reconstruction="max")
