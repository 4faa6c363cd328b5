"""Painting in several steps: a straight way from noise to the image or its latent, walked by any generator (flow matching)."""

from dataclasses import replace
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator, Inner, Loss, SteppedGenerator
from zoo.ops.batch import rand, randn
from zoo.types import Lesson, Merged, Outcome, Person
from zoo_base.canvas import Canvas, Images, Latents, laid, laid_channels

NEAREST = 0.05  # 1 - t at least: close to the image a velocity would be a small difference divided by nothing


class FlowMatching(SteppedGenerator):
    """`inner` sees a noisy image beside the merged style and paints the image that it expects behind the noise.

    x_t = (1 - t) noise + t image, and the way leads along v = (image - x_t) / (1 - t): what is learned is the image, what is
    walked is the velocity (Li & He 2025, "Back to basics"; Lipman et al. 2023; Liu et al. 2023). `steps` equal Euler steps;
    the last ends at what `inner` expects, so that an image stays in [-1,1]. The finest merged level carries x_t cell by cell
    (`pixel_unshuffle`), the target's pose and the time along. With `guidance` g the image expected is u + g (c - u), with the
    style (c) and without it (u), which training leaves out of a share `drop` of the samples (Ho & Salimans 2022).

    With `latent` the way leads among the latents of the track's codec (Rombach et al. 2022): `inner` paints a smaller image,
    which a 1x1 convolution reads as a latent; losses see what the frozen codec decodes of it, and the velocity among latents.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[Generator],
        *,
        steps: Annotated[int, Option("Euler steps from noise to image", "ours")] = 6,
        guidance: Annotated[float, Option("how far from the image expected without the style; 1: none", "ours")] = 1.0,
        latent: Annotated[bool, Option("walk among the latents of the track's codec instead of images", "ours")] = False,
        drop: Annotated[float, Option("share of the samples taught without the style; 0 forbids guidance", "ours")] = 0.1,
    ) -> None:
        super().__init__()
        _check(steps, guidance, drop)
        spec = context.upstream
        if spec.groups > 1:
            raise ZooError(
                "base.flow_matching lays the noisy image beside the style, which a style kept apart by regions has no room for",
                where="generator.wear",
                fix="a merging operator that joins the regions, e.g. --set merge=base.concat",
                exit_code=2,
            )
        self.stride = spec.strides[0]
        self.canvas: Canvas = Latents(context) if latent else Images()
        more = laid_channels(self.stride, self.canvas) + context.pose_channels + 1
        channels = (spec.channels[0] + more, *spec.channels[1:])
        self.inner = inner(self.canvas.inside(context, replace(spec, channels=channels)))
        self.steps, self.guidance, self.drop = steps, guidance, drop

    def forward(self, merged: Merged, target: Person) -> Tensor:
        x = self._begun(merged)
        for step in range(self.steps):
            time = x.new_full((len(x),), step / self.steps)
            end = self._guided(merged, target, x, time)
            x = x + (end - x) / (self.steps - step)  # = x + v / steps
        return self.canvas.decode(x)

    def lesson(self, merged: Merged, target: Person, truth: Tensor) -> Lesson:
        noise, end = self._begun(merged), self.canvas.encode(truth)
        time = torch.sigmoid(randn(len(noise), like=noise))  # logit-normal: most in the middle of the way
        x = torch.lerp(noise, end, _column(time))
        without = rand(len(noise), like=noise) < self.drop
        expected = self._expected(_without_style(merged, without), target, x, time)
        left = _column(1 - time).clamp_min(NEAREST)
        return Lesson(
            time=time, image=self.canvas.decode(expected), velocity=(expected - x) / left, aim=((end - x) / left).detach()
        )

    def _begun(self, merged: Merged) -> Tensor:
        """Noise (B,C,h,w) on the canvas: cells of the image's noise, which is N(0,1) in whatever order."""
        return F.pixel_unshuffle(_noise(merged), self.canvas.stride)[:, : self.canvas.channels]

    def _guided(self, merged: Merged, target: Person, x: Tensor, time: Tensor) -> Tensor:
        end = self._expected(merged, target, x, time)
        if self.guidance == 1:
            return end
        everybody = torch.ones(len(x), dtype=torch.bool, device=x.device)
        plain = self._expected(_without_style(merged, everybody), target, x, time)
        end = torch.lerp(plain, end, self.guidance)
        return end.clamp(-1, 1) if self.canvas.bounded else end

    def _expected(self, merged: Merged, target: Person, x: Tensor, time: Tensor) -> Tensor:
        finest = merged.pyramid[0]
        grid = finest.shape[2:]
        more = [laid(x, self.stride, self.canvas), _column(time).expand(-1, 1, *grid)]
        if target.pose is not None:
            more.insert(1, F.interpolate(target.pose, grid, mode="area"))
        level = torch.cat([finest, *(m.to(finest.dtype) for m in more)], 1)
        painted = self.inner(merged.but(pyramid=(level, *merged.pyramid[1:]), noise=None), self.canvas.posed(target))
        return self.canvas.read(painted)


class Velocity(Loss):
    """mean |v - (image - x_t) / (1 - t)|^2 of a generator that paints in several steps (flow matching)."""

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, outcome: Outcome) -> Tensor:
        if outcome.lesson is None:
            fix = "--set phases.PHASE.until=image, or drop the loss from the phase"
            raise ZooError("this loss judges a step of the generator, and there was none", where="loss base.velocity", fix=fix,
                           exit_code=2)  # fmt: skip
        return F.mse_loss(outcome.lesson.velocity, outcome.lesson.aim)


def _check(steps: int, guidance: float, drop: float) -> None:
    wrong = [
        ("steps", steps, steps >= 1, "4 to 8"),
        ("drop", drop, 0 <= drop < 1, "0.1"),
        ("guidance", guidance, guidance == 1 or (guidance > 0 and drop > 0), "1, or more with drop above 0"),
    ]
    for name, value, fits, fix in wrong:
        if not fits:
            raise ZooError(f"base.flow_matching cannot paint with {name} = {value}", where="generator.wear",
                           fix=f"{name} = {fix}", exit_code=2)  # fmt: skip


def _noise(merged: Merged) -> Tensor:
    if merged.noise is None:
        raise ZooError(
            "no noise to begin with", where="wrapper base.flow_matching", fix="Merged(noise=...): the model draws it"
        )
    return merged.noise


def _without_style(merged: Merged, whose: Tensor) -> Merged:
    """The merged style with zeros for some of the samples, `whose` (B,) bool."""
    keep = (~whose).to(merged.codes.dtype)
    pyramid = tuple(level * _column(keep).to(level.dtype) for level in merged.pyramid)
    return merged.but(pyramid=pyramid, codes=merged.codes * keep[:, None, None])


def _column(x: Tensor) -> Tensor:
    return x[:, None, None, None]
