"""SPT or E2E, Unsupervised Person Image Generation with Semantic Parsing Transformation (Song et al. 2019): what it adds."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl

PAPER = "SPT (Song et al. 2019)"


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield from _spine()
    yield from _losses()
    yield from _others()


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    """The paper's recipe."""
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))


def _spine() -> Iterable[Component]:
    yield Component("parsing", "spt.semantic", "zoo_spt.semantic:SemanticTransform",
                    "a U-Net on the source's regions and both poses (H_S)", needs={"source.parsing"},
                    paper=f"{PAPER}, sec. 3.2")  # fmt: skip
    yield Component("style", "spt.appearance", "zoo_spt.appearance:AppearanceStyle",
                    "photo, regions and pose at every stride (E_A)", needs={"source.parsing"},
                    paper=f"{PAPER}, sec. 3.3")  # fmt: skip
    yield Component("style", "spt.appearance_plain", "zoo_spt.appearance:PlainStyle", "photo and pose at every stride",
                    paper=f"{PAPER}, baseline")  # fmt: skip
    yield Component("merge", "spt.skips", "zoo_spt.skips:DeformableSkips",
                    "ten rigid parts warp the finest levels, the coarse ones stay", needs={"joints"}, gives={"fields.flow"},
                    needs_with={"ground=background": {"source.parsing", "target.parsing"}},
                    paper=f"{PAPER}, sec. 3.3")  # fmt: skip
    yield Component("generator", "spt.generator", "zoo_spt.appearance:AppearanceGenerator",
                    "ways up that the target's regions and pose join at every stride (E'_S, G_A)", needs={"target.parsing"},
                    paper=f"{PAPER}, sec. 3.3")  # fmt: skip
    yield Component("generator", "spt.generator_plain", "zoo_spt.appearance:PlainGenerator",
                    "ways up that the target's pose joins at every stride", paper=f"{PAPER}, baseline")  # fmt: skip


def _losses() -> Iterable[Component]:
    yield Component("loss", "spt.cross_entropy", "zoo_spt.losses:ParsingCrossEntropy",
                    "predicted against true regions, the body twice", needs={"parsing.logits", "source.parsing"},
                    paper=f"{PAPER}, eq. 2")  # fmt: skip
    yield Component("loss", "spt.parsing_adversarial", "zoo_spt.adversarial:ParsingAdversarial",
                    "a discriminator of parsings (D_S)", needs={"parsing.logits", "source.parsing"},
                    paper=f"{PAPER}, eq. 3")  # fmt: skip
    yield Component("loss", "spt.adversarial", "zoo_spt.adversarial:ImageAdversarial",
                    "a discriminator of images on their parsings (D_A)", needs={"source.parsing", "target.parsing"},
                    paper=f"{PAPER}, eq. 5")  # fmt: skip
    yield Component("loss", "spt.adversarial_plain", "zoo_spt.adversarial:PlainAdversarial", "a discriminator of images",
                    paper=f"{PAPER}, baseline")  # fmt: skip
    yield Component("loss", "spt.pose", "zoo_spt.losses:PoseLoss", "joints that a frozen detector sees in what was painted",
                    needs={"detector", "joints"}, paper=f"{PAPER}, eq. 6")  # fmt: skip
    yield Component("loss", "spt.content", "zoo_spt.losses:ContentLoss", "features of the source and of the cycle's end",
                    needs={"cycle", "features"}, paper=f"{PAPER}, eq. 7")  # fmt: skip
    yield Component("loss", "spt.style", "zoo_spt.style_loss:SemanticStyle", "Gram matrices region by region",
                    needs={"features", "source.parsing", "target.parsing"}, paper=f"{PAPER}, eq. 8")  # fmt: skip
    yield Component("loss", "spt.mask_style", "zoo_spt.style_loss:MaskStyle", "Gram matrices by rigid body part",
                    needs={"features", "joints"}, paper=f"{PAPER}, sec. 4.3 a")  # fmt: skip
    yield Component("loss", "spt.patch_style", "zoo_spt.style_loss:PatchStyle", "Gram matrices around each joint",
                    needs={"features", "pose.joints"}, paper=f"{PAPER}, sec. 4.3 b")  # fmt: skip
    yield Component("loss", "spt.face", "zoo_spt.adversarial:FaceAdversarial",
                    "a discriminator of faces cut out by the joints (D_F)", needs={"joints"},
                    paper=f"{PAPER}, eq. 9")  # fmt: skip


def _others() -> Iterable[Component]:
    yield Component("pairing", "spt.pseudo", "zoo_spt.pseudo:PseudoPairs",
                    "a photo, and pose and parsing of somebody dressed alike", needs={"joints", "source.parsing"},
                    paper=f"{PAPER}, eq. 1")  # fmt: skip
