"""The game that VAAL and SRAAL play: an auto-encoder hides from a discriminator what is labeled and what is not.

Sinha, Ebrahimi, Darrell. Variational Adversarial Active Learning. ICCV 2019, Eq 1 to 4, with q the encoder:

    L_VAE = Σ_{X in (L, U)} E[-log p(X|z)] + β·KL(q(z|X) ‖ N(0, I))       (Eq 1; -log p is the squared error)
    L_adv = BCE(D(z_L), 1) + BCE(D(z_U), 1)                               (Eq 2; the encoder learns L_VAE + L_adv)
    L_D   = BCE(D(z_L), 1) + BCE(D(z_U), s),   s = 0 in VAAL              (Eq 3)

Two steps of the encoder and decoder, then one of the discriminator, each on a fresh batch of as many labeled as
unlabeled examples. D sees the codes' means.

The paper and its published code weigh Eq 1 differently. The paper's bound, the default, adds up squared errors and
divergence over the entries of an example and averages over examples. The code averages the squared error over all
entries of a batch, and adds up the divergence over all of its examples: codes then hold next to nothing, the encoder
need give nothing away, and D guesses. ``reconstruction="mean"`` is the code's.

Deviations: both halves of a batch go through the encoder together, so that batch normalization gives nothing away of
which is which, and candidates are scored in evaluation mode (the published code stays in training mode). Smaller
networks for small or gray images and for vectors. Few labels are shown again and again until a batch is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput, MissingNeeds
from alviz.numeric.top import top
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.seeding import torch_stream
from alviz.selection import Selection

if TYPE_CHECKING:
    from torch import Tensor, nn

    from alviz.models.vae import VAE

# Images that are smaller on a side, or gray, take the small network.
_LARGE = 32
_SMALL = (16, 32)
# Pixels, or entries of vectors, in the examples that are scored at once.
_ENTRIES = 2**20


def vae_loss(
    x: Tensor, decoded: Tensor, mean: Tensor, log_variance: Tensor, beta: float, reconstruction: str = "sum"
) -> Tensor:
    """Return the squared error plus β times the divergence from N(0, I) (Eq 1).

    With "sum" both are added up over an example and averaged over examples (the paper), with "mean" the one is averaged
    over all entries, and the other added up over all examples (the published code).
    """
    error = (decoded - x).square()
    divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum()
    if reconstruction == "mean":
        return error.mean() + beta * divergence
    return (error.sum() + beta * divergence) / len(x)


def state_loss(labeled: Tensor, unlabeled: Tensor, state: Tensor) -> Tensor:
    """Return BCE(D, 1) of `labeled` plus BCE(D, state) of `unlabeled`, logits (m,) both (Eq 2 and 3)."""
    from torch.nn.functional import binary_cross_entropy_with_logits, softplus

    return softplus(-labeled).mean() + binary_cross_entropy_with_logits(unlabeled, state)


def cycled(ids: NDArray[np.int64], batch: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield batches of `ids` without end: all in a random order, then all in another; a batch may hold one twice."""
    left = np.zeros(0, dtype=np.int64)
    while True:
        while len(left) < batch:
            left = np.concatenate([left, rng.permutation(ids)])
        yield left[:batch]
        left = left[batch:]


@dataclass(frozen=True, eq=False)
class Game:
    """What the players are after the game.

    Attributes
    ----------
    logits : ndarray of float32, (m,)
        Of D for every candidate, evaluation mode.
    vae_losses, discriminator_losses : ndarray of float32, (rounds,)
        L_VAE + L_adv of the second step, and L_D.
    """

    logits: NDArray[np.float32]
    vae_losses: NDArray[np.float32]
    discriminator_losses: NDArray[np.float32]


