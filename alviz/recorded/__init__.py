"""Recorded sweeps that come with alviz, each a zip of its folder: in a checkout's ``data``, in a wheel beside this."""

from alviz.recorded.finding import Example, find, names
from alviz.recorded.packing import pack

__all__ = ["Example", "find", "names", "pack"]
