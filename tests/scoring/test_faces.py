"""faces-v1: a face's colours laid where another one has the regions, and the other one's edges found."""

import pytest
import torch
from skimage.color import deltaE_cie76, rgb2lab
from torch import Tensor

from zoo.ops.edges import canny_edges
from zoo.scoring.evidence import Evidence
from zoo.scoring.measures import edges_found, laid_lab
from zoo.types import Person

SIZE = (32, 32)
RED, BLUE, BLACK, WHITE = ((0.9, 0.2, 0.1), (0.1, 0.3, 0.8), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def rows(*labels: int) -> Tensor:
    """(1,4,32,32) one-hot: labels from above, each in as many rows."""
    return torch.eye(4)[torch.tensor(labels).repeat_interleave(32 // len(labels))].mT[None, :, :, None].expand(-1, -1, -1, 32)


def coloured(parsing: Tensor, *colours: tuple[float, float, float]) -> Tensor:
    """(1,3,32,32) in [0,1]: a colour for each label."""
    return torch.einsum("brhw,rc->bchw", parsing, torch.tensor(colours))


def evidence(output: Tensor, source: Tensor, own: Tensor, theirs: Tensor, edges: Tensor | None = None) -> Evidence:
    person = Person(size=SIZE, joints=torch.zeros(1, 18, 2), visible=torch.zeros(1, 18, dtype=torch.bool))
    return Evidence(
        output=output, truth=None, target=person.but(edges=edges), parsing=theirs, background=0, flow=None, visibility=None,
        motion=None, judged=None, source=person.but(image=source * 2 - 1, parsing=own),
    )  # fmt: skip


def test_laid_lab_asks_for_the_sources_colours_where_the_other_face_has_the_regions() -> None:
    own, theirs = rows(0, 1, 1, 2), rows(2, 1, 0, 3)  # 3 is the other face's alone, and nobody asks for background
    source, laid = coloured(own, BLACK, RED, BLUE, BLACK), coloured(theirs, WHITE, RED, BLUE, WHITE)
    assert laid_lab(evidence(laid, source, own, theirs)).item() == pytest.approx(0, abs=1e-3)
    swapped = coloured(theirs, BLACK, BLUE, RED, BLACK)
    apart = deltaE_cie76(rgb2lab(RED), rgb2lab(BLUE))
    assert laid_lab(evidence(swapped, source, own, theirs)).item() == pytest.approx(apart, abs=0.1)
    assert laid_lab(evidence(source, source, own, theirs)).item() > apart / 4, "a copy has them where they were"
    assert laid_lab(evidence(laid, source, rows(0, 1), rows(0, 2))).isnan().all()


def test_edges_are_found_within_a_pixel() -> None:
    output = torch.zeros(1, 3, *SIZE)
    output[..., 16:] = 1
    found = canny_edges(output)
    assert found.sum() > 16
    shares = [edges_found(evidence(output, output, rows(0), rows(0), found.roll(by, 3))).item() for by in (0, 1, -1, 2, -2)]
    assert shares == [1, 1, 1, 0, 0]
    both = torch.maximum(found, found.roll(8, 3))
    assert edges_found(evidence(output, output, rows(0), rows(0), both)).item() == 0.5
    assert edges_found(evidence(output, output, rows(0), rows(0), torch.zeros_like(found))).isnan().all()
