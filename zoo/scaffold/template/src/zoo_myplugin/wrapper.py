"""A wrapper: goes around a part of one kind and is of that kind itself; here a generator, whose contract it keeps."""

from typing import Annotated

import torch
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator, Inner
from zoo.types import Merged, Person


class Toned(Generator):
    """Contrast and brightness of each colour, learned behind whatever generator wears it: tanh(c atanh(image) + b)."""

    # Keyword-only arguments are the options that recipes set and `zoo show` prints: what each means, and who asks for it.
    def __init__(
        self,
        context: Context,
        inner: Inner[Generator],
        *,
        most: Annotated[float, Option("largest value that is told from saturation", "ours")] = 0.999,
    ) -> None:
        super().__init__()
        self.inner, self.most = inner(context), most  # a wrapper may change the context that it hands on
        self.contrast, self.brightness = nn.Parameter(torch.ones(3, 1, 1)), nn.Parameter(torch.zeros(3, 1, 1))

    def forward(self, merged: Merged, target: Person) -> Tensor:
        """(B,3,H,W) in [-1,1], at first as `inner` paints it."""
        image = self.inner(merged, target).clamp(-self.most, self.most)
        return torch.tanh(self.contrast * image.atanh() + self.brightness)
