"""ViTPose (Xu et al., NeurIPS 2022): a published detector that looks at one person at a time."""

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.interfaces import Context, PoseDetector
from zoo.ops.maps import heat_maps
from zoo.skeleton import JOINT_FLIP, JOINT_NAMES, JOINT_ORDERS
from zoo.types import Sighting
from zoo_photos.detector import PhotoDetector
from zoo_photos.frames import box_of
from zoo_photos.peaks import peaks
from zoo_photos.pretrained import normalised, pretrained

MARGIN = 1.5  # sides of the frame, in those of the joints' box: the person's box is some fifth larger, the frame a quarter more
NECK = JOINT_NAMES.index("neck")


class VitPose(PoseDetector):
    """COCO's joints by ViTPose-B, the neck between the shoulders; who is where in a picture is told by `photos.detector`.

    Its weights are not ours: `zoo prefetch vitpose`, and transformers builds it.
    """

    sigma = 2.0

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.net = pretrained("vitpose", "VitPoseForPoseEstimation")
        self.finder = PhotoDetector(context)
        height, width = self.net.config.backbone_config.image_size
        self.size = (int(height), int(width))

    def forward(self, image: Tensor) -> Tensor:
        heat = self._look(F.interpolate(image, self.size, mode="bilinear", antialias=True))
        grid = (heat.shape[-2], heat.shape[-1])
        heat = F.grid_sample(heat, _identity(heat), align_corners=True)  # its first and last cells lie on the image's edges
        joints, sure = as_openpose(*peaks(heat, self.sigma, grid))
        neck = heat_maps(joints[:, NECK, None], sure[:, NECK, None] > 0, grid, self.sigma) * sure[:, NECK, None, None, None]
        singles = [order for order in JOINT_ORDERS[17] if isinstance(order, int)]
        return torch.cat((heat[:, singles[:NECK]], neck, heat[:, singles[NECK:]]), 1)

    @torch.no_grad()
    def people(self, picture: Tensor) -> list[Sighting]:
        """Everybody in a picture (3,H,W) in [-1,1], the largest first."""
        found = self.finder.people(picture)
        if not found:
            return []
        boxes = torch.stack([box_of(one.joints[one.confidence >= one.confidence.median()]) for one in found])
        frames = _in_shape(boxes, self.size[1] / self.size[0])
        joints, sure = as_openpose(*self.close(picture, frames))
        seen = [Sighting(joints=j, confidence=c) for j, c in zip(joints, sure, strict=True)]
        return sorted(seen, key=lambda person: -person.size)

    def close(self, picture: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """COCO's joints (N,17,2) in pixels of the picture and confidence (N,17), of one person a frame (N,4), mirrored too.

        A frame is centre and sides. Its edges are the middles of the first and last pixels and of the first and last cells of
        the heat maps (Huang et al., CVPR 2020), as the net was taught.
        """
        views = torch.cat([F.grid_sample(picture[None], _grid(f, picture, self.size), align_corners=True) for f in frames])
        mirrored = self._look(views.flip(-1)).flip(-1)[:, _FLIP]
        heat = (self._look(views) + mirrored) / 2
        h, w = heat.shape[-2:]
        cells, sure = peaks(heat, self.sigma, (h, w))
        share = cells / cells.new_tensor([w - 1, h - 1]) - 0.5
        return frames[:, None, :2] + share * frames[:, None, 2:], sure

    def _look(self, image: Tensor) -> Tensor:
        heat: Tensor = self.net(normalised(image)).heatmaps
        return heat


def as_openpose(joints: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
    """OpenPose's 18 joints (N,18,2) and confidence (N,18) from COCO's 17; the neck is as sure as the less sure shoulder."""
    ends = torch.tensor([order if isinstance(order, tuple) else (order, order) for order in JOINT_ORDERS[17]])
    return joints[:, ends].mean(2), confidence[:, ends].amin(2)


def _coco_flip() -> list[int]:
    """COCO's joints as a mirror has them."""
    places = {order: ours for ours, order in enumerate(JOINT_ORDERS[17])}
    flipped = [JOINT_ORDERS[17][JOINT_FLIP[places[joint]]] for joint in range(17)]
    return [joint for joint in flipped if isinstance(joint, int)]


_FLIP = _coco_flip()


def _in_shape(boxes: Tensor, ratio: float) -> Tensor:
    """Frames (N,4) of width / height = `ratio` around boxes (N,4), centre and sides, with a margin."""
    width, height = boxes[:, 2], boxes[:, 3]
    height = MARGIN * torch.maximum(height, width / ratio)
    return torch.cat((boxes[:, :2], torch.stack((height * ratio, height), 1)), 1)


def _grid(frame: Tensor, picture: Tensor, size: tuple[int, int]) -> Tensor:
    """(1,h,w,2) where the pixels of a view of `size` lie in the picture, as grid_sample counts with aligned corners."""
    limits = frame.new_tensor([picture.shape[-1] - 1, picture.shape[-2] - 1])
    place = torch.zeros(1, 2, 3, device=frame.device)
    place[0, 0, 0], place[0, 1, 1] = frame[2:] / limits
    place[0, :, 2] = 2 * frame[:2] / limits - 1
    return F.affine_grid(place, [1, 3, *size], align_corners=True)


def _identity(maps: Tensor) -> Tensor:
    """(B,h,w,2) the middles of evenly spread cells, as grid_sample counts."""
    same = torch.eye(2, 3, device=maps.device).expand(len(maps), 2, 3)
    return F.affine_grid(same, list(maps.shape), align_corners=False)
