"""What the Frechet distance asks of a set of features: their mean and covariance, gathered batch by batch."""

import torch
from torch import Tensor

from zoo.errors import ZooError


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
