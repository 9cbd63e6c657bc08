"""The papers, by the key that docstrings use."""

from __future__ import annotations

from collections.abc import Mapping

PAPERS: Mapping[str, str] = {
    "SeqGCN": "Caramalau, Bhattarai, Kim. Sequential Graph Convolutional Network for Active Learning. CVPR 2021",
    "REVIVAL": (
        "Guo et al. Semi-supervised Active Learning for Semi-supervised Models: Exploit Adversarial Examples with "
        "Graph-based Virtual Labels. ICCV 2021"
    ),
    "ASAL": "Mayer, Timofte. Adversarial Sampling for Active Learning. WACV 2020",
    "CoreSet": ("Sener, Savarese. Active Learning for Convolutional Neural Networks: A Core-Set Approach. ICLR 2018"),
    "Rethinking": (
        "Siméoni, Budnik, Avrithis, Gravier. Rethinking deep active learning: Using unlabeled data at model training. "
        "ICPR 2020"
    ),
}
