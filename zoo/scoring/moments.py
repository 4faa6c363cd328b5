"""What the Frechet distance asks of a set of features: their mean and covariance, gathered batch by batch."""

import torch
from torch import Tensor

from zoo.errors import ZooError

_AT_ONCE = 1024  # rows


class Moments:
    """Mean (F,) and covariance (F,F) of rows that come in batches, in float64 on their own device.

    F^2 numbers are kept, however many rows come: 33 MB for Inception's 2,048 features. Batches are joined as Chan, Golub and
    LeVeque (1979) do, about the mean, so that nothing is lost where it is large and the spread small.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = torch.zeros(())
        self._scatter = torch.zeros(())  # sum of (x - mean)(x - mean)'

    def add(self, features: Tensor) -> None:
        """Take in rows (N,F)."""
        if not len(features):
            return
        rows = features.detach().double()
        count, mean = len(rows), rows.mean(0)
        centred, apart = rows - mean, mean - self.mean.to(rows)
        before, self.count = self.count, self.count + count
        self.mean = self.mean.to(rows) + apart * (count / self.count)
        self._scatter = (
            self._scatter.to(rows) + centred.mT @ centred + torch.outer(apart, apart) * (before * count / self.count)
        )

    def covariance(self) -> Tensor:
        """(F,F), divided by N - 1; ZooError for fewer than two rows."""
        if self.count < 2:
            raise ZooError(f"{self.count} images have no covariance", where="the Frechet distance", fix="score two at least")
        return self._scatter / (self.count - 1)


class FullBatches:
    """Moments of rows that come bit by bit, those of the last batch left out unless it is full or the only one.

    What scripts see whose loader drops the last batch; of all rows where `batch` is None. Rows are taken in by the thousand: a
    covariance is a matrix of millions, and touching it costs as much for one row as for these.
    """

    def __init__(self, batch: int | None) -> None:
        self.batch = batch or 1
        self.moments = Moments()
        self._waiting: list[Tensor] = []

    def add(self, features: Tensor) -> None:
        """Take in rows (N,F)."""
        self._waiting.append(features)
        if sum(map(len, self._waiting)) >= max(_AT_ONCE, self.batch):
            self._take()

    def result(self) -> Moments:
        """Of all that has come."""
        if self._waiting:
            self._take()
        if self.moments.count == 0 and self._waiting:
            self.moments.add(self._waiting.pop())
        return self.moments

    def _take(self) -> None:
        rows = torch.cat(self._waiting)
        full = len(rows) - len(rows) % self.batch
        self.moments.add(rows[:full])
        self._waiting = [rows[full:]]
