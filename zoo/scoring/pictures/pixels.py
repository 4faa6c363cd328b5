"""Errors of pixels: PSNR as it should be and as one script has it, and the mean absolute error."""

from torch import Tensor

from zoo.ops.image import to_uint8


def psnr(output: Tensor, truth: Tensor) -> Tensor:
    """(B,) dB: 10 log10(1 / MSE) of images (B,3,H,W) in [0,1]; infinite where they are equal."""
    return -10 * (output - truth).square().mean((1, 2, 3)).log10()


def psnr_of_wrapped_bytes(output: Tensor, truth: Tensor) -> Tensor:
    """(B,) dB: the same of uint8 arithmetic, in which differences and their squares wrap at 256.

    It tells nothing: pure noise has 28 dB, and an error of 16 levels counts as none.
    """
    difference = to_uint8(output * 2 - 1) - to_uint8(truth * 2 - 1)
    return -10 * ((difference * difference).float().mean((1, 2, 3)) / 255**2).log10()


def l1(output: Tensor, truth: Tensor) -> Tensor:
    """(B,) mean |output - truth| of images in [0,1], on the scale of [-1,1]."""
    return 2 * (output - truth).abs().mean((1, 2, 3))
