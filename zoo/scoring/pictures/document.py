"""A protocol of pictures as a document: every choice that moves a number. TOML -> PictureProtocol. Imports no torch."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from zoo.documents.misfits import Misfit
from zoo.documents.names import Name
from zoo.documents.strict import Strict, validated_model
from zoo.documents.toml import read_toml
from zoo.errors import unknown
from zoo.scoring.pictures.shelf import shipped

Side = Annotated[int, Field(ge=1, le=2**12)]  # pixels
Size = tuple[Side, Side]  # (H, W)
Odd = Annotated[int, Field(ge=3, le=255, multiple_of=1)]
Kernel = Literal["none", "pil-bicubic", "pil-bilinear"]  # which widen where they shrink
PROSE = {"summary", "source", "note", "legacy"}  # what explains and decides nothing


class Jpeg(Strict):
    """Written and read back by Pillow, as the field's pictures were on their way to the script."""

    quality: Annotated[int, Field(ge=1, le=100)]
    of: Literal["outputs", "both"]
    again: bool = False  # also outputs that are stored as JPEG already; tiles of a strip never


class Preparation(Strict):
    """How pictures as stored become those that are measured, in this order."""

    frame: Literal["whole", "person"]  # 256x256 with the bands at its sides, or what lies between them
    size: Size
    resize: Kernel = "none"  # of pictures of another size; with "none" they are refused
    jpeg: Jpeg | None = None


class Resizing(Strict):
    """A further change of size."""

    size: Size
    kernel: Literal["cv2-bilinear", "cv2-bicubic"]  # which do not


class Masking(Strict):
    """What of both pictures is shown; a mean is over the whole frame all the same."""

    shape: Literal["figure", "silhouette"]  # drawn from the target's joints, or a given picture
    outside: Literal["black", "grey"]  # 0 of [0,1], or 0 of [-1,1]


class Padding(Strict):
    """A border of one level on all sides alike."""

    size: Size
    level: Annotated[int, Field(ge=0, le=255)]


class Showing(Strict):
    """What one metric does to the prepared pictures before it looks, in this order."""

    resize: Resizing | None = None
    mask: Masking | None = None
    pad: Padding | None = None


class Rule(Strict):
    """What all metrics of pictures can say."""

    name: Name
    note: str = ""
    prepare: Preparation | None = None  # where it is not the protocol's
    view: Showing = Showing()
    drop_last: Annotated[int, Field(ge=1, le=2**12)] | None = None  # pictures in a batch; a last one not full does not count


class SsimRule(Rule):
    """Mean structural similarity."""

    use: Literal["ssim"]
    window: Literal["gaussian", "uniform"]
    width: Odd
    sigma: Annotated[float, Field(gt=0)] | None = None
    covariance: Literal["population", "sample"]
    range: Literal["output"] | Annotated[float, Field(gt=0, le=1)]  # L; of [0,1] pictures, or the range of each output

    @model_validator(mode="after")
    def _sigma_of_a_gaussian(self) -> Self:
        if (self.sigma is None) == (self.window == "gaussian"):
            raise Misfit(f"{self.name}: a Gaussian window has a sigma, a uniform one has none", "say sigma, or leave it out")
        if self.width % 2 == 0:
            raise Misfit(f"{self.name}: a window of {self.width} has no middle", "give an odd width")
        return self


class PsnrRule(Rule):
    """Peak signal-to-noise ratio in dB."""

    use: Literal["psnr"]
    domain: Literal["float", "uint8-wrap"]
    cap: Annotated[float, Field(gt=0)] | None = None  # dB


class L1Rule(Rule):
    """Mean absolute error of pictures in [-1,1]."""

    use: Literal["l1"]


class LpipsRule(Rule):
    """Learned perceptual distance."""

    use: Literal["lpips"]
    net: Literal["alex", "vgg"]
    version: Literal["0.1"] = "0.1"


class InceptionRule(Rule):
    """What Inception is shown: pictures at 299x299, on its scale. See `zoo.scoring.inception`."""

    graph: Literal["inception-2015", "inception-imagenet"]
    resample: Literal["tf1", "bilinear", "bilinear-antialias", "bicubic-antialias"]
    normalise: Literal["graph", "unit", "gfla"]


class FidRule(InceptionRule):
    """Frechet distance of its features of outputs and of real pictures."""

    use: Literal["fid"]
    real: Literal["train", "targets"]
    real_resize: Resizing | None = None  # of the real pictures alone


class KidRule(InceptionRule):
    """Kernel distance of the same features."""

    use: Literal["kid"]
    real: Literal["train", "targets"]


class InceptionScoreRule(InceptionRule):
    """Inception score of the outputs."""

    use: Literal["is"]
    splits: Annotated[int, Field(ge=1, le=100)]
    order: Literal["name", "shuffled"]  # of the pictures, before they are cut into splits


class PckhRule(Rule):
    """Share of the target's joints that a detector finds in the outputs, by a box round the target's head."""

    use: Literal["pckh"]
    detector: str  # named in the record; what it found is given as a file


AnyRule = Annotated[
    SsimRule | PsnrRule | L1Rule | LpipsRule | FidRule | KidRule | InceptionScoreRule | PckhRule, Field(discriminator="use")
]
KINDS = frozenset(get_args(rule.model_fields["use"].annotation)[0] for rule in get_args(get_args(AnyRule)[0]))
LOWER_IS_BETTER = {"l1", "lpips", "fid", "kid"}


class PictureProtocol(Strict):
    """A named, versioned set of rules."""

    name: Name
    version: str
    summary: str
    source: str  # file:lines of the code it follows, or an issue, or "ours"
    legacy: str = ""  # the mistake that it keeps, because numbers were published with it
    truth: Literal[
        "lowres", "highres", "market"
    ]  # what target pictures are made from: DeepFashion's img or img_highres, or Market
    prepare: Preparation
    metrics: Annotated[list[AnyRule], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> Self:
        twice = [name for name, count in Counter(rule.name for rule in self.metrics).items() if count > 1]
        if twice:
            raise Misfit(f"two metrics are called {twice[0]!r}", "rename one of them")
        return self

    def digest(self) -> str:
        """sha256 of what it decides: everything but the prose."""
        return hashlib.sha256(json.dumps(_decisions(self.model_dump(mode="json")), sort_keys=True).encode()).hexdigest()


def _decisions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _decisions(inner) for key, inner in value.items() if key not in PROSE}
    return list(map(_decisions, value)) if isinstance(value, list) else value


def picture_protocol(name: str) -> PictureProtocol:
    """The shipped protocol called `name`, or the one in a .toml file; ZooError with the nearest name."""
    if name.endswith(".toml"):
        return read_protocol(Path(name))
    if name not in shipped():
        raise unknown("protocol of pictures", name, shipped(), where="zoo list protocol")
    return read_protocol(shipped()[name])


def read_protocol(path: Path) -> PictureProtocol:
    """Read a document; a ZooError names the misspelt key."""
    return validated_model(PictureProtocol, read_toml(path), where=path.name)
