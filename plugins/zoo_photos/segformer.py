"""SegFormer (Xie et al., NeurIPS 2021): a published parser of people and clothes."""

from torch import Tensor
from torch.nn import functional as F

from zoo.interfaces import Context
from zoo_photos.framed import FramedParser
from zoo_photos.pretrained import normalised, pretrained


class SegFormer(FramedParser):
    """ATR's regions by SegFormer-B2, looking at 512 rows and columns; it asks for no joints.

    Its weights are not ours: `zoo prefetch segformer-clothes`, and transformers builds it.
    """

    vocabulary = "atr18"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.net = pretrained("segformer-clothes", "SegformerForSemanticSegmentation")

    def forward(self, image: Tensor, joints: Tensor, visible: Tensor) -> Tensor:
        view = F.interpolate(image, (self.rows, self.rows), mode="bilinear", antialias=True)
        logits: Tensor = self.net(normalised(view)).logits
        return F.interpolate(logits, image.shape[-2:], mode="bilinear")
