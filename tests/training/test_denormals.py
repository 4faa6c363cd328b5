"""Denormal numbers are flushed while it lasts, and only then."""

import pytest
import torch

from zoo.ops.denormals import DENORMAL, flushed_denormals


def flushes() -> bool:
    return bool(torch.tensor(DENORMAL) * 1 == 0)


def test_flushed_inside_and_as_before_outside():
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot")
    torch.set_flush_denormal(False)
    with pytest.raises(RuntimeError), flushed_denormals():
        assert flushes()
        raise RuntimeError
    assert not flushes()
    torch.set_flush_denormal(True)
    with flushed_denormals():
        assert flushes()
    assert flushes()
    torch.set_flush_denormal(False)
