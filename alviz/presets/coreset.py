"""The protocols of CoreSet."""

from __future__ import annotations

from alviz.presets.preset import Preset
from alviz.presets.protocol import Contender, Training
from alviz.presets.source import CALTECH256, CIFAR10, CIFAR100, SVHN, Source

_TRAININGS = (
    Training(
        "VGG-16, He's initialization, RMSProp at a rate of 1e-3",
        "supervised",
        {
            "model": "vgg16",
            "epochs": 200,
            "batch": 128,
            "optimizer": "rmsprop",
            "lr": 1e-3,
            "weight_decay": 0.0,
            "schedule": "constant",
        },
        "supervised",
    ),
    Training("a Ladder network", name="weakly_supervised", lacks=("the Ladder network",)),
)
_CONTENDERS = (
    Contender("random"),
    # Best empirical uncertainty: the best of three on the plain prediction.
    Contender("mc_entropy", {"passes": 0}, "uncertainty_entropy"),
    Contender("variation_ratios", {"passes": 0}, "uncertainty_variation_ratios"),
    # Deep Bayesian active learning.
    Contender("bald", learner={"dropout": 0.5}),
    Contender("oracle_uncertainty"),
    Contender("k_median"),
    Contender("bmdr"),
    Contender("ceal"),
    Contender("coreset"),
    Contender("robust_coreset"),
)


def _preset(name: str, source: Source, acquisitions: int) -> Preset:
    return Preset(
        f"coreset-{name}",
        "CoreSet",
        source,
        initial=10_000,
        budget=5_000,
        acquisitions=acquisitions,
        trainings=_TRAININGS,
        contenders=_CONTENDERS,
        deviations=(
            "The 10,000 labels at the start are read from Figure 6; the figure with t-SNE has 1,000 and picks 1,000.",
            f"How often is picked is not told: {acquisitions} times, ours.",
            "VGG-16 is the form for small images: with batch normalization and one linear layer, ours.",
            "Epochs, batch and augmentation are not told: 200, 128 and none, ours; a constant rate, no weight decay.",
            "RMSProp is torch's, which averages squares over 100 steps.",
            "Without dropout BALD is 0 everywhere: best empirical uncertainty is the better of the other two.",
            "Features are the activations before the classifier, not normalized.",
        ),
        remarks=(
            "With 50,000 examples, 10,000 labels and 5,000 picks the distance matrix takes 104.2 s, the greedy "
            "selection 2 s and the mixed integer program 244 s.",
        ),
    )


PRESETS = (
    _preset("cifar10", CIFAR10, 4),
    _preset("cifar100", CIFAR100, 4),
    _preset("svhn", SVHN, 4),
    _preset("caltech256", CALTECH256, 2),
)
