"""What a part hands on, held against what it promised: a ZooError names the part, the promise and what was found.

Shapes and types cost nothing and are looked at in every step. Values are read where nobody trains: a device need not be waited
for. Nothing is looked at while torch compiles or exports.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

from zoo.errors import ZooError, told
from zoo.types import FeatureSpec, Fields, Lesson, Merged, Pair, Style

T = TypeVar("T")
SLACK = 1e-3  # by which an image may leave [-1,1]: half precision rounds


def kept(part: str, work: Callable[[], T], *promises: Callable[[str, T], object]) -> T:
    """What `work` of `part` ("merge mine.joints") hands on, if it keeps all `promises`; a failure inside it names the part."""
    if torch.compiler.is_compiling():
        return work()
    try:
        result = work()
    except ZooError:
        raise
    except Exception as error:
        fix = "the same command with --debug shows where; its author must mend it"
        raise ZooError(f"{part} failed: {told(error)}", where=part, fix=fix) from error
    for promise in promises:
        promise(part, result)
    return result


def shaped(what: str, *shape: int | None) -> Callable[[str, Any], None]:
    """The promise of a floating-point tensor of this shape; None stands for any length."""

    def check(part: str, value: Any) -> None:
        wanted = " ".join([what, *([f"({', '.join('any' if n is None else str(n) for n in shape)})"] if shape else [])])
        if not isinstance(value, Tensor):
            raise broken(part, wanted, f"a {type(value).__name__}")
        if len(value.shape) != len(shape) or any(n not in (None, m) for n, m in zip(shape, value.shape, strict=True)):
            raise broken(part, wanted, f"the shape {tuple(value.shape)}")
        if not value.is_floating_point():
            raise broken(part, f"{wanted} of real numbers", f"{value.dtype}")

    return check


def a_term(part: str, value: Any) -> None:
    """The promise of a loss: one number."""
    shaped("a scalar")(part, value)


def a_critics_term(part: str, value: Any) -> None:
    """The promise of a critic: one number, or None when it has nothing to learn."""
    if value is not None:
        a_term(part, value)


def photos(count: int, fewest: int | None = None) -> Callable[[str, Pair], None]:
    """The promise of a pairing: `count` photos of each person as the source, or from `fewest` on."""
    least = count if fewest is None else fewest

    def check(part: str, pair: Pair) -> None:
        if not least <= (found := 1 + len(pair.others)) <= count:
            raise broken(part, f"{count if least == count else f'{least} to {count}'} photos of each person", str(found))

    return check


def an_image(batch: int, size: tuple[int, int]) -> Callable[[str, Any], None]:
    """The promise of a generator: (B,3,H,W) in [-1,1]."""

    def check(part: str, image: Any) -> None:
        shaped("an image", batch, 3, *size)(part, image)
        if not torch.is_grad_enabled():
            finite("an image", part, image)
            most = float(image.detach().abs().amax())
            if most > 1 + SLACK:
                raise broken(part, "an image in [-1, 1]", f"values up to {most:.3g}")

    return check


def a_lesson(batch: int, size: tuple[int, int]) -> Callable[[str, Any], None]:
    """The promise of a generator's lesson: times, the image it expects, the way it goes and the way it should."""

    def check(part: str, lesson: Any) -> None:
        if not isinstance(lesson, Lesson):
            raise broken(part, "a zoo.types.Lesson", f"a {type(lesson).__name__}")
        shaped("times", batch)(part, lesson.time)
        shaped("an image", batch, 3, *size)(part, lesson.image)
        shaped("a velocity", batch, None, None, None)(part, lesson.velocity)
        shaped("an aim like the velocity", *lesson.velocity.shape)(part, lesson.aim)

    return check


def a_style(spec: FeatureSpec, batch: int, size: tuple[int, int]) -> Callable[[str, Any], None]:
    """The promise of a style encoder: the pyramid and the codes of its spec."""
    return lambda part, style: _total(part, style, Style, spec, batch, size)


def a_merge(spec: FeatureSpec, batch: int, size: tuple[int, int]) -> Callable[[str, Any], None]:
    """The promise of a merging operator: the pyramid and the codes of its spec, and fields as `Fields` has them."""

    def check(part: str, merged: Any) -> None:
        _total(part, merged, Merged, spec, batch, size)
        _fields(part, merged.fields, batch)

    return check


def finite(what: str, part: str, value: Tensor) -> None:
    """ZooError for a number that is none; reads the values."""
    if not bool(torch.isfinite(value).all()):
        raise broken(part, f"{what} of finite numbers", "nan or infinity")


def broken(part: str, promised: str, found: str) -> ZooError:
    """The error of a part that does not hand on what its kind, or its own spec, promises."""
    plugin = part.split()[-1].split(".")[0]
    fix = f"zoo plugin check {plugin} tries all its promises; zoo.interfaces states them"
    return ZooError(f"{part} promises {promised}, but gives {found}", where=part, fix=fix)


def _total(part: str, value: Any, kind: type[Style | Merged], spec: FeatureSpec, batch: int, size: tuple[int, int]) -> None:
    if not isinstance(value, kind):
        raise broken(part, f"a zoo.types.{kind.__name__}", f"a {type(value).__name__}")
    pyramid: Sequence[Tensor] = value.pyramid
    if len(pyramid) != len(spec.strides):
        raise broken(part, f"{len(spec.strides)} levels by its spec", str(len(pyramid)))
    for level, (features, channels, stride) in enumerate(zip(pyramid, spec.channels, spec.strides, strict=True)):
        shaped(f"level {level} by its spec", batch, channels, size[0] // stride, size[1] // stride)(part, features)
    shaped("codes by its spec", batch, spec.regions, spec.code_width)(part, value.codes)


def _fields(part: str, fields: Any, batch: int) -> None:
    if not isinstance(fields, Fields):
        raise broken(part, "zoo.types.Fields", f"a {type(fields).__name__}")
    parts = len(fields.parts) or None
    for flow in fields.flow:
        shaped("a flow", batch, parts, 2, None, None)(part, flow)
    for visibility in fields.visibility:
        shaped("a visibility", batch, parts, 1, None, None)(part, visibility)
