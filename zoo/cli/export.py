"""`zoo export`: a recipe with its weights as one file that runs without the zoo."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.asking import MODEL, asking
from zoo.cli.output import Json, say, show, show_json
from zoo.errors import ZooError
from zoo.exporting.contract import Contract, check_path
from zoo.recipes.request import Request

To = Annotated[str, typer.Option("--to", metavar="torch-export|onnx|torchscript", help="The format of the file.")]
Out = Annotated[Path, typer.Option(metavar="FILE", help="The file to write, .pt2, .onnx or .pt.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@asking(*(name for name in MODEL if name not in ("device", "precision")), device="cpu")
def command(request: Request, out: Out, to: To = "torch-export", force: Force = False, json: Json = False) -> None:
    """Write a recipe with its weights as a graph that runs without the zoo: by torch, or by any runtime of ONNX.

    The file carries its contract: the tensors it takes, no more than the recipe reads, in a batch of any length (TorchScript:
    of one), the digest of the recipe and the sha256 of the weights. It is written once it gives what the recipe gives. The
    checks that look at values stay outside: zoo.exporting.edge.check_inputs.
    """
    check_path(out, to)
    if out.exists() and not force:
        raise ZooError(f"{out} exists", where="--out", fix="name a new file, or add --force", exit_code=2)
    from zoo.api.loading import pipeline

    contract = pipeline(request).export(out, to)
    if json:
        show_json(contract.model_dump(mode="json"))
        return
    show(_told(contract))
    say(f"{out}: within {contract.difference:.1g} of the recipe itself, on people of noise")


def _told(contract: Contract) -> str:
    tensors = (*contract.inputs, contract.output)
    return "\n".join(f"{one.name:16}{one.dtype:9}{' x '.join(map(str, one.shape)):22}{one.meaning}" for one in tensors)
