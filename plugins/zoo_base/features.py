"""The VGG-19 that the papers measure with. Its weights are the user's own copy: they are not ours to ship."""

import hashlib
from pathlib import Path
from typing import Annotated

import safetensors.torch
from safetensors import SafetensorError

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo_base.vgg import VGGLayout

HOW_TO_GET = (
    "with torchvision: sd = torchvision.models.vgg19(weights='IMAGENET1K_V1').state_dict(); safetensors.torch.save_file("
    "{k: v for k, v in sd.items() if k.startswith('features.')}, 'vgg19.safetensors'); "
    'then features = { use = "base.vgg19", weights = "vgg19.safetensors", sha256 = "..." } in the track'
)


class VGG19(VGGLayout):
    """ImageNet's VGG-19 (Simonyan & Zisserman, ICLR 2015) with the weights of the file `weights`, known by its `sha256`.

    The hash is part of the track: rows measured with other weights are rows of another track.
    """

    def __init__(
        self,
        context: Context,
        *,
        weights: Annotated[str, Option("your copy of the net's weights, .safetensors", "ours")] = "vgg19.safetensors",
        sha256: Annotated[str, Option("what the file must hash to", "ours")] = "",
    ) -> None:
        super().__init__((64, 128, 256, 512, 512), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
        path = Path(weights).expanduser()
        try:
            self.load_state_dict(safetensors.torch.load(_content(path, sha256)), strict=True)
        except (RuntimeError, SafetensorError) as error:
            raise ZooError(
                f"{path.name} does not hold VGG-19's convolutions: {str(error).splitlines()[-1].strip()}",
                where=str(path),
                fix=HOW_TO_GET,
            ) from error
        self.freeze()


def _content(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ZooError(f"no VGG-19 weights: {error.strerror}", where=str(path), fix=HOW_TO_GET) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ZooError(
            f"{path.name} is not the file the track names: sha256 {found}, expected {sha256 or 'none yet'}",
            where="features base.vgg19",
            fix=f'if you trust where it came from, write sha256 = "{found}" into the track',
        )
    return content
