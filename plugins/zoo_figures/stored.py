"""The weights of Figures' nets."""

from pathlib import Path

from zoo_base.stored import Stored

STORED = Stored("figures", Path(__file__).parent / "weights", "benchmarks/train_figures_nets.py")
restore = STORED.restore
