"""Learning Loss: the hinge by hand, who learns from it and until when, and whether what it says is so."""

from typing import Any

import numpy as np
import pytest
import torch
from learners.helpers import fit, per_class
from scipy.stats import spearmanr
from torch import nn

from alviz import datasets
from alviz.errors import InvalidInput
from alviz.learners import Previous, Supervised
from alviz.learners.loss_prediction import LossPrediction, ranking_loss
from alviz.learners.resnet18 import ResNet18
from alviz.learners.training import even_batches
from alviz.models.loss_head import LossHead
from alviz.models.mlp import MLP
from alviz.models.small_cnn import SmallCNN
from alviz.testing import check_learner
from alviz.testing.learners import made_up_pool

VECTORS = datasets.arrays(
    np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32) + 2 * np.eye(3, 6)[np.arange(40) % 3],
    np.arange(40) % 3,
)


def test_the_hinge_of_four_losses_by_hand() -> None:
    predicted, losses = torch.tensor([0.2, 3.0, 0.5, 0.4]), torch.tensor([1.0, 2.0, 5.0, 0.5])
    # (1st, 4th): 1.0 > 0.5 and 0.2 - 0.4 = -0.2, so 1 + 0.2. (2nd, 3rd): 2 < 5 and 3 - 0.5 = 2.5, so 1 + 2.5.
    assert float(ranking_loss(predicted, losses)) == pytest.approx((1.2 + 3.5) / 2)
    assert float(ranking_loss(predicted, losses, margin=0.1)) == pytest.approx((0.3 + 2.6) / 2)
    # In the right order by more than the margin nothing is lost; of five the one in the middle is in no pair.
    assert float(ranking_loss(2 * losses, losses)) == pytest.approx(0.0)
    assert float(ranking_loss(torch.tensor([0.2, 3.0, 99.0, 0.5, 0.4]), torch.tensor([1.0, 2.0, 0.0, 5.0, 0.5]))) == (
        pytest.approx((1.2 + 3.5) / 2)
    )
    assert float(ranking_loss(predicted[:1], losses[:1])) == 0


def test_equal_losses_count_as_the_second_being_larger() -> None:
    assert float(ranking_loss(torch.tensor([2.0, 0.5]), torch.tensor([1.0, 1.0]))) == pytest.approx(2.5)


def test_the_head_is_four_layers_side_by_side() -> None:
    head = LossHead([2, 3], hidden=4)
    a, b = torch.rand(5, 2), torch.rand(5, 3)
    (first, second), last = head.blocks, head.loss
    expected = torch.cat([(a @ first[0].weight.T + first[0].bias).relu(), second(b)], 1) @ last.weight.T + last.bias
    torch.testing.assert_close(head([a, b]), expected[:, 0])
    assert [block[0].out_features for block in LossHead([64, 128, 256, 512]).blocks] == [128] * 4


@pytest.mark.parametrize(("share", "learns"), [(0.0, True), (0.59, True), (0.6, False), (0.99, False)])
def test_the_network_learns_from_the_head_in_the_first_epochs_only(share: float, learns: bool) -> None:
    model = MLP((6,), 3)
    x, y = torch.from_numpy(VECTORS.X[:8].copy()), torch.arange(8) % 3
    prediction = LossPrediction(model, x[:2])
    model.train()
    alone = torch.autograd.grad(nn.functional.cross_entropy(model(x), y), list(model.parameters()))
    loss = prediction.objective(model, x, y, share)
    together = torch.autograd.grad(loss, [*model.parameters(), *prediction.head.parameters()], allow_unused=True)
    bodies = zip(model.named_parameters(), alone, together, strict=False)
    for (name, _), before, after in bodies:
        changed = learns and name.startswith("body")
        assert torch.allclose(before, after, atol=1e-7) != changed, name
    assert all(found is not None and found.abs().sum() > 0 for found in together[len(alone) : -1])
    assert together[-1] is not None  # the last bias: differences do not see it
    torch.testing.assert_close(together[-1], torch.zeros(1))


def test_the_objective_is_the_cross_entropy_and_the_hinge_of_what_the_head_says() -> None:
    model = SmallCNN((1, 8, 8), 3)
    x, y = torch.rand(6, 1, 8, 8), torch.arange(6) % 3
    prediction = LossPrediction(model, x[:1])
    found = float(prediction.objective(model, x, y, 0.0).detach())
    first = model.body[:2](x)
    second = model.body[2:5](first)
    averages = [first.mean((2, 3)), second.mean((2, 3)), model.body(x)]
    losses = nn.functional.cross_entropy(model(x), y, reduction="none")
    expected = losses.mean() + ranking_loss(prediction.head(averages), losses)
    assert found == pytest.approx(float(expected.detach()), rel=1e-5)


