"""The trackers that there are."""

from alviz.registry import PartRegistry
from alviz.trackers.base import Tracker

registry: PartRegistry[Tracker] = PartRegistry(
    "tracker",
    Tracker,
    {
        "mlflow": "alviz.trackers.mlflow:MLflow",
        "tensorboard": "alviz.trackers.tensorboard:TensorBoard",
    },
    group="alviz.trackers",
    wants={"mlflow": "mlflow", "tensorboard": "tensorboard"},
)
