"""Gradients averaged over the processes while the backward pass still runs."""

from collections.abc import Iterable, Iterator
from types import TracebackType

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.hooks import RemovableHandle

from zoo.ops.batch import talking

BUCKET = 2**22  # numbers: 16 MB of fp32


class Bucket:
    """Some parameters whose gradients travel together, followed by a flag each: whether there is a gradient at all."""

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        self.parameters = parameters
        self.missing = len(parameters)
        self.flat = parameters[0].new_empty(0)
        self.work: dist.Work | None = None

    def send(self) -> None:
        """Start the sum over all processes."""
        there = self.flat.new_tensor([p.grad is not None for p in self.parameters])
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.parameters]
        self.flat = torch.cat([*(g.flatten() for g in gradients), there])
        with talking():
            self.work = dist.all_reduce(self.flat, async_op=True)

    def receive(self) -> None:
        """Wait for the sum, and hand out the means. A parameter that no process has a gradient of keeps None."""
        assert self.work is not None, "sent before"
        with talking():
            self.work.wait()
        *sums, there = self.flat.split([*(p.numel() for p in self.parameters), len(self.parameters)])
        for parameter, mean, reached in zip(self.parameters, sums, there.tolist(), strict=True):
            if reached:
                parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                parameter.grad.copy_((mean / dist.get_world_size()).view_as(parameter))
        self.missing, self.work, self.flat = len(self.parameters), None, self.flat.new_empty(0)


class Averaging:
    """A context round a backward pass; at its end the gradients of `parameters` are means over the processes.

    A bucket is sent as soon as its last gradient has come and all before it are sent: in one order everywhere, whatever order
    gradients come in. Buckets follow the parameters backwards, as a backward pass does.

    DistributedDataParallel does the same sums, but it hooks the forward of one module, built once. A step here has several
    (the model's, and those of each critic, which share parts of an outcome), a phase freezes and thaws parts, and what a model
    gives that no loss of the phase reads would count as gradients still to come. On two CPU processes both take the same time.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        self.buckets = list(_buckets(list(parameters)[::-1]))
        self.sent = 0
        self.hooks: list[RemovableHandle] = []

    def __enter__(self) -> None:
        self.sent = 0
        self.hooks = [
            parameter.register_post_accumulate_grad_hook(lambda _, bucket=bucket: self._arrived(bucket))
            for bucket in self.buckets
            for parameter in bucket.parameters
        ]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for hook in self.hooks:
            hook.remove()
        if error is not None:
            return
        while self.sent < len(self.buckets):  # what the backward pass did not reach
            self._send()
        for bucket in self.buckets:
            bucket.receive()

    def _arrived(self, bucket: Bucket) -> None:
        bucket.missing -= 1
        while self.sent < len(self.buckets) and self.buckets[self.sent].missing == 0:
            self._send()

    def _send(self) -> None:
        self.buckets[self.sent].send()
        self.sent += 1


def _buckets(parameters: list[nn.Parameter]) -> Iterator[Bucket]:
    """Consecutive parameters of one type, some 16 MB at a time."""
    held: list[nn.Parameter] = []
    for parameter in parameters:
        if held and (held[0].dtype != parameter.dtype or sum(p.numel() for p in held) >= BUCKET):
            yield Bucket(held)
            held = []
        held.append(parameter)
    if held:
        yield Bucket(held)
