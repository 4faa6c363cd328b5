"""What the papers share: poses, plain encoders, baseline merging operators, a generic generator, losses, pairings.

This file is the torch-free table of contents.
"""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield from _poses()
    yield from _styles()
    yield from _merges()
    yield from _generators()
    yield from _wrappers()
    yield from _losses()
    yield from _others()


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    """The trivial baselines."""
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))


def _poses() -> Iterable[Component]:
    yield Component("pose", "base.heatmaps", "zoo_base.poses:HeatMaps", "18 Gaussians, optionally the skeleton",
                    needs={"joints"}, gives={"pose.joints"})  # fmt: skip
    yield Component("pose", "base.discs", "zoo_base.poses:Discs", "18 binary discs", needs={"joints"}, gives={"pose.joints"},
                    paper="Intr-Flow")  # fmt: skip
    yield Component("pose", "base.limbs", "zoo_base.poses:Limbs", "18 joints and 12 limb distance maps",
                    needs={"joints"}, gives={"pose.joints"}, paper="SPGNet eq. 2-3")  # fmt: skip
    yield Component("pose", "base.edges", "zoo_base.poses:Edges", "the edge map of a face", needs={"edges"})


def _styles() -> Iterable[Component]:
    yield Component("style", "base.pixels", "zoo_base.styles:Pixels", "the photo itself")
    yield Component(
        "style", "base.encoder", "zoo_base.styles:ConvEncoder", "plain convolutions, one or more levels", multiple="2**depth"
    )
    yield Component(
        "style", "base.timm", "zoo_base.backbones:TimmEncoder", "any backbone of timm, frozen or tuned", multiple=16
    )


def _merges() -> Iterable[Component]:
    yield Component("merge", "base.stay", "zoo_base.merges:Stay", "leaves the style where it is")
    yield Component("merge", "base.concat", "zoo_base.merges:Concat", "concatenates style and pose", paper="VU-Net, DPIG, PG2")
    yield Component("merge", "base.adain", "zoo_base.merges:AdaIN", "region statistics modulate pose features",
                    needs={"source.parsing"}, paper="ADGAN, MUST-GAN")  # fmt: skip
    yield Component("merge", "base.spade", "zoo_base.spade:SpadeMerge", "the target's regions modulate pose features",
                    needs={"target.parsing"}, paper="SPADE")  # fmt: skip
    yield Component("merge", "base.sean", "zoo_base.spade:SeanMerge", "as base.spade, with the styles of the regions",
                    needs={"source.parsing", "target.parsing"}, paper="SEAN")  # fmt: skip
    yield Component("merge", "base.deform", "zoo_base.deform:Deform", "ten rigid body parts warp the style, unlearned",
                    needs={"joints"}, gives={"fields.flow"}, paper="Def-GAN, SPT")  # fmt: skip
    yield Component("merge", "base.patn", "zoo_base.patn:PATN", "local convolutions that the poses gate", paper="PATN")
    yield Component("merge", "base.gfla", "zoo_base.gfla:GFLA", "global flow, local attention",
                    gives={"fields.flow"}, paper="GFLA")  # fmt: skip
    yield Component("merge", "base.xattn", "zoo_base.xattn:CrossAttention", "cross-attention from pose to style",
                    gives={"fields.correlation"}, paper="NTED")  # fmt: skip


def _generators() -> Iterable[Component]:
    yield Component("generator", "base.unet", "zoo_base.generators:UNet", "a plain U-Net over the merged style")
    yield Component("generator", "base.show", "zoo_base.generators:Show", "the merged style as it is")
    yield Component("generator", "base.mean_image", "zoo_base.generators:MeanImage", "one image for everybody")
    yield Component("generator", "base.recoded", "zoo_base.generators:Recoded", "the target itself, through the codec and back",
                    needs={"codec", "true.image"})  # fmt: skip


