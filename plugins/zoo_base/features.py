"""The VGG-19 that the papers measure with. Its weights are the user's own copy: they are not ours to ship."""

from pathlib import Path
from typing import Annotated

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.store.networks import own_tensors, tensors
from zoo.store.registry import find_network
from zoo.store.tensors import mismatches, under
from zoo_base.vgg import VGGLayout


class VGG19(VGGLayout):
    """ImageNet's VGG-19 (Simonyan & Zisserman, ICLR 2015) with torchvision's weights, which `zoo prefetch vgg19` brings here.

    Or with those of a file of your own, `weights`, known by its `sha256`. That is part of the track: rows measured with other
    weights are rows of another track.
    """

    def __init__(
        self,
        context: Context,
        *,
        weights: Annotated[str, Option("your own file, .safetensors or .pth; the published one if empty", "ours")] = "",
        sha256: Annotated[str, Option("what your own file must hash to", "ours")] = "",
    ) -> None:
        super().__init__((64, 128, 256, 512, 512), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
        path, where = Path(weights).expanduser(), "features base.vgg19"
        found = under(own_tensors(path, sha256, where) if weights else tensors(find_network("vgg19")), "features.")
        if problems := mismatches(self.features.state_dict(), found):
            what = f"{path.name if weights else 'the file'} does not hold VGG-19's convolutions: {problems}"
            raise ZooError(what, where=where, fix="zoo prefetch vgg19, and leave weights out")
        self.features.load_state_dict(found)
        self.freeze()
