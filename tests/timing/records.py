"""Measurements that nobody made."""

from typing import Any

from zoo.results.hardware import Hardware
from zoo.results.speed import SpeedRecord, Spread


def make_speed(name: str = "mine", seconds: float = 0.5, **changes: Any) -> SpeedRecord:
    """A measurement of a recipe's forward pass."""
    content: dict[str, Any] = {
        "what": "forward", "subject": {"name": name, "digest": "a" * 64}, "track": "t", "size": (64, 64), "batch": 2,
        "precision": "no", "compiled": False, "seconds": Spread.of([seconds, 0.9 * seconds, 1.2 * seconds]),
        "processor": Spread.of([2 * seconds]), "first": 3.0, "peak": 5_000_000, "parameters": 1000, "macs": 10_000_000,
        "parts": {"merge": {"component": "a.merge", "parameters": 1000, "macs": 10_000_000, "seconds": 0.25}},
        "limits": {"convolution": 1e8, "product": 2e8}, "threads": 2, "others": 0.5, "hardware": Hardware(cpu="c", cores=2),
        "code": "b" * 64, "commit": "0123456", "versions": {"torch": "2"}, "created": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    return SpeedRecord.of({**content, **changes})
