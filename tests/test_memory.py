"""What does not fit in memory is refused before it is read."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from alviz.errors import InvalidInput
from alviz.memory import check_memory


def test_memory_is_compared_with_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=3_000_000_000))
    check_memory(1_000_000, 3000, "The images", "Pass less.")
    with pytest.raises(InvalidInput) as told:
        check_memory(1_000_001, 3000, "The images", "Pass less.")
    assert str(told.value) == (
        "The images would take 3.0 GB of memory (1,000,001 rows of 3,000 bytes), 3.0 GB are free. Pass less."
    )


def test_two_to_the_31_rows_on_a_small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=500_000_000))
    with pytest.raises(InvalidInput, match=r"6,597\.1 GB of memory \(2,147,483,648 rows .* 500\.0 MB are free"):
        check_memory(2**31, 3072, "The images", "Pass less.")
    with pytest.raises(InvalidInput, match=r"GB of memory"):
        check_memory(2**40, 2**40, "The images", "Pass less.")  # more than 64 bits count
