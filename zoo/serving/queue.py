"""What waits for the one who works, in batches; full it refuses, and nothing that it took goes unanswered."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from zoo.errors import ZooError

J = TypeVar("J")
A = TypeVar("A")


class QueueFullError(ZooError):
    """There is no room: come back later."""


class TooLateError(ZooError):
    """The time limit passed before there was an answer."""


@dataclass
class _Waiting(Generic[J, A]):
    job: J
    answer: "asyncio.Future[A]"


class BatchQueue(Generic[J, A]):
    """`work` answers up to `batch` jobs at once, in a thread of its own; up to `room` wait meanwhile.

    An answer that is an exception is raised where the job was handed in.
    """

    def __init__(self, work: Callable[[Sequence[J]], Sequence[A | Exception]], batch: int, room: int) -> None:
        self.work, self.batch, self.room = work, batch, room
        self._waiting: deque[_Waiting[J, A]] = deque()
        self._something = asyncio.Event()
        self._closing = False
        self._thread = ThreadPoolExecutor(1, "zoo-serve")
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many jobs nobody works on yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to work, inside a running event loop."""
        self._task = asyncio.create_task(self._run())

    async def ask(self, job: J, seconds: float) -> A:
        """The answer to a job; QueueFullError where there is no room, TooLateError where it takes longer than `seconds`."""
        if self._closing or len(self._waiting) >= self.room:
            what = "the service is stopping" if self._closing else f"{self.room} requests are waiting already"
            raise QueueFullError(what, where="the queue", fix="come back later")
        waiting = _Waiting[J, A](job, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._something.set()
        try:
            return await asyncio.wait_for(waiting.answer, seconds)
        except TimeoutError as error:
            raise TooLateError(
                f"no answer within {seconds:g} s", where="the queue", fix="come back when it is quieter"
            ) from error

    async def close(self) -> None:
        """Take nothing more, answer what waits, and end."""
        self._closing = True
        self._something.set()
        if self._task:
            await self._task
        self._thread.shutdown()

    async def _run(self) -> None:
        while not (self._closing and not self._waiting):
            await self._something.wait()
            batch = self._next()
            if batch:
                await self._answer(batch)

    def _next(self) -> list[_Waiting[J, A]]:
        """The next batch, without those who have given up."""
        batch: list[_Waiting[J, A]] = []
        while self._waiting and len(batch) < self.batch:
            one = self._waiting.popleft()
            if not one.answer.done():
                batch.append(one)
        if not self._waiting and not self._closing:
            self._something.clear()
        return batch

    async def _answer(self, batch: list[_Waiting[J, A]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._thread, self.work, [one.job for one in batch])
        except Exception as error:  # whatever it was, everybody is told
            answers = [error] * len(batch)
        for one, answer in zip(batch, answers, strict=True):
            if one.answer.done():
                continue
            if isinstance(answer, Exception):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)
