"""The weights of the nets of photographs."""

from pathlib import Path

from zoo_base.stored import Stored

STORED = Stored("photos", Path(__file__).parent / "weights", "benchmarks/train_photo_nets.py")
restore = STORED.restore
