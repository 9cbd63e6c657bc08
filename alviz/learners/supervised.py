"""Supervised training of a network on the labeled examples."""

from __future__ import annotations

import inspect
import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz import models
from alviz.errors import AlvizWarning, InvalidInput, MissingNeeds
from alviz.learners.base import Fit, Learner, Previous, Weights
from alviz.learners.linear import softmax
from alviz.part import Report, parameter
from alviz.pool import Pool
from alviz.record import Labels
from alviz.seeding import torch_stream
from alviz.snapshot import Head, Snapshot
from alviz.task import Metrics, Task

if TYPE_CHECKING:
    import torch
    from torch import nn

    from alviz.learners.loss_prediction import LossPrediction
    from alviz.models import Factory


@dataclass(frozen=True)
class Supervised(Learner):
    """Train a network with cross-entropy, from fresh weights each cycle or from the last ones.

    Features are the activations of the layer before the classifier. For the networks that alviz ships they are ReLU
    outputs or averages of them, never negative; but for ``"cnn13"``, whose features have length one and either sign.
    Augmentation acts on training batches only, never when the pool is scored.

    Parameters
    ----------
    model : str or callable
        ``"auto"`` (a small CNN for images, an MLP for vectors), one of `alviz.models.names()`, or a factory
        ``f(shape, classes) -> torch.nn.Module`` of a network that returns logits; `shape` is (c, h, w) or (d,). One
        whose first convolution reads three channels whatever the shape gets the one of gray images three times.
    feature_layer : str
        The name of the module whose output is the features, as in ``model.get_submodule``. It is
        ``"body"`` in the networks that alviz ships.
    dropout : float
        Passed on to the network, which says where it drops what. A factory of one's own has to take ``dropout`` for
        that; or leave it at 0 and have dropout modules of its own. Either way the learner gives stochastic passes.
    loss_head : bool
        Also learn to predict the loss of each example (Learning Loss, see `alviz.learners.loss_prediction`), which
        the learner then gives. The network names the blocks that the head reads as ``taps``.
    """

    name: ClassVar[str] = "supervised"
    gives: ClassVar[frozenset[str]] = frozenset({"features", "probs", "head", "loss", "predict", "stochastic"})

    model: str | Factory = parameter("auto", "the network", choices=("auto", *models.names()), factory=True)
    feature_layer: str = parameter("body", "the layer whose output is the features")
    epochs: int = parameter(60, "passes over the labeled examples", low=1, high=10_000, step=10)
    batch: int = parameter(32, "examples per step", low=1, high=65_536, step=16)
    optimizer: str = parameter("adam", "how weights are updated", choices=("adam", "sgd", "rmsprop"))
    lr: float = parameter(2e-3, "initial learning rate", low=1e-8, high=10.0, step=1e-3)
    momentum: float = parameter(0.9, "momentum of sgd", low=0.0, high=0.999, step=0.05)
    nesterov: bool = parameter(True, "whether the momentum of sgd looks ahead (Nesterov's)")
    weight_decay: float = parameter(5e-4, "l2 penalty on the weights", low=0.0, high=1.0, step=1e-4)
    schedule: str = parameter(
        "cosine",
        "how the rate falls: to zero, to a tenth at 80 %, not, or as a cosine that is cut before zero",
        choices=("cosine", "step", "constant", "long_cosine"),
    )
    warm: bool = parameter(False, "start from the weights of the cycle before")
    augment: str = parameter("none", "changes to training images", choices=("none", "shift", "shift_flip"))
    shift: int = parameter(2, "most pixels by which augmentation moves an image", low=1, high=16)
    standardize: bool = parameter(True, "subtract the pool's mean and divide by its standard deviation")
    device: str = parameter("cpu", "where torch computes: cpu, cuda, cuda:1, mps")
    dropout: float = parameter(0.0, "share of activations that training drops", low=0.0, high=0.95, step=0.1)
    loss_head: bool = parameter(False, "also learn to predict the loss of each example")

    def config(self) -> dict[str, Any]:
        """Return ``{"name": ..., "params": {...}}``; dropout and loss head are left out where there is none."""
        config = super().config()
        for name in ("dropout", "loss_head"):
            if not config["params"][name]:
                # As runs recorded it before there was one: equal configs do equal things.
                del config["params"][name]
        return config

    def check(self, pool: Pool) -> frozenset[str]:
        """Refuse a network, layer or device that does not go with the pool, by a pass of two examples."""
        self._check_kind(pool)
        import torch

        from alviz.learners import channels, predicting, training

        try:
            torch.empty(1, device=self.device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise InvalidInput(f"torch cannot use device={self.device!r} here: {error}") from error
        with torch_stream(np.random.default_rng(0)):
            model = self._build(pool).to(self.device)
            layer = self._layer(model)
            few = pool.X[:2]
            scaling = training.Scaling.of(few, False)
            training.try_out(model, scaling.apply(scaling.raw(few, self.device)))
            features, logits = training.describe(model, layer, scaling, few, self.device, lambda *_: None)
            self._loss_prediction(model, pool)
        if logits.shape[1:] != (len(pool.classes),):
            raise InvalidInput(
                f"The network returns outputs of shape {logits.shape[1:]} per example, expected "
                f"({len(pool.classes)},): one logit per class."
            )
        if _gray(pool) and channels.wants_colors(model) is not None:
            warnings.warn(
                "The network reads three channels and the images have one: it is given that one three times. Let the "
                "factory build for the shape that it is told to have one channel read.",
                AlvizWarning,
                stacklevel=2,
            )
        missing = set() if _head(model, features, logits) is not None else {"head"}
        missing |= set() if self.loss_head else {"loss"}
        return self.gives - missing - (set() if predicting.dropouts(model) else {"stochastic"})

    def fit(
        self,
        task: Task,
        pool: Pool,
        labels: Labels,
        previous: Previous | None,
        rng: np.random.Generator,
        progress: Report,
        synthetic: Any = None,
    ) -> Fit:
        """Train and describe the pool; see `Learner.fit`."""
        import torch
        from torch import nn

        from alviz.learners import training

        progress("train", 0, 1)
        with torch_stream(rng):
            model = self._build(pool).to(self.device)
            layer = self._layer(model)
            if self.warm and previous is not None:
                training.resume_weights(model, previous.weights)
            scaling = training.Scaling.of(pool.X, self.standardize)
            prediction = self._loss_prediction(model, pool)

            def augment(x: torch.Tensor) -> torch.Tensor:
                if self.augment != "none":
                    x = training.shift(x, self.shift)
                return training.flip(x) if self.augment == "shift_flip" else x

            training.train(
                model,
                self._optimizer(model if prediction is None else nn.ModuleList([model, prediction.head])),
                # Only what is labeled is held as floats, scaled once instead of in every step.
                scaling.apply(scaling.raw(pool.X[labels.ids], self.device)),
                torch.from_numpy(np.array(labels.values)).to(self.device),
                augment=augment,
                epochs=self.epochs,
                batch=self.batch,
                schedule=self.schedule,
                progress=lambda done, total: progress("train", done, total),
                objective=training.cross_entropy if prediction is None else prediction.objective,
                even=prediction is not None,
            )
            following: AbstractContextManager[list[NDArray[np.float32]]] = nullcontext([])
            with following if prediction is None else prediction.following(model) as losses:
                features, logits = training.describe(
                    model, layer, scaling, pool.X, self.device, lambda done, total: progress("embed", done, total)
                )
            metrics: Metrics = {}
            if pool.X_test is not None and pool.y_test is not None:
                _, test = training.describe(model, layer, scaling, pool.X_test, self.device, lambda *_: None)
                metrics = task.score(pool.y_test, softmax(test))
        weights = {name: value.detach().cpu().numpy() for name, value in model.state_dict().items()}
        loss = np.concatenate(losses) if losses else None
        return Fit(Snapshot(features, softmax(logits), _head(model, features, logits), loss), weights, metrics)

    def predict(
        self, pool: Pool, weights: Weights, X: NDArray[Any], report: Report, rng: np.random.Generator | None = None
    ) -> NDArray[np.float32]:
        """Return the probabilities of examples; see `Learner.predict`. Only dropout *modules* are switched on."""
        from alviz.learners import predicting

        if len(X) == 0:
            return np.zeros((0, len(pool.classes)), dtype=np.float32)
        # Building draws initial weights, which the recorded ones replace.
        with torch_stream(np.random.default_rng(0)):
            model = self._build(pool).to(self.device)
        if rng is not None and not predicting.dropouts(model):
            raise MissingNeeds(
                f"The network of the learner {self.name!r} has no dropout, and so no stochastic passes. Train it with "
                "a dropout above 0."
            )
        predicting.load_weights(model, weights)
        scaling = predicting.scaling_of(pool, self.standardize)
        with nullcontext() if rng is None else torch_stream(rng):
            logits = predicting.predict_logits(
                model,
                scaling,
                X,
                self.device,
                lambda done, total: report("embed", done, total),
                dropout=rng is not None,
            )
        return softmax(logits)

    def _factory(self, pool: Pool) -> Factory:
        if callable(self.model):
            return self.model
        return models.get({"image": "small_cnn", "vector": "mlp"}[pool.kind] if self.model == "auto" else self.model)

    def _check_kind(self, pool: Pool) -> None:
        """Refuse vectors, or images that are too small, where the network or the augmentation wants others."""
        network = self._factory(pool)
        least, name = getattr(network, "least", None), getattr(network, "__name__", network)
        if least is not None and pool.kind != "image":
            raise InvalidInput(
                f"{name} reads images, {pool!r} holds vectors. Use model='mlp' of the learner 'supervised'."
            )
        if least is not None and min(pool.X.shape[1:3]) < least:
            raise InvalidInput(
                f"{name} takes images of at least {least}×{least}, {pool!r} holds smaller ones. Use a smaller network "
                f"(model='small_cnn' of the learner 'supervised') or larger images (datasets.image_folder with "
                f"size={least})."
            )
        if self.dropout and not _takes_dropout(network):
            raise InvalidInput(
                f"{name} takes no dropout, and dropout is {self.dropout}. Let the factory take dropout=, or build "
                "dropout modules into the network and leave the parameter at 0."
            )
        if self.augment != "none" and pool.kind != "image":
            raise InvalidInput(f"augment={self.augment!r} changes images, {pool!r} holds vectors. Use augment='none'.")

    def _build(self, pool: Pool) -> nn.Module:
        shape = pool.X.shape[1:]
        if len(shape) > 1:
            shape = (shape[2] if len(shape) == 3 else 1, shape[0], shape[1])
        # A factory of one's own need not know of dropout.
        more = {"dropout": self.dropout} if self.dropout else {}
        model = self._factory(pool)(tuple(shape), len(pool.classes), **more)
        if _gray(pool):
            from alviz.learners.channels import repeat_channel

            repeat_channel(model)
        return model

    def _layer(self, model: nn.Module) -> nn.Module:
        layers = [name for name, _ in model.named_modules() if name]
        if self.feature_layer not in layers:
            near = get_close_matches(self.feature_layer, layers, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
            outermost = ", ".join(name for name, _ in model.named_children()) or "none"
            raise InvalidInput(
                f"The network has no layer named {self.feature_layer!r}. {hint}Its outermost layers: {outermost}; "
                f"model.named_modules() names all {len(layers)}."
            )
        return model.get_submodule(self.feature_layer)

    def _loss_prediction(self, model: nn.Module, pool: Pool) -> LossPrediction | None:
        """Return the loss head that learns beside the network, if one is wanted."""
        if not self.loss_head:
            return None
        from alviz.learners import training
        from alviz.learners.loss_prediction import LossPrediction

        scaling = training.Scaling.of(pool.X[:2], False)
        return LossPrediction(model, scaling.apply(scaling.raw(pool.X[:2], self.device)))

    def _optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        import torch

        if self.optimizer == "adam":
            return torch.optim.AdamW(model.parameters(), lr=self.lr, weight_decay=self.weight_decay)
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(model.parameters(), lr=self.lr, weight_decay=self.weight_decay)
        return torch.optim.SGD(
            model.parameters(),
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov and self.momentum > 0,
        )


def _gray(pool: Pool) -> bool:
    return pool.kind == "image" and (pool.X.ndim == 3 or pool.X.shape[3] == 1)


def _takes_dropout(factory: Factory) -> bool:
    parameters = inspect.signature(factory).parameters
    return "dropout" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _head(model: nn.Module, features: NDArray[np.float32], logits: NDArray[np.float32]) -> Head | None:
    """Return the last linear layer if it is what turns the features into the logits."""
    from torch import nn

    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if not linear or (linear[-1].in_features, linear[-1].out_features) != (features.shape[1], logits.shape[1]):
        return None
    weight = linear[-1].weight.detach().cpu().numpy()
    bias = linear[-1].bias
    head = Head(weight, np.zeros(len(weight), np.float32) if bias is None else bias.detach().cpu().numpy())
    few = features[:8] @ head.weight.T + head.bias
    return head if np.allclose(few, logits[:8], rtol=1e-3, atol=1e-3) else None
