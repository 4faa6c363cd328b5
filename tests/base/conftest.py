import pytest
import torch


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Weights and inputs of every test repeat."""
    torch.manual_seed(0)
