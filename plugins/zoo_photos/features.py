"""The feature net of photographs, for perceptual and style losses."""

from zoo.interfaces import Context
from zoo_base.vgg import VGGLayout
from zoo_photos.stored import Weights, restore

WIDTHS = (16, 32, 64, 128, 128)


class PhotoFeatures(VGGLayout):
    """VGG-19's layout at a quarter of its widths; it learned from an ImageNet net, regions and reconstructions."""

    def __init__(self, context: Context, *, weights: Weights = True) -> None:
        super().__init__(WIDTHS, mean=(0.56, 0.54, 0.52), std=(0.28, 0.28, 0.28))
        if weights:
            restore(self, "features")
