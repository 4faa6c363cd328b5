"""What `zoo transfer` and `zoo edit` share: a recipe with its weights, ready for photos, and pictures written back."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve

if TYPE_CHECKING:
    from torch import Tensor

    from zoo.model import Model
    from zoo.recipes.recipe import Recipe

Source = Annotated[Path, typer.Option(help="The photo of a person.")]
SourceJoints = Annotated[Path, typer.Option(help="Its joints: OpenPose or COCO .json, or a .csv of annotation rows.")]
SourceParsing = Annotated[Path | None, typer.Option(help="Its region labels: .png or .npy, as large as the photo.")]
Regions = Annotated[str | None, typer.Option(help="The vocabulary of the labels: cihp20, lip20, scm8 ...")]
Picture = Annotated[Path, typer.Option(help="The picture to write.")]
TargetParsing = Annotated[
    Path | None, typer.Option(help="Region labels to paint on instead of predicted ones: another person's, or edited by hand.")
]
Strip = Annotated[Path | None, typer.Option(help="A second picture to write, with everything side by side.")]
TargetJoints = Annotated[Path, typer.Option(help="The pose to take, in a file like --source-joints.")]
SourcePerson = Annotated[
    int | None, typer.Option(min=1, help="Which person of --source-joints, counted from 1; the largest if not given.")
]
TargetPerson = Annotated[
    int | None, typer.Option(min=1, help="Which person of --target-joints, counted from 1; the largest if not given.")
]
PoseName = Annotated[str | None, typer.Option(help="The row of a .csv that holds the target pose.")]
Frame = Annotated[str | None, typer.Option(metavar="HEIGHTxWIDTH", help="Size of the image the target joints are pixels of.")]


class Fit(Enum):
    """How a photo is brought to the model's size."""

    PAD = "pad"
    STRETCH = "stretch"


FitOption = Annotated[Fit, typer.Option(help="Keep the photo's proportions on a white canvas, or stretch it.")]


def photo_model(
    request: Request, regions: str | None, *, with_parsing: bool, with_layout: bool = False
) -> "tuple[Model, Recipe, tuple[int, int]]":
    """The model with its weights, reading parsings in vocabulary `regions`; its recipe; the image size it works at."""
    from zoo.editing.transfer import check_parsing
    from zoo.model import build_context, build_model
    from zoo.run import choose_device, stored_weights

    recipe, track = resolve(request, catalog())
    check_parsing(recipe, catalog(), given=with_parsing, layout=with_layout)
    context = build_context(recipe, track, catalog(), seed=request.seed)
    model = build_model(recipe, context, regions or recipe.regions, catalog())
    stored_weights(request, recipe, track, model)
    return model.to(choose_device(request.device)), recipe, track.size


def read_frame(text: str | None, default: tuple[int, int]) -> tuple[int, int]:
    """`256x176` as (256, 176)."""
    if text is None:
        return default
    height, x, width = text.partition("x")
    if not (x and height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise ZooError(f"cannot read the size {text!r}", where="--target-frame", fix="write HEIGHTxWIDTH: 256x176", exit_code=2)
    return int(height), int(width)


def write_picture(out: Path, image: "Tensor | None", frame: tuple[int, int], size: tuple[int, int], fit: Fit) -> None:
    """Bring the model's output (1,3,H,W) back to `frame` and write it."""
    from zoo.photos import place, write_image

    assert image is not None, "a whole forward pass paints an image"
    write_image(out, place(frame, size, fit.value).undo(image[0].cpu()))
