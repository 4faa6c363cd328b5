"""Options that name people, poses and the pictures to write of them."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from zoo.regions import VOCABULARIES


class Fit(Enum):
    """How a photo is brought to the model's size."""

    PAD = "pad"
    STRETCH = "stretch"


class Build(Enum):
    """Whose limbs a pose has when it is taken."""

    SOURCE = "source"
    TARGET = "target"


Source = Annotated[Path, typer.Option(help="The photo of a person.")]
SourceJoints = Annotated[
    Path | None,
    typer.Option(help="Its joints, in a .json, .csv, .txt or .npy of any detector; seen by a net if not given."),
]
SourceParsing = Annotated[
    Path | None, typer.Option(help="Its region labels: .png or .npy, as large as the photo; seen by a net if not given.")
]
Regions = Annotated[str | None, typer.Option(help=f"The vocabulary of the labels: {', '.join(sorted(VOCABULARIES))}.")]
Picture = Annotated[Path, typer.Option(help="The picture to write.")]
TargetParsing = Annotated[
    Path | None, typer.Option(help="Region labels to paint on instead of predicted ones: another person's, or edited by hand.")
]
Strip = Annotated[Path | None, typer.Option(help="A second picture to write, with everything side by side.")]
Force = Annotated[bool, typer.Option("--force", help="Write over pictures that exist.")]
TargetJoints = Annotated[Path | None, typer.Option(help="The pose to take, in a file like --source-joints.")]
Keep = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where to keep joints and labels that nets had to see, as zoo annotate does.")
]
SourcePerson = Annotated[
    int | None, typer.Option(min=1, help="Which person of the photo, counted from 1; the largest if not given.")
]
TargetPerson = Annotated[
    int | None, typer.Option(min=1, help="Which person of the pose, counted from 1; the largest if not given.")
]
Confidence = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="How sure a detector must have been of a joint in a file: by default more than 0.05 where 18 or 25 joints are "
        "told, as OpenPose does, and more than 0.3 where they are 17, 26, 33, 133 or 136.",
    ),
]  # fmt: skip
PoseName = Annotated[str | None, typer.Option(help="The picture that holds the target pose, in a file that tells of several.")]
Frame = Annotated[str | None, typer.Option(metavar="HEIGHTxWIDTH", help="Size of the image the target joints are pixels of.")]
BuildOption = Annotated[
    Build,
    typer.Option(
        help="source: the person's own limbs and place in their photo, in the target's pose; target: the target's joints as "
        "they lie in its picture, which is what --target-parsing is painted on."
    ),
]
FitOption = Annotated[Fit, typer.Option(help="Keep the photo's proportions on a white canvas, or stretch it.")]
