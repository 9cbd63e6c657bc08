"""The ``load.py`` of an exported model: as short as it goes, and complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alviz.errors import InvalidInput

_NETWORK = '''"""Loads the network that alviz trained: `predict(X)` returns class probabilities (n, classes)."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

{network}

folder = Path(__file__).parent
told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
model = network(tuple(told["input"]["network_shape"]), len(told["classes"]))
model.load_state_dict(load_file(folder / "weights.safetensors"))
model.eval()
{channels}

def predict(X):  # {examples}
    x = torch.as_tensor(X, dtype=torch.float32).reshape(len(X), {rows})
    x = (x - torch.tensor(told["scaling"]["mean"])) / torch.tensor(told["scaling"]["std"])
    with torch.inference_mode():
        return model({inputs}).softmax(dim=1).numpy()
'''

# What a learner does where images have one channel; only networks of one's own can want three then.
_CHANNELS = """
# A network that reads three channels is given the one of gray images three times.
first = next((module for module in model.modules() if isinstance(module, torch.nn.Conv2d)), None)
if first is not None and first.in_channels == 3:
    first.register_forward_pre_hook(lambda _, inputs: (inputs[0].expand(-1, 3, -1, -1), *inputs[1:]))
"""

_LINEAR = '''"""Loads the regression that alviz fitted: `predict(X)` returns class probabilities (n, classes)."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

weights = load_file(Path(__file__).parent / "weights.safetensors")


def predict(X):  # {examples}
    x = np.asarray(X, dtype=np.float32).reshape(len(X), -1) / np.float32({scale})
    logits = x @ weights["weight"].T + weights["bias"]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)
'''

_OTHER = '''"""Loads the arrays that the learner recorded; what it makes of them is the learner's own."""

from pathlib import Path

from safetensors.numpy import load_file

weights = load_file(Path(__file__).parent / "weights.safetensors")
# The learner is {learner}; its arrays are {names}.
'''


def loading_example(about: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return a program for what ``model.json`` says and the names of the weights."""
    given = about["input"]
    shape = given["shape"]
    examples = f"{given['kind']}s {given['dtype']} (n, {', '.join(map(str, shape))}), as in the pool"
    if "network" in about:
        image = given["kind"] == "image"
        # Channels last for the scaling, first for the network.
        rows = f"{shape[0]}, {shape[1]}, -1" if image else "-1"
        inputs = "x.permute(0, 3, 1, 2)" if image else "x"
        gray = image and given["network_shape"][0] == 1 and not about["network"].startswith("alviz.")
        return _NETWORK.format(
            network=_import(about["network"]),
            channels=_CHANNELS if gray else "",
            examples=examples,
            rows=rows,
            inputs=inputs,
        )
    if about["learner"]["name"] == "linear":
        return _LINEAR.format(examples=examples, scale=255 if given["dtype"] == "uint8" else 1)
    return _OTHER.format(learner=repr(about["learner"]["name"]), names=", ".join(map(repr, names)))


def _import(place: str) -> str:
    """Return the line that imports a network by its recorded place.

    Raises
    ------
    InvalidInput
        If the record is no ``"module:qualname"``.
    """
    module, _, qualname = place.partition(":")
    # A run may come from somebody else, and its record becomes a program here.
    plain = qualname.replace("<locals>", "locals").replace("<lambda>", "network")
    if not all(part.isidentifier() for part in [*module.split("."), *plain.split(".")]):
        raise InvalidInput(f"The network is recorded as {place!r}, which is no place in a module.")
    if "<" in qualname:
        return (
            f"# The network was made by {place}, which stands inside a function or has no name: no import reaches it.\n"
            "# Put its definition where one does, and name it here in place of this line.\n"
            f"from {module} import {plain.rpartition('.')[2]} as network"
        )
    outer, *inner = qualname.split(".")
    said = "" if module.startswith("alviz.") else f"# The network is made by {place}: that module has to be at hand.\n"
    if module == "__main__":
        said = f"# The network was made by {qualname} of a notebook or script: name the module that it stands in now.\n"
    if not inner:
        return f"{said}from {module} import {outer} as network"
    return f"{said}from {module} import {outer}\n\nnetwork = {qualname}"
