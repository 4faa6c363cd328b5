"""A workshop whose nets see a standing person in every photo that is not black."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.annotation.nets import SURE, Halves, Seer, Stage
from zoo.app.visitors import Workshop
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request
from zoo.types import Sighting

SIZE = (128, 88)
STANDING = (  # (x, y) shares of the picture, in the order of zoo.skeleton
    (0.50, 0.12), (0.50, 0.22), (0.38, 0.23), (0.34, 0.37), (0.33, 0.50), (0.62, 0.23), (0.66, 0.37), (0.67, 0.50),
    (0.42, 0.52), (0.42, 0.72), (0.42, 0.92), (0.58, 0.52), (0.58, 0.72), (0.58, 0.92), (0.48, 0.10), (0.52, 0.10),
    (0.45, 0.11), (0.55, 0.11),
)  # fmt: skip
ASKED = Request("copy", variant="puppet", track="photos-128", device="cpu")


class Crowd(Seer):
    """As many people as the red of the first pixel says, each a little to the right of the one before."""

    def __init__(self) -> None:
        super().__init__([])

    def people(self, picture: Tensor) -> list[Sighting]:
        count = round(float(picture[0, 0, 0] / 2 + 0.5) * 255) // 50
        sides = torch.tensor([picture.shape[2], picture.shape[1]])
        return [Sighting(joints=torch.tensor(STANDING) * sides + 2.0 * n, confidence=SURE) for n in range(count)]


def photo(people: int = 1, seed: int = 0, size: tuple[int, int] = SIZE) -> bytes:
    """A PNG of noise in which so many people are seen."""
    pixels = np.random.default_rng(seed).integers(60, 220, (*size, 3), np.uint8)
    pixels[0, 0] = (50 * people + 5, 0, 0)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    """With the stand-ins for nets, and the recipes that are offered."""
    return Workshop(ASKED, Stage(catalog(), "crowd", "halves", detecting=Crowd(), parsing=Halves()))


Open = Callable[..., object]
