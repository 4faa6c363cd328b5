"""A model zoo for pose-guided person image generation.

    model = zoo.load("spgnet", track="figures-64")
    out = model.transfer(zoo.person("me.jpg"), zoo.person("other.jpg"))
    out.save("out.png")

Importing it imports no torch: what stands here is fetched from `zoo.api` when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zoo.api import PUBLIC
from zoo.errors import ZooError

if TYPE_CHECKING:
    from zoo.api.loading import load
    from zoo.api.painting import Painting
    from zoo.api.people import person
    from zoo.api.pipeline import Pipeline
    from zoo.api.runs import run, train
    from zoo.photos.subject import Subject

__version__ = "0.1.0"
__all__ = ["Painting", "Pipeline", "Subject", "ZooError", "load", "person", "run", "train"]


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    found = getattr(import_module(PUBLIC[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
