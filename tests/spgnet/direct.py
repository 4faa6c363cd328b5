"""SEAN as the paper writes it: a style map of the code width is painted, then convolved. The reference of the folded form."""

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.ops.regions import region_paint, resize_parsing
from zoo_spgnet.layout import Layout
from zoo_spgnet.sean import SEAN


def direct_modulation(layer: SEAN, x: Tensor, layout: Layout) -> Tensor:
    """1 + gamma and beta (B,2C,h,w) of eq. 7, each branch convolved on its own."""
    mask = resize_parsing(layout.parsing, (x.shape[2], x.shape[3]))
    style_map = region_paint(layer.styles(layout.codes), mask)
    semantic = layer.modulate(layer.semantic(mask).relu())
    style = layer.paste(style_map)
    theta = layer.theta.sigmoid().repeat_interleave(x.shape[1])[:, None, None]
    gamma, beta = (theta * semantic + (1 - theta) * style).chunk(2, 1)
    return torch.cat([1 + gamma, beta], 1)


def direct(layer: SEAN, x: Tensor, layout: Layout) -> Tensor:
    """SEAN(x): n (1 + gamma) + beta."""
    gamma, beta = direct_modulation(layer, x, layout).chunk(2, 1)
    n = F.batch_norm(x, layer.norm.running_mean, layer.norm.running_var, training=layer.training, momentum=0.0)
    return n * gamma + beta