def play(
    read: Callable[[NDArray[np.int64]], Tensor],
    labeled: NDArray[np.int64],
    unlabeled: NDArray[np.int64],
    state: NDArray[np.float32],
    vae: VAE,
    discriminator: nn.Module,
    *,
    rounds: int,
    batch: int,
    rows: int,
    beta: float,
    reconstruction: str,
    lr: float,
    rng: np.random.Generator,
    progress: Callable[[int, int], None],
) -> Game:
    """Train both in place.

    Parameters
    ----------
    read : callable
        Returns the network inputs of ids.
    labeled, unlabeled : ndarray of int64
        At least one of each.
    state : ndarray of float32, (number of unlabeled,)
        What D is to say of each unlabeled example.
    rounds : int
    batch : int
        Labeled examples in a batch, and as many unlabeled ones.
    rows : int
        Examples that are scored at once.
    progress : callable
        ``progress(done, total)``; may raise `Stopped`, also in the middle of a step.
    """
    import torch

    device = next(vae.parameters()).device
    state_of, ones = torch.from_numpy(state).to(device), torch.ones(batch, device=device)
    optimizers = [torch.optim.Adam(network.parameters(), lr=lr) for network in (vae, discriminator)]
    drawn = zip(cycled(labeled, batch, rng), cycled(np.arange(len(unlabeled)), batch, rng), strict=True)
    blocks = range(0, len(unlabeled), rows)
    total, done = 3 * rounds + len(blocks), 0
    losses = np.empty((2, rounds), dtype=np.float32)

    def learn(optimizer: torch.optim.Optimizer, loss: Tensor) -> float:
        nonlocal done
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        done += 1
        return loss.item()

    with _heard(vae, lambda: progress(done, total)):
        for number in range(rounds):
            for _ in range(2):
                some, others = next(drawn)
                x = read(np.concatenate([some, unlabeled[others]]))
                decoded, mean, log_variance = vae(x)
                said = discriminator(mean)
                loss = state_loss(said[:batch], said[batch:], ones)
                for half in (slice(batch), slice(batch, None)):
                    parts = x[half], decoded[half], mean[half], log_variance[half]
                    loss = loss + vae_loss(*parts, beta, reconstruction)
                losses[0, number] = learn(optimizers[0], loss)
            some, others = next(drawn)
            with torch.no_grad():
                mean, _ = vae.encode(read(np.concatenate([some, unlabeled[others]])))
            said, wanted = discriminator(mean), state_of[torch.from_numpy(others).to(device)]
            losses[1, number] = learn(optimizers[1], state_loss(said[:batch], said[batch:], wanted))
        vae.eval()
        logits = np.empty(len(unlabeled), dtype=np.float32)
        with torch.no_grad():
            for start in blocks:
                mean, _ = vae.encode(read(unlabeled[start : start + rows]))
                logits[start : start + rows] = discriminator(mean).cpu().numpy()
                done += 1
    progress(total, total)
    return Game(logits, *losses)


