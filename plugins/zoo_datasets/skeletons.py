"""The joints of many photos."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import torch

from zoo.photos.sightings import Skeleton
from zoo.skeleton import JOINTS


class Skeletons(Mapping[int, Skeleton]):
    """Joints (18,2) and which are visible (18) by the photo's index, in the order they came; the last of one photo counts.

    All lie in two tensors: as tensors of their own those of 52,712 photos would weigh 150 MB instead of 9.
    """

    def __init__(self, skeletons: Iterable[tuple[int, Skeleton]]) -> None:
        joints, visible, self.rows = bytearray(), bytearray(), dict[int, int]()
        for row, (i, (points, seen)) in enumerate(skeletons):
            joints += points.float().numpy().tobytes()
            visible += seen.numpy().tobytes()
            self.rows[i] = row
        self.joints = torch.from_numpy(np.frombuffer(joints, np.float32).reshape(-1, JOINTS, 2))
        self.visible = torch.from_numpy(np.frombuffer(visible, np.bool_).reshape(-1, JOINTS))

    def __getitem__(self, i: int) -> Skeleton:
        row = self.rows[i]
        return self.joints[row], self.visible[row]

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
