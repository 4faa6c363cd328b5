"""Modules that treat a batch as one although several processes hold a share of it each."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from zoo.errors import ZooError
from zoo.interfaces import Frozen
from zoo.ops import batch
from zoo.ops.normalise import Normalise


class WholeBatchNorm(batch.WholeBatch, _BatchNorm):
    """Batch normalisation by the statistics of all processes' samples."""

    def _check_input_dim(self, input: Tensor) -> None:
        return

    def forward(self, input: Tensor) -> Tensor:
        """(B,C,...) -> the same shape."""
        if not self.training:
            return super().forward(input)
        assert self.momentum is not None, "share_batches refuses it"
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        n = Normalise.apply(input, self.running_mean, self.running_var, self.momentum, self.eps)
        if not self.affine:
            return n
        aside = [-1, *[1] * (input.dim() - 2)]
        return torch.addcmul(self.bias.view(aside), n, self.weight.view(aside)).to(input.dtype)


class _WholeDropout(batch.WholeBatch, _DropoutNd):
    """Drops what one process would drop of this part of the batch."""

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return input
        kept = super().forward(batch.repeated(torch.ones_like(input)))  # of the class it is mixed with
        return input * batch.mine(kept)


def _dropout(kind: type[nn.Module]) -> type[nn.Module]:
    return type(f"Whole{kind.__name__}", (_WholeDropout, kind), {})


WHOLE: dict[type[nn.Module], type[nn.Module]] = {
    **dict.fromkeys((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d), WholeBatchNorm),
    **{kind: _dropout(kind) for kind in (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)},
}


def share_batches(module: nn.Module) -> None:
    """Make batch norms and dropouts inside `module` mind the whole batch; ZooError for one that is not known how.

    Frozen nets neither draw nor look at a batch as one. A module changes its class in place: names, state and hooks stay.
    """
    frozen = {inner for net in module.modules() if isinstance(net, Frozen) for inner in net.modules()}
    for name, inner in module.named_modules():
        if inner in frozen or isinstance(inner, batch.WholeBatch):
            continue
        if type(inner) in WHOLE and getattr(inner, "momentum", 0.0) is not None:
            inner.__class__ = WHOLE[type(inner)]
        elif _minds_the_batch(inner):
            raise ZooError(
                f"{type(inner).__name__} cannot be shared by several processes: its result depends on how a batch is split",
                where=name,
                fix="train in one process, or build it from nn.BatchNorm2d (with a momentum), nn.Dropout and zoo.ops.batch",
            )


def _minds_the_batch(module: nn.Module) -> bool:
    attention: Any = getattr(module, "dropout", 0.0) if isinstance(module, nn.MultiheadAttention) else 0.0
    return isinstance(module, _BatchNorm | _DropoutNd | nn.RReLU) or bool(attention)
