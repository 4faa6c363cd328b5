"""The pixels are held to the version that digests name: raise `VERSION` and pin again when one of these fails."""

import torch

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo_figures.dataset import VERSION, People

IMAGES = [0, 77, 301, 599]
COLOURS = [[0.8192, 0.8291, 0.8384], [0.7643, 0.7150, 0.6486], [0.8296, 0.8247, 0.8165], [0.8698, 0.8472, 0.7725]]
UPPER = [0.0476, 0.0364, 0.0474, 0.0273]  # share of the image
WRISTS = [[24.1553, 30.7346], [23.3295, 31.9157], [10.2305, 24.3545], [37.8737, 10.9711]]  # joint 4


def test_the_renderer_draws_what_its_version_says() -> None:
    assert VERSION == "figures-1"
    images = torch.tensor(IMAGES)
    person = People(Context(size=(64, 64), regions=vocabulary("cihp20"))).load("test", images, images).source
    assert person.image is not None and person.parsing is not None
    torch.testing.assert_close((person.image + 1).mean((2, 3)) / 2, torch.tensor(COLOURS), atol=5e-4, rtol=0)
    torch.testing.assert_close(person.parsing[:, 5].mean((1, 2)), torch.tensor(UPPER), atol=5e-4, rtol=0)
    torch.testing.assert_close(person.joints[:, 4], torch.tensor(WRISTS), atol=5e-3, rtol=0)
