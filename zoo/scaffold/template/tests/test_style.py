"""A cell is read off its own pixels, and a region's code off its own cells."""

import torch
from zoo_myplugin.style import Cells

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.testing import make_person

SIZE, STRIDE = (32, 24), 4


def test_a_cell_reads_its_own_pixels_alone() -> None:
    encoder, person = Cells(Context(SIZE, vocabulary("scm8")), stride=STRIDE), make_person(SIZE)
    other = person.image.clone()
    other[:, :, 8:12, 4:8] += 0.5
    changed = encoder(person).pyramid[0] != encoder(person.but(image=other)).pyramid[0]
    assert changed.any(1).nonzero().tolist() == [[sample, 2, 1] for sample in range(len(person))]


def test_the_code_of_a_region_is_the_mean_of_its_cells() -> None:
    encoder, person = Cells(Context(SIZE, vocabulary("scm8")), stride=STRIDE), make_person(SIZE)
    upper = torch.zeros_like(person.parsing)
    upper[:, 0], upper[:, 5, :, :8], upper[:, 0, :, :8] = 1, 1, 0
    style = encoder(person.but(parsing=upper))
    assert torch.allclose(style.codes[:, 5], style.pyramid[0][:, :, :, :2].mean((2, 3)), atol=1e-6)
