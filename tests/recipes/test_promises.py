"""In a run a part that breaks its promise is named, with what it promised and what it gave."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support import make_pair
from tests.training import parts
from zoo.errors import ZooError
from zoo.interfaces import Context, ParsingTransform
from zoo.model import Model
from zoo.regions import vocabulary
from zoo.types import Fields, Outcome, Person, Style

SIZE = (8, 8)
NAMES = {"pose": "t.pose", "style": "t.style", "parsing": "t.parsing", "merge": "t.merge", "generator": "t.paint"}


class Logits(ParsingTransform):
    def forward(self, source: Person, target: Person) -> Tensor:
        return torch.zeros(len(source), 8, *source.size)


def model(parsing: bool = True) -> Model:
    context = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=1)
    style = parts.Encoder(context)
    context = replace(context, spec=style.spec)
    return Model(
        pose=parts.Pose(context), style=style, parsing=Logits() if parsing else None, merge=parts.Merge(context),
        generator=parts.Painter(context), table=tuple(range(8)), regions=8, names=NAMES,
    ).eval()  # fmt: skip


def spoilt(part: str, change: Callable[[Any], Any]) -> Model:
    """A model one of whose parts hands on something else than it would."""
    made = model()
    inner = getattr(made, part)
    if part == "pose":
        draw = inner.draw
        inner.draw = lambda person, size: change(draw(person, size))
    else:
        inner.register_forward_hook(lambda module, inputs, result: change(result))
    return made


def cut(style: Style) -> Style:
    return style.but(pyramid=(style.pyramid[0][..., 1:],))


def raise_a_key_error(_: Any) -> Any:
    raise KeyError("colour")


BROKEN: list[tuple[str, Callable[[Any], Any], str, str]] = [
    ("pose", lambda maps: maps.repeat(1, 2, 1, 1), "pose maps (2, 1, 8, 8)", "the shape (2, 2, 8, 8)"),
    ("style", cut, "level 0 by its spec (2, 4, 8, 8)", "the shape (2, 4, 8, 7)"),
    ("style", lambda s: s.but(codes=s.codes[:, 1:]), "codes by its spec (2, 8, 4)", "the shape (2, 7, 4)"),
    ("style", lambda s: s.pyramid, "a zoo.types.Style", "a tuple"),
    ("parsing", lambda logits: logits[:, 1:], "parsing logits (2, 8, 8, 8)", "the shape (2, 7, 8, 8)"),
    ("parsing", lambda logits: logits.long(), "of real numbers", "torch.int64"),
    ("merge", cut, "level 0 by its spec", "the shape (2, 4, 8, 7)"),
    ("merge", lambda m: m.but(pyramid=m.pyramid * 2), "1 levels by its spec", "2"),
    ("merge", lambda m: m.but(fields=Fields(flow=(torch.zeros(2, 2, 8, 8),))), "a flow (2, any, 2, any, any)", "(2, 2, 8, 8)"),
    ("generator", lambda image: image[:, :1], "an image (2, 3, 8, 8)", "the shape (2, 1, 8, 8)"),
    ("generator", lambda image: "paint", "an image (2, 3, 8, 8)", "a str"),
    ("generator", lambda image: image / image.abs().amax() * 1.01, "an image in [-1, 1]", "values up to 1.01"),
    ("generator", lambda image: image / 0, "an image of finite numbers", "nan or infinity"),
]


@pytest.mark.parametrize(("part", "change", "promised", "found"), BROKEN)
def test_a_broken_promise_names_part_promise_and_found(part: str, change: Any, promised: str, found: str) -> None:
    with torch.inference_mode(), pytest.raises(ZooError) as error:
        spoilt(part, change)(make_pair(SIZE))
    assert error.value.what.startswith(f"{part} {NAMES[part]} promises ") and promised in error.value.what
    assert found in error.value.what.split("but gives")[1] and "zoo plugin check t" in error.value.fix


@pytest.mark.parametrize("part", NAMES)
def test_a_failure_inside_a_part_names_it(part: str) -> None:
    with pytest.raises(ZooError, match=rf"{part} {NAMES[part]} failed: KeyError: 'colour'") as error:
        spoilt(part, raise_a_key_error)(make_pair(SIZE))
    assert isinstance(error.value.__cause__, KeyError)


def test_values_are_not_read_while_training() -> None:
    """That would wait for the device at every step; what is not finite shows in the losses."""
    assert spoilt("generator", lambda image: 3 + image)(make_pair(SIZE)).image is not None


def test_a_kept_promise_changes_nothing() -> None:
    plain, pair = model(), make_pair(SIZE)
    unnamed = Model(
        pose=plain.pose, style=plain.style, parsing=plain.parsing, merge=plain.merge, generator=plain.generator,
        table=plain.table, regions=8,
    ).eval()  # fmt: skip
    assert torch.equal(plain(pair).image, unnamed(pair).image) and unnamed.label("merge") == "merge Merge"


class Vector(parts.Rec):
    def forward(self, outcome: Outcome) -> Tensor:
        return super().forward(outcome).expand(3)


class Wordy(parts.Rec):
    def critic(self, outcome: Outcome) -> Any:
        return "none"


@pytest.mark.parametrize(("loss", "found"), [(Vector, "the shape (3,)"), (Wordy, "a str")])
def test_a_loss_that_is_no_number_is_named(loss: type, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "Rec", loss)
    with pytest.raises(ZooError, match=r"loss tiny\.rec promises a scalar, but gives") as error:
        parts.tiny_train(parts.tiny_recipe(), tmp_path)
    assert found in error.value.what


def test_an_exported_model_holds_no_checks() -> None:
    class Painting(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.pair = model(parsing=False), make_pair(SIZE)

        def forward(self, image: Tensor) -> Tensor:
            painted = self.model(self.pair.but(source=self.pair.source.but(image=image))).image
            assert painted is not None
            return painted

    image, painting = torch.rand(2, 3, *SIZE), Painting().eval()
    with torch.no_grad():
        exported = torch.export.export(painting, (image,), strict=False)
        torch.testing.assert_close(exported.module()(image), painting(image))
    assert "isfinite" not in exported.graph_module.code
