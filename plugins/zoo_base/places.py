"""Places on the body (ours): positions are compared by where on a person they lie, which the skeletons of both people tell."""

from abc import abstractmethod
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Inner, MergingOperator
from zoo.ops import batch
from zoo.ops.skinning import COORDINATES, body_coordinates
from zoo.ops.warp import pixel_grid
from zoo.types import Merged, Person, Style
from zoo_base.networks import kaiming_init
from zoo_base.traced import TracedStyle


class Comparing(MergingOperator):
    """A merging operator that compares features of target positions, queries, with those of source positions, keys."""

    @abstractmethod
    def compared(self, style: Style, source: Person, target: Person) -> tuple[Tensor, Tensor]:
        """Queries (B,C,ht,wt) and keys (B,C,hs,ws)."""

    @abstractmethod
    def rearranged(self, style: Style, query: Tensor, key: Tensor) -> Merged:
        """The style moved to where its keys fit the queries best."""

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return self.rearranged(style, *self.compared(style, source, target))


class BodyPlaces(MergingOperator):
    """`inner`, an operator that compares, sees beside its features a learned reading of the place on the body of each position.

    In training the source's joints tremble: in self-reconstruction the two skeletons are one, and places would agree to the
    pixel as they never do between two poses.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[MergingOperator],
        *,
        channels: Annotated[int, Option("how many numbers say where on the body a position is", "ours")] = 32,
        jitter: Annotated[
            float, Option("standard deviation of the source's joints in training, as a share of the height", "ours")
        ] = 0.02,
    ) -> None:
        super().__init__()
        built = inner(context)
        if not isinstance(built, Comparing):
            raise ZooError("places on the body are compared, and this operator compares nothing", where="wrapper base.places",
                           fix="--set merge.wear=none, or an operator such as scmnet.correlation", exit_code=2)  # fmt: skip
        self.inner, self.spec, self.jitter = built, built.spec, jitter
        self.body = BodyPlace(channels)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        query, key = self.inner.compared(style, source, target)
        query = torch.cat([query, self.body(target, cells(query, target).expand(len(target), -1, -1, -1))], 1)
        return self.inner.rearranged(style, query, torch.cat([key, self._of_style(style, source, key)], 1))

    def _of_style(self, style: Style, source: Person, key: Tensor) -> Tensor:
        """The places of the cells of the style, each on the person whose photo it was read from."""
        where = places(style, source, key)
        origins = style.origins if isinstance(style, TracedStyle) and style.parsing is not None else ()
        read = self.body(self._trembling(source), where)
        for person in {id(p): p for p in origins if p is not source}.values():
            regions = [region for region, origin in enumerate(origins) if origin is person]
            read = torch.where(shown(style, key, regions), self.body(person, cells(key, person).expand_as(where)), read)
        return read

    def _trembling(self, source: Person) -> Person:
        if not self.training:
            return source
        moved = self.jitter * source.size[0] * batch.randn(*source.joints.shape, like=source.joints)
        return source.but(joints=source.joints + moved)


class BodyPlace(nn.Module):
    """What can be compared of where on a person's body points (B,2,h,w) of its image lie -> (B,C,h,w); each point by itself."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.read = nn.Sequential(
            nn.Conv2d(COORDINATES, 2 * channels, 1), nn.LeakyReLU(0.2), nn.Conv2d(2 * channels, channels, 1, bias=False)
        )
        kaiming_init(self)

    def forward(self, person: Person, points: Tensor) -> Tensor:
        return self.read(body_coordinates(person.joints, person.visible, person.size, points))


def cells(map: Tensor, person: Person) -> Tensor:
    """The middles (1,2,h,w) of the cells of a map (B,C,h,w) over a person's image, (x, y) in its pixels."""
    stride = person.size[0] / map.shape[2]
    return ((pixel_grid((map.shape[2], map.shape[3]), person.joints) + 0.5) * stride - 0.5)[None]


def places(style: Style, source: Person, map: Tensor) -> Tensor:
    """Where in the source's photo lay (B,2,h,w) what the cells of the style's map show: elsewhere if regions were moved."""
    here = cells(map, source).expand(len(source), -1, -1, -1)
    if not isinstance(style, TracedStyle) or style.undo is None or style.parsing is None:
        return here
    grid = (map.shape[2], map.shape[3])
    before = F.adaptive_avg_pool2d(style.undo.flatten(0, 1), grid).unflatten(0, style.undo.shape[:2])
    shares = F.adaptive_avg_pool2d(style.parsing, grid)
    most = shares.argmax(1, keepdim=True)
    moved = before.gather(1, most[:, :, None].expand(-1, -1, 2, -1, -1))[:, 0]
    return torch.where(shares.gather(1, most) > 0, moved, here)


def shown(style: Style, map: Tensor, regions: list[int]) -> Tensor:
    """(B,1,h,w) bool: which cells of a map show most of these regions."""
    assert style.parsing is not None
    most = F.adaptive_avg_pool2d(style.parsing, (map.shape[2], map.shape[3])).argmax(1, keepdim=True)
    return torch.isin(most, torch.tensor(regions, device=most.device))
