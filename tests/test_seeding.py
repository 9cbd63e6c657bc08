"""Streams of random numbers: named, independent, the same everywhere."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

from alviz.seeding import PARTS, stream, torch_stream

RECORDED = [634874, 790951, 366650, 133271]


def test_a_stream_is_the_same_in_every_process_and_version() -> None:
    # Recorded: a change here changes every seeded run that anybody has.
    assert stream(0, 3, "sampler").integers(0, 1_000_000, 4).tolist() == RECORDED
    code = "from alviz.seeding import stream; print(stream(0, 3, 'sampler').integers(0, 1_000_000, 4).tolist())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(RECORDED)


def test_streams_of_another_seed_cycle_or_part_have_nothing_in_common() -> None:
    keys = list(itertools.product((0, 1, 10), (0, 1, 10), PARTS))
    draws = np.array([stream(*key).random(8) for key in keys])
    assert len(np.unique(draws)) == draws.size
    # Neighboring seeds are not shifted copies: no correlation beyond chance between any two of many.
    many = np.array([stream(seed, 0, "sampler").random(200) for seed in range(20)])
    off = np.corrcoef(many)[~np.eye(20, dtype=bool)]
    assert np.abs(off).max() < 0.3


def test_a_stream_begins_anew_each_time() -> None:
    first = stream(1, 1, "subset")
    first.random(10)
    np.testing.assert_array_equal(stream(1, 1, "subset").random(3), stream(1, 1, "subset").random(3))


def test_a_part_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="part is one of"):
        stream(0, 0, "entropy")


def test_torch_is_seeded_by_the_stream_and_gets_its_state_back() -> None:
    import torch

    torch.manual_seed(1)
    before = torch.get_rng_state()
    drawn = []
    for _ in range(2):
        with torch_stream(stream(0, 0, "learner")):
            drawn.append(torch.rand(3))
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(drawn[0], drawn[1])
    with torch_stream(stream(0, 1, "learner")):
        assert not torch.equal(torch.rand(3), drawn[0])

    def fail() -> None:
        with torch_stream(stream(0, 0, "learner")):
            torch.rand(3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert torch.equal(torch.get_rng_state(), before)