@pytest.mark.parametrize(("n", "batch"), [(50, 32), (51, 32), (7, 2), (6, 2), (1, 32), (2, 32), (33, 5), (200, 64)])
def test_batches_are_even_as_far_as_there_are_pairs(n: int, batch: int) -> None:
    batches = list(even_batches(n, batch))
    assert len(batches) == -(-n // batch)
    assert sorted(torch.cat(batches).tolist()) == list(range(n))
    sizes = [len(rows) for rows in batches]
    assert sum(size % 2 for size in sizes) == n % 2
    assert max(sizes) - min(sizes) <= 2 + n % 2
    assert max(sizes) <= batch + 1


def test_what_the_head_says_ranks_the_true_losses_of_what_it_never_saw() -> None:
    pool = datasets.digits()
    labeled = per_class(pool, 20)
    rest = np.setdiff1d(np.arange(len(pool)), labeled)
    snapshot = fit(Supervised(loss_head=True, epochs=40), pool, labeled).snapshot
    assert snapshot.loss is not None
    assert snapshot.probs is not None
    true = -np.log(snapshot.probs[rest, pool.y[rest]])
    # 0.47 to 0.82 over five seeds and 100 or 300 labels; chance is 0 with a standard deviation of 0.03.
    assert spearmanr(snapshot.loss[rest], true)[0] > 0.4
    worst = np.argsort(-snapshot.loss[rest])[: len(rest) // 10]
    assert true[worst].mean() > 1.3 * true.mean()


def test_the_learner_keeps_its_contract() -> None:
    check_learner(Supervised(loss_head=True, epochs=3))
    check_learner(Supervised(loss_head=True, epochs=2, warm=True, batch=1, dropout=0.3), made_up_pool("vector"))


def test_a_batch_holds_a_pair_at_least() -> None:
    one, two = (fit(Supervised(loss_head=True, epochs=2, batch=batch), VECTORS, np.arange(9)) for batch in (1, 2))
    np.testing.assert_array_equal(one.snapshot.loss, two.snapshot.loss)
    three = fit(Supervised(loss_head=True, epochs=2, batch=4), VECTORS, np.arange(9))
    assert (three.snapshot.loss != two.snapshot.loss).any()


def test_a_network_with_batch_normalization() -> None:
    X = np.random.default_rng(0).integers(0, 256, (9, 9, 9, 3)).astype(np.uint8)
    pool = datasets.arrays(X, np.arange(9) % 3)
    learner = ResNet18(loss_head=True, epochs=1, augment="none")
    assert "loss" in learner.check(pool)
    for ids in ([4], [0, 1, 2, 4, 7]):
        loss = fit(learner, pool, ids).snapshot.loss
        assert loss is not None
        assert loss.shape == (9,)
        assert len(np.unique(loss)) > 1


def test_only_a_learner_with_the_head_gives_losses_and_names_it() -> None:
    plain, headed = Supervised(epochs=2), Supervised(epochs=2, loss_head=True)
    assert "loss_head" not in plain.config()["params"]
    assert headed.config()["params"]["loss_head"] is True
    assert headed.check(VECTORS) - plain.check(VECTORS) == {"loss"}
    a, b = fit(plain, VECTORS, np.arange(9)), fit(headed, VECTORS, np.arange(9))
    assert a.snapshot.loss is None
    assert "loss" in b.snapshot.gives
    # The weights are the network's: they go on, and elsewhere, without the head.
    assert a.weights.keys() == b.weights.keys()
    probs = headed.predict(VECTORS, b.weights, VECTORS.X, lambda *_: None)
    np.testing.assert_allclose(probs, b.snapshot.probs, atol=1e-6)
    warm = Supervised(epochs=1, lr=1e-8, warm=True, loss_head=True)
    again = fit(warm, VECTORS, np.arange(9), Previous(b.weights))
    np.testing.assert_allclose(again.snapshot.probs, b.snapshot.probs, atol=1e-4)


class Own(nn.Module):
    """A network of somebody's own, with blocks to be read."""

    def __init__(self, taps: Any) -> None:
        super().__init__()
        self.first, self.second, self.spare = nn.Linear(6, 5), nn.Linear(5, 3), nn.Linear(3, 3)
        self.pair = nn.GRU(5, 2)
        if taps is not None:
            self.taps = taps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(x).relu()
        self.pair(hidden[None])
        return self.second(hidden)


def own(taps: Any) -> Any:
    def factory(shape: tuple[int, ...], classes: int) -> nn.Module:
        return Own(taps)

    return factory


def test_a_network_of_ones_own_names_its_blocks() -> None:
    learner = Supervised(model=own(("first", "second")), feature_layer="first", epochs=2, loss_head=True)
    assert "loss" in learner.check(VECTORS)
    assert fit(learner, VECTORS, np.arange(9)).snapshot.loss is not None
    Supervised(model=own(None), feature_layer="first").check(VECTORS)


@pytest.mark.parametrize(
    ("taps", "said"),
    [
        (None, r"Own has no taps\. .*give it an attribute taps, the names of one to 4 .*leave loss_head=False"),
        ((), r"taps=\(\)"),
        (("first", "thrid"), "'thrid' is none of its modules"),
        (("first", "first"), r"taps=\('first', 'first'\)"),
        (("first", "second", "spare", "pair", "third"), "'third'"),
        (("spare",), "never runs 'spare'"),
        (("pair",), "'pair', which the network's taps name, returns tuple"),
    ],
)
def test_a_network_without_such_blocks_is_refused_before_it_is_trained(taps: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Supervised(model=own(taps), feature_layer="first", loss_head=True).check(VECTORS)
