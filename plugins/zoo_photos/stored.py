"""The weights of the nets of photographs."""

from pathlib import Path
from typing import Annotated

from zoo.hookspecs import Option
from zoo_base.stored import Stored

STORED = Stored("photos", Path(__file__).parent / "weights", "benchmarks/train_photo_nets.py")
restore = STORED.restore
Weights = Annotated[bool, Option("load the shipped weights; off leaves the net untrained, for its own training", "ours")]
