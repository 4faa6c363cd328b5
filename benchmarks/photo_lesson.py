"""What every lesson of a net of `zoo_photos` shares."""

from abc import ABC, abstractmethod
from pathlib import Path

import safetensors.torch
import torch
from photo_shelf import SIZE, Shelf
from photo_views import Chance, plates
from torch import Tensor, nn

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo_photos.stored import restore
from zoo_photos.trunk import Trunk

CONTEXT = Context(size=SIZE, regions=vocabulary("cihp20"))


class Lesson(nn.Module, ABC):
    """A net, what only its training needs, and its photographs."""

    net: nn.Module
    batch: int
    rate = 1.5e-3
    gentle = 0.3  # of the rate, for weights that begin as ImageNet's

    def begin(self, shelf: Shelf) -> None:
        """What cannot be a module's: the photos on the device."""
        self.shelf = shelf
        self.train_photos = (~shelf.test).nonzero()[:, 0]
        self.parsed_photos = (~shelf.test & shelf.parsed).nonzero()[:, 0]
        self.plate = plates(shelf, self.parsed_photos)

    @abstractmethod
    def fresh(self, imagenet: Path) -> None:
        """The first weights of all: ImageNet's."""

    def onward(self, name: str) -> None:
        """Go on from the weights that are shipped, gently; what sees edges stays as it is."""
        restore(self.net, name)
        self.net.train().requires_grad_(True)
        self.rate /= 3
        for trunk in (m for m in self.modules() if isinstance(m, Trunk)):
            for part in (trunk.conv_stem, trunk.bn1, *trunk.blocks[:2]):
                part.requires_grad_(False)

    def products(self) -> torch.autocast:
        """bf16 around the nets only, as coordinates would suffer, and on a GPU only: a CPU's way back is slower in it."""
        device = self.plate.device.type
        return torch.autocast(device, torch.bfloat16, enabled=device == "cuda")

    @abstractmethod
    def loss(self, chance: Chance) -> Tensor:
        """Of one fresh batch."""

    @abstractmethod
    def measure(self) -> dict[str, float]:
        """Accuracy on the held-out tenth."""

    def finish(self) -> None:
        """The last change to the net before it is stored."""
        return

    def groups(self) -> list[dict[str, object]]:
        """Parameters by how fast they learn; vectors do not decay."""
        trunk = {id(p) for m in self.modules() if isinstance(m, Trunk) for p in m.parameters()}
        made: dict[tuple[float, float], list[nn.Parameter]] = {}
        for p in self.parameters():
            if p.requires_grad:
                key = (self.gentle if id(p) in trunk else 1.0, 0.02 if p.dim() > 1 else 0.0)
                made.setdefault(key, []).append(p)
        return [{"params": ps, "share": share, "weight_decay": decay} for (share, decay), ps in made.items()]


def fill(trunk: Trunk, path: Path) -> None:
    """ImageNet's weights, in timm's names; blocks that the trunk leaves out are left out."""
    found = {k: v.float() for k, v in safetensors.torch.load_file(path).items()}
    trunk.load_state_dict({k: found[k] for k in trunk.state_dict()}, strict=True)


def quiet(head: nn.Conv2d, bias: float = 0.0) -> None:
    """A head that begins by saying next to nothing: most of its map is to be empty."""
    nn.init.normal_(head.weight, std=1e-3)
    assert head.bias is not None
    nn.init.constant_(head.bias, bias)
