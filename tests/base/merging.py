"""Small people and styles for the tests of merging operators; H != W."""

import torch
from torch import Tensor

from tests.support import make_person
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Person, Style

SIZE = (32, 48)
SPEC = FeatureSpec(strides=(2, 4), channels=(8, 16), regions=8, code_width=5)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18, spec=SPEC)


def people() -> tuple[Person, Person]:
    """A source and a target as operators see them: poses drawn, the target without image and parsing."""
    source, target = make_person(SIZE), make_person(SIZE, seed=1)
    poses = torch.rand(2, 2, 18, *SIZE, generator=torch.Generator().manual_seed(0))
    source, target = (p.but(pose=pose) for p, pose in zip((source, target), poses, strict=True))
    return source, target.but(image=None, parsing=None)


def style_of(parsing: Tensor | None) -> Style:
    """A random style of SPEC whose maps want gradients."""
    grids = [(SIZE[0] // s, SIZE[1] // s) for s in SPEC.strides]
    pyramid = tuple(torch.randn(2, c, *g, requires_grad=True) for c, g in zip(SPEC.channels, grids, strict=True))
    return Style(pyramid=pyramid, codes=torch.randn(2, 8, 5), parsing=parsing)
