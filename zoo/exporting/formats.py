"""Exported files: written with their contract inside, held against the model, and read again."""

import io
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.export import ExportedProgram

from zoo.documents.files import write_atomically
from zoo.documents.strict import validated_model
from zoo.errors import ZooError
from zoo.exporting.contract import ENDINGS, Contract
from zoo.exporting.edge import check_inputs, people_of_noise
from zoo.exporting.graph import Flat
from zoo.exporting.lowering import WITHOUT_ONNX
from zoo.model import Model

CONTRACT = "zoo.contract"  # the name under which a file carries it
OPSET = 20  # the first that samples maps at given pixels as torch does
TOLERANCE = 1e-4  # of the mean over an image: where two regions tie a single pixel may fall either way

Run = Callable[[dict[str, Tensor]], Tensor]


@dataclass(frozen=True)
class Exported:
    """An exported file at work: the contract it carries, and the graph behind the checks that a graph cannot make."""

    contract: Contract
    run: Run

    def __call__(self, **tensors: Tensor) -> Tensor:
        """The image (B,3,H,W) in [-1,1] of the tensors that the contract names; ZooError for what it does not allow."""
        check_inputs(self.contract, tensors)
        return self.run({one.name: tensors[one.name] for one in self.contract.inputs})


def write(program: ExportedProgram, contract: Contract, path: Path, model: Model) -> Contract:
    """Write the file, once it gives what `model` gives; the contract it carries. ZooError where it does not."""
    make = {"torch-export": _torch_export, "onnx": _onnx, "torchscript": _torchscript}[contract.format]
    content, run = make(program, contract)
    mean, most = _difference(run, contract, model)
    if not mean <= TOLERANCE:
        what = f"the exported graph differs from the model by {mean:.2g} on average, up to {most:.2g}"
        raise ZooError(what, where=f"zoo export --to {contract.format}", fix="report it; nothing was written")
    contract = contract.model_copy(update={"difference": most})
    write_atomically(path, content(contract))
    return contract


def load_exported(file: str | Path) -> Exported:
    """A file that `export` wrote, on the CPU; ZooError where it is missing, damaged or another's."""
    path = Path(file)
    if not path.is_file():
        fix = "name a file that zoo export wrote"
        raise ZooError(f"there is no file {path.name}", where=str(path.parent.resolve()), fix=fix)
    read = {ENDINGS["onnx"]: _read_onnx, ENDINGS["torchscript"]: _read_torchscript}.get(path.suffix, _read_torch_export)
    try:
        text, run = read(path)
        return Exported(validated_model(Contract, json.loads(text), path.name), run)
    except ZooError:
        raise
    except Exception as error:
        what = f"{path.name} is no file that zoo export wrote: {type(error).__name__}"
        raise ZooError(what, where=str(path.parent), fix="zoo export writes it anew") from error


def _difference(run: Run, contract: Contract, model: Model) -> tuple[float, float]:
    """The mean and the largest over people of noise, in two batches."""
    flat = Flat(model, contract.size, [one.name for one in contract.inputs]).eval()
    found = []
    for batch in (1, 4):
        tensors = people_of_noise(contract.inputs, len(contract.regions), batch, seed=batch)
        with torch.no_grad():
            found.append((run(tensors) - flat(*tensors.values())).abs())
    return max(float(x.mean()) for x in found), max(float(x.max()) for x in found)


def _torch_export(program: ExportedProgram, contract: Contract) -> tuple[Callable[[Contract], bytes], Run]:
    def content(final: Contract) -> bytes:
        buffer = io.BytesIO()
        torch.export.save(program, buffer, extra_files={CONTRACT: final.model_dump_json()})
        return buffer.getvalue()

    module = program.module()
    return content, lambda tensors: module(*tensors.values())


def _read_torch_export(path: Path) -> tuple[str, Run]:
    extra = {CONTRACT: ""}
    module = torch.export.load(path, extra_files=extra).module()
    return extra[CONTRACT], _without_gradients(module)


def _torchscript(program: ExportedProgram, contract: Contract) -> tuple[Callable[[Contract], bytes], Run]:
    """By the tracer, of the graph and not of the model: no branch on a value is left in it that a trace would freeze."""
    example = people_of_noise(contract.inputs, len(contract.regions), 1, seed=0)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        made = torch.jit.trace(program.module(), tuple(example.values()), check_trace=False)

    def content(final: Contract) -> bytes:
        buffer = io.BytesIO()
        torch.jit.save(made, buffer, _extra_files={CONTRACT: final.model_dump_json()})
        return buffer.getvalue()

    return content, _without_gradients(made)


def _read_torchscript(path: Path) -> tuple[str, Run]:
    extra = {CONTRACT: ""}
    module = torch.jit.load(path, _extra_files=extra)
    text: Any = extra[CONTRACT]  # torch hands back bytes
    return text, _without_gradients(module)


def _without_gradients(module: Any) -> Run:
    def run(tensors: dict[str, Tensor]) -> Tensor:
        with torch.no_grad():
            image: Tensor = module(*tensors.values())
            return image

    return run


def _onnx(program: ExportedProgram, contract: Contract) -> tuple[Callable[[Contract], bytes], Run]:
    _require("onnx"), _require("onnxscript")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lowered = program.run_decompositions(WITHOUT_ONNX)
        made = torch.onnx.export(
            lowered, dynamo=True, opset_version=OPSET, verbose=False, optimize=False,
            input_names=[one.name for one in contract.inputs], output_names=[contract.output.name],
        )  # fmt: skip
    assert made is not None, "with dynamo=True it hands the model back"
    proto = made.model_proto

    def content(final: Contract) -> bytes:
        entry = proto.metadata_props.add()
        entry.key, entry.value = CONTRACT, final.model_dump_json()
        return proto.SerializeToString()

    return content, _session(proto.SerializeToString())[1]


def _read_onnx(path: Path) -> tuple[str, Run]:
    return _session(path.read_bytes())


def _session(content: bytes) -> tuple[str, Run]:
    runtime = _require("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = torch.get_num_threads()
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(tensors: dict[str, Tensor]) -> Tensor:
        [image] = session.run(None, {name: tensor.numpy() for name, tensor in tensors.items()})
        return torch.from_numpy(image)

    return session.get_modelmeta().custom_metadata_map.get(CONTRACT, ""), run


def _require(package: str) -> Any:
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError as error:
        raise ZooError(f"ONNX needs the package {package}", where="zoo export", fix="pip install 'posezoo[export]'") from error
