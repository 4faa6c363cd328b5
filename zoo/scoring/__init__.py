"""Protocols (data), the measures they name, and `score`, which runs a model through one."""

from typing import TYPE_CHECKING, Any

from zoo.scoring.protocols import PROTOCOLS, Metric, Protocol, protocol

if TYPE_CHECKING:
    from zoo.scoring.samples import Sample
    from zoo.scoring.scorer import Scored, score

__all__ = ["PROTOCOLS", "Metric", "Protocol", "Sample", "Scored", "protocol", "score"]


def __getattr__(name: str) -> Any:
    # these import torch, which the leaderboard and the command line's help do without
    if name in ("Sample", "Scored", "score"):
        from zoo.scoring import scorer

        return getattr(scorer, name)
    raise AttributeError(name)