@contextmanager
def _heard(network: nn.Module, say: Callable[[], None]) -> Iterator[None]:
    """Call `say` whenever a layer with weights is through, forth or back: one step of a large network takes long."""
    from torch import nn

    def through(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        say()
        if output.requires_grad:
            output.register_hook(lambda _: say())  # type: ignore[no-untyped-call]

    layers = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
    handles = [module.register_forward_hook(through) for module in network.modules() if isinstance(module, layers)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@dataclass(frozen=True)
class Adversarial(Sampler):
    """The parameters and the training that VAAL and SRAAL share.

    Images of 32×32 and more in several channels take the paper's networks, which want a GPU; smaller and gray ones a
    small one, vectors dense layers.

    Parameters
    ----------
    epochs : int
        How often as many examples are drawn as are labeled or candidates. The paper's networks see them 100 times.
    device : str
        Where torch computes.
    """

    deterministic: ClassVar[bool] = False
    leisurely: ClassVar[bool] = True
    trains: ClassVar[bool] = True

    latent: int = parameter(32, "size of the code", low=1, high=1024, step=8)
    beta: float = parameter(1.0, "β: weight of the divergence from a normal code", low=0.0, high=1000.0, step=0.1)
    reconstruction: str = parameter(
        "sum", "squared errors: added up over an example (paper) or averaged (code)", choices=("sum", "mean")
    )
    epochs: int = parameter(30, "passes over the labeled and the candidates", low=1, high=10_000, step=10)
    batch: int = parameter(64, "labeled examples in a batch, and as many unlabeled", low=1, high=4096, step=16)
    lr: float = parameter(5e-4, "learning rate of Adam", low=1e-6, high=1.0, step=1e-4)
    device: str = parameter("cpu", "where torch computes: cpu, cuda, cuda:1, mps")

    def compete(self, query: Query, state: NDArray[np.float32]) -> Selection:
        """Return the selection of the lowest D; `state` is what D is to say of each candidate."""
        import torch

        if len(query.labeled) == 0 or len(query.candidates) == 0:
            raise MissingNeeds(
                f"{self.name} learns to tell labeled from unlabeled examples; there are {len(query.labeled)} labeled "
                f"and {len(query.candidates)} unlabeled. Start with initial of at least 1."
            )
        try:
            torch.empty(1, device=self.device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise InvalidInput(f"torch cannot use device={self.device!r} here: {error}") from error
        from alviz.models.discriminator import Discriminator

        read, shape = self._reader(query)
        everyone = len(query.labeled) + len(query.candidates)
        with torch_stream(query.rng):
            game = play(
                read,
                query.labeled,
                query.candidates,
                state,
                _network(shape, self.latent).to(self.device),
                Discriminator(self.latent).to(self.device),
                rounds=self.epochs * -(-everyone // self.batch),
                batch=self.batch,
                rows=max(1, _ENTRIES // int(np.prod(shape[-2:]))),
                beta=self.beta,
                reconstruction=self.reconstruction,
                lr=self.lr,
                rng=query.rng,
                progress=query.progress,
            )
        # 1 - D runs into ties where D is sure: its logit says who comes first.
        picked = query.candidates[top(-game.logits, query.n)]
        distinct = 1 / (1 + np.exp(game.logits.astype(np.float64)))
        extra = {"losses": game.vae_losses, "discriminator_losses": game.discriminator_losses}
        return Selection(picked, spread(query, distinct), extra)

    def _reader(self, query: Query) -> tuple[Callable[[NDArray[np.int64]], Tensor], tuple[int, ...]]:
        """Return what turns ids into network inputs, and the shape of one of them, (c, h, w) or (d,)."""
        import torch

        one = query.examples(query.labeled[:1])
        if one.ndim > 2:

            def images(ids: NDArray[np.int64]) -> Tensor:
                raw = torch.from_numpy(np.ascontiguousarray(query.examples(ids))).to(self.device)
                raw = raw.unsqueeze(1) if raw.ndim == 3 else raw.permute(0, 3, 1, 2)
                return raw.float() / 127.5 - 1

            return images, (one.shape[3] if one.ndim == 4 else 1, *one.shape[1:3])
        mean, std = _moments(query)

        def vectors(ids: NDArray[np.int64]) -> Tensor:
            return torch.from_numpy((query.examples(ids) - mean) / std).to(self.device)

        return vectors, one.shape[1:]


def _network(shape: tuple[int, ...], latent: int) -> VAE:
    from alviz.models.vae import image_vae, vector_vae

    if len(shape) == 1:
        return vector_vae(shape[0], latent)
    if shape[0] > 1 and min(shape[1:]) >= _LARGE:
        return image_vae(shape, latent)
    return image_vae(shape, latent, _SMALL)


def _moments(query: Query) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and standard deviation of every entry of the candidates; 1 for one that is constant."""
    blocks = np.array_split(query.candidates, -(-len(query.candidates) // 8192))
    total = sum(query.examples(rows).sum(axis=0, dtype=np.float64) for rows in blocks)
    mean = total / len(query.candidates)
    squares = sum(((query.examples(rows) - mean) ** 2).sum(axis=0) for rows in blocks)
    std = np.sqrt(squares / len(query.candidates))
    return mean.astype(np.float32), np.where(std > 1e-6 * np.abs(mean).clip(1e-6), std, 1).astype(np.float32)
