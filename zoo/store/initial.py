"""Training that starts from the weights of another: part by part, each taken whole or left as it was."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.store.tensors import mismatches, read_tensors


@dataclass(frozen=True)
class Start:
    """What a training began with: the file, the parts that took it over, and why the others could not."""

    sha256: str
    taken: list[str]
    left: dict[str, str]  # part -> how its tensors differ

    def __str__(self) -> str:
        left = "".join(f"; left {part}: {why}" for part, why in self.left.items())
        return f"started from weights {self.sha256[:12]}: took {', '.join(self.taken)}{left}"


def start_from(model: nn.Module, path: Path) -> Start:
    """Fill the parts of `model` whose tensors `path` holds by the same names and shapes.

    ZooError when no part fits: a file of another architecture would otherwise pass for one that was used.
    """
    tensors, metadata = read_tensors(path)
    taken, left = [], {}
    for name, part in model.named_children():
        expected, prefix = part.state_dict(), f"{name}."
        found = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        if why := mismatches(expected, found):
            left[name] = why
        elif expected:
            part.load_state_dict(found)
            taken.append(name)
    if not taken:
        raise ZooError(
            f"{path.name} fits no part of the model: {'; '.join(f'{part}: {why}' for part, why in left.items())}",
            where=f"--init-from {path}",
            fix=f"start from weights of the same parts and size; these are of recipe {metadata.get('recipe', '?')}",
        )
    return Start(file_sha256(path), taken, left)