def _wrappers() -> Iterable[Component]:
    yield Component("wrapper", "base.photo", "zoo_base.photo:PhotoAlong",
                    "the photo goes along, by the operator's own fields or by the skeletons", wraps="merge",
                    needs_with={"along=skeletons": {"joints"}})  # fmt: skip
    yield Component("wrapper", "base.photo_in_style", "zoo_base.photo:PhotoInStyle",
                    "the photo goes along beside the features, as the operator moves them", wraps="merge")  # fmt: skip
    yield Component("wrapper", "base.skeletons", "zoo_base.skeletons:FromSkeletons",
                    "the flow starts where the skeletons say a pixel was", needs={"joints"}, gives={"fields.flow"},
                    wraps="merge")  # fmt: skip
    yield Component("wrapper", "base.places", "zoo_base.places:BodyPlaces",
                    "positions are compared by their place on the body as well", needs={"joints"}, wraps="merge")  # fmt: skip
    yield Component("wrapper", "base.scene", "zoo_base.scene:Scene",
                    "the photo goes along as a scene: its figure in the new pose, over its own background",
                    needs={"joints", "source.parsing"}, wraps="merge")  # fmt: skip
    yield Component("wrapper", "base.several", "zoo_base.several:SeveralPhotos",
                    "of several photos of one person each place takes those that show it", gives={"sources"},
                    wraps="merge")  # fmt: skip
    yield Component("wrapper", "base.retouched", "zoo_base.retouching:Retouched",
                    "what is painted and the photo, retouched together", wraps="generator")  # fmt: skip
    yield Component("wrapper", "base.over", "zoo_base.painting:PaintedOver",
                    "what is painted is laid over the moved photo", wraps="generator")  # fmt: skip
    yield Component("wrapper", "base.flow_matching", "zoo_base.flow_matching:FlowMatching",
                    "paints in several steps, from noise", gives={"generator.lesson"}, wraps="generator",
                    needs_with={"latent=true": {"codec"}}, at_work={"steps", "guidance"},
                    paper="Lipman et al. 2023, Li & He 2025")  # fmt: skip


def _losses() -> Iterable[Component]:
    yield Component("loss", "base.l1", "zoo_base.losses:L1", "mean absolute difference")
    yield Component("loss", "base.l2", "zoo_base.losses:L2", "mean squared difference")
    yield Component("loss", "base.cross_entropy", "zoo_base.losses:CrossEntropy", "the predicted parsing against the true one",
                    needs={"parsing.logits", "source.parsing"})  # fmt: skip
    yield Component("loss", "base.perceptual", "zoo_base.losses:Perceptual", "difference of features", needs={"features"})
    yield Component("loss", "base.style", "zoo_base.losses:StyleLoss", "difference of Gram matrices", needs={"features"})
    yield Component("loss", "base.warped_source", "zoo_base.warped_source:WarpedSource",
                    "the operator's own fields, applied to the source photo", paper="NTED")  # fmt: skip
    yield Component("loss", "base.adversarial", "zoo_base.adversarial:Adversarial", "LSGAN or non-saturating GAN",
                    needs_with={"limbs=false": {"pose.joints"}})  # fmt: skip
    yield Component("loss", "base.sampling_correctness", "zoo_base.flow_losses:SamplingCorrectness",
                    "a flow should sample the most similar features", needs={"features"}, judges={"fields.flow"},
                    paper="StructureFlow, GFLA")  # fmt: skip
    yield Component("loss", "base.affine_regularisation", "zoo_base.flow_losses:AffineRegularisation",
                    "a flow should be affine in every window", judges={"fields.flow"}, paper="GFLA")  # fmt: skip
    yield Component("loss", "base.self_match", "zoo_base.self_match:SelfMatchLoss",
                    "a target position should look where its own picture went", needs={"source.parsing"})  # fmt: skip
    yield Component("loss", "base.attention_flow", "zoo_base.attention_flow:AttentionFlow",
                    "the flow read off a correlation moves the photo onto the target", paper="Leffa",
                    judges={"fields.correlation"})  # fmt: skip
    yield Component("loss", "base.velocity", "zoo_base.flow_matching:Velocity",
                    "a step from noise towards the image against the straight way", judges={"generator.lesson"},
                    paper="Lipman et al. 2023")  # fmt: skip
    yield Component("loss", "base.true_flow", "zoo_base.flow_losses:TrueFlow", "supervision by true flow and visibility",
                    needs={"true.flow"}, judges={"fields.flow"})  # fmt: skip


def _others() -> Iterable[Component]:
    yield Component("features", "base.vgg19", "zoo_base.features:VGG19", "ImageNet's VGG-19, from your own copy of its weights",
                    networks=("vgg19",), paper="Simonyan & Zisserman 2015")  # fmt: skip
    yield Component(
        "features", "base.timm", "zoo_base.backbones:TimmFeatures", "any backbone of timm, from your own file of weights"
    )
    yield Component("pairing", "base.self", "zoo_base.pairings:SelfPairing", "source and target are one image",
                    gives={"sources"})  # fmt: skip
    yield Component("pairing", "base.unpaired", "zoo_base.pairings:Unpaired", "a photo and the pose of somebody else")
    yield Component("pairing", "base.posed", "zoo_base.posed:Posed", "a photo, and itself moved into somebody else's pose",
                    needs={"joints", "source.parsing"})  # fmt: skip
    yield Component("pairing", "base.paired", "zoo_base.pairings:RandomPairs", "two images of one person",
                    needs={"target.image"}, gives={"sources"})  # fmt: skip
    yield Component("pairing", "base.listed", "zoo_base.pairings:ListedPairs", "the data's own list of pairs",
                    needs={"target.image"}, gives={"sources"})  # fmt: skip
