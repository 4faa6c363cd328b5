"""Edges of photos and of label maps, which are the pose of a face."""

import torch
from kornia.color import rgb_to_grayscale
from kornia.filters import canny
from torch import Tensor


def canny_edges(image: Tensor) -> Tensor:
    """Canny's edges (B,1,H,W), 0 or 1, of an RGB image (B,3,H,W) in [0,1]; sigma 1, thresholds 0.1 and 0.2."""
    edges: Tensor = canny(rgb_to_grayscale(image), low_threshold=0.1, high_threshold=0.2)[1]
    return edges


def label_edges(labels: Tensor) -> Tensor:
    """(B,1,H,W), 1 on both sides of where labels (B,H,W) change from a pixel to the next in its row or column, else 0."""
    edges = torch.zeros(labels.shape, dtype=torch.bool, device=labels.device)
    across, down = labels[:, :, 1:] != labels[:, :, :-1], labels[:, 1:] != labels[:, :-1]
    edges[:, :, 1:] |= across
    edges[:, :, :-1] |= across
    edges[:, 1:] |= down
    edges[:, :-1] |= down
    return edges[:, None].float()
