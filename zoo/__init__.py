"""A model zoo for pose-guided person image generation.

    model = zoo.load("spgnet", track="figures-64")
    out = model.transfer(zoo.person("me.jpg"), zoo.person("other.jpg"))
    out.save("out.png")

Importing it imports no torch: what stands here is fetched from `zoo.api` when it is first asked for.
"""

import builtins
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zoo.api import PUBLIC
from zoo.errors import ZooError

if TYPE_CHECKING:
    from zoo.api.annotating import Annotations, annotate
    from zoo.api.boards import Leaderboard, Versus, compare, leaderboard, records
    from zoo.api.data import check_data, list_pairs, prepare_data
    from zoo.api.describing import describe as show
    from zoo.api.extending import check_plugin, new_plugin
    from zoo.api.grids import PlannedBench, bench
    from zoo.api.hub import pull, push
    from zoo.api.influence import effects
    from zoo.api.loading import load
    from zoo.api.networks import prefetch
    from zoo.api.painting import Painting
    from zoo.api.parts import list_parts as list
    from zoo.api.parts import list_plugins as plugins
    from zoo.api.people import person
    from zoo.api.pictures import score
    from zoo.api.pipeline import Pipeline
    from zoo.api.runs import run, train
    from zoo.api.scores import Scores
    from zoo.api.submitting import Verified, submit, verify
    from zoo.api.timing import PlannedSpeed, speed
    from zoo.photos.subject import Subject
    from zoo.running.scoring import Result
    from zoo.running.training import Training

__version__ = "0.1.0"
__all__ = [
    "Annotations",
    "Leaderboard",
    "Painting",
    "Pipeline",
    "PlannedBench",
    "PlannedSpeed",
    "Result",
    "Scores",
    "Subject",
    "Training",
    "Verified",
    "Versus",
    "ZooError",
    "annotate",
    "bench",
    "check_data",
    "check_plugin",
    "compare",
    "effects",
    "leaderboard",
    "list",
    "list_pairs",
    "load",
    "new_plugin",
    "person",
    "plugins",
    "prefetch",
    "prepare_data",
    "pull",
    "push",
    "records",
    "run",
    "score",
    "show",
    "speed",
    "submit",
    "train",
    "verify",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    module, _, attribute = PUBLIC[name].partition(":")
    found = getattr(import_module(module), attribute)
    globals()[name] = found
    return found


def __dir__() -> "builtins.list[str]":
    return sorted({*globals(), *PUBLIC})
