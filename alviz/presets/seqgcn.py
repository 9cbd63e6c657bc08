"""The protocols of SeqGCN."""

from __future__ import annotations

from dataclasses import replace

from alviz.presets.preset import Preset
from alviz.presets.protocol import ALL_LABELS, Contender, Published, Training
from alviz.presets.source import CIFAR10, CIFAR100, FASHION_MNIST, ICVL, RAFD, SVHN

_REGIME = "SGD at a rate of 0.1, momentum 0.9, weight decay 5e-4, batch 128, 200 epochs, a tenth of the rate at 160"
_RESNET = Training(
    f"ResNet-18 with the CIFAR stem, {_REGIME}; flips and crops of 32 padded by 4; fresh weights each cycle",
    "resnet18",
)
_PLAIN = Training(
    f"ResNet-18, {_REGIME}; no augmentation, no normalization; fresh weights each cycle",
    "resnet18",
    {"augment": "none", "standardize": False},
)
_CONTENDERS = (
    Contender("random"),
    Contender("coreset"),
    Contender("vaal"),
    Contender("learning_loss", learner={"loss_head": True}),
    Contender("featprop"),
    Contender("uncertain_gcn"),
    Contender("core_gcn"),
)
_START = "The labels at the start are drawn with the classes in their shares; the paper draws them at random."
_SAMPLER = (
    "UncertainGCN picks the smallest distance from s_margin, as the paper's code does; its Eq 7 prints the largest.",
    "CoreGCN measures distances in the hidden embedding, as the paper says; its code appends the logit.",
    "Graphs have the paper's row form; its code divides columns.",
    "Every sampler but core_gcn and uncertain_gcn is alviz's own reading of the paper that proposed it.",
)
_BORDER = (
    "Crops reflect the image's border; the paper's code fills it with black.",
    "Mean and standard deviation are the pool's; the paper's code has constants.",
)

CIFAR10_PRESET = Preset(
    "seqgcn-cifar10",
    "SeqGCN",
    CIFAR10,
    initial=1_000,
    budget=1_000,
    acquisitions=9,
    subset=10_000,
    trainings=(_RESNET,),
    contenders=_CONTENDERS,
    published=(Published("core_gcn", 10_000, 90.7), Published(ALL_LABELS, None, 93.09)),
    deviations=(_START, *_BORDER, *_SAMPLER),
)
_FIRST = "Of the training images the first 50,000 are the pool, as the paper's code keeps them; the paper has them all."

PRESETS = (
    CIFAR10_PRESET,
    Preset(
        "seqgcn-svhn",
        "SeqGCN",
        SVHN,
        made=(("first", {"rows": 50_000}),),
        size=50_000,
        initial=1_000,
        budget=1_000,
        acquisitions=9,
        subset=10_000,
        trainings=(_PLAIN,),
        contenders=_CONTENDERS,
        published=(Published(ALL_LABELS, None, 95.35),),
        deviations=(_START, _FIRST, *_SAMPLER),
    ),
    Preset(
        "seqgcn-fashionmnist",
        "SeqGCN",
        FASHION_MNIST,
        made=(("first", {"rows": 50_000}),),
        size=50_000,
        initial=1_000,
        budget=1_000,
        acquisitions=9,
        subset=10_000,
        trainings=(replace(_PLAIN, words=_PLAIN.words.replace("ResNet-18", "ResNet-18 with a one-channel stem")),),
        contenders=_CONTENDERS,
        published=(Published(ALL_LABELS, None, 93.74),),
        deviations=(_START, _FIRST, *_SAMPLER),
    ),
    replace(
        CIFAR10_PRESET,
        name="seqgcn-cifar100",
        source=CIFAR100,
        initial=2_000,
        budget=2_000,
        published=(Published("core_gcn", 20_000, 69.0), Published(ALL_LABELS, None, 73.02)),
    ),
    replace(
        CIFAR10_PRESET,
        name="seqgcn-cifar10-imbalanced",
        made=(("imbalanced", {"keep": {0: 500, 2: 500, 4: 500, 6: 500, 8: 500}}),),
        size=27_500,
        published=(Published("uncertain_gcn", 10_000, 80.05), Published("core_gcn", 10_000, 84.5)),
    ),
    replace(
        CIFAR10_PRESET,
        name="seqgcn-cifar10-vgg11",
        acquisitions=3,
        trainings=(
            Training(
                f"VGG-11, {_REGIME}; Learning Loss reads its first four max-pools; fresh weights each cycle", "vgg11"
            ),
        ),
        published=(),
    ),
    Preset(
        "seqgcn-icvl",
        "SeqGCN",
        ICVL,
        initial=100,
        budget=100,
        acquisitions=9,
        subset=10_000,
        trainings=(
            Training(
                "DeepPrior, Adam at a rate of 1e-3, batch 128, squared error of the joints' places",
                lacks=("DeepPrior (a network that regresses joints)",),
            ),
        ),
        contenders=_CONTENDERS,
        published=(
            Published("core_gcn", 1_000, 12.3, metric="joint_distance", unit="mm", note="at the last acquisition"),
        ),
        deviations=("The labels at the start are ours: 100.", *_SAMPLER),
        remarks=("Hands are found, centered and cropped before; mean joint distance (mm) and MSE are reported.",),
    ),
    Preset(
        "seqgcn-rafd",
        "SeqGCN",
        RAFD,
        initial="known",
        budget=1_000,
        acquisitions=4,
        subset=10_000,
        trainings=(_RESNET,),
        contenders=_CONTENDERS,
        deviations=_SAMPLER,
        remarks=(
            "All real training images are labeled at the start; the pool is generated at 256 pixels and halved, and an "
            "acquired image's label is the condition that it was generated under.",
        ),
    ),
)
