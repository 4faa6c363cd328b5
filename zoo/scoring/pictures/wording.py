"""A protocol of pictures in words, made from its document. Imports no torch."""

from collections.abc import Iterator

from zoo.scoring.pictures.document import (
    FidRule,
    InceptionRule,
    InceptionScoreRule,
    KidRule,
    LpipsRule,
    PckhRule,
    PictureProtocol,
    Preparation,
    PsnrRule,
    Rule,
    Showing,
    SsimRule,
)

FRAMES = {"whole": "whole frames with the bands at their sides", "person": "the person's frame"}
RELEASES = {
    "lowres": "DeepFashion's img, 256x256 with bands at the sides",
    "highres": "DeepFashion's img_highres",
    "market": "Market-1501",
}
REAL = {"train": "the training pictures", "targets": "the targets"}


def of_preparation(prepare: Preparation) -> str:
    """What is measured of a stored picture."""
    resize = "never resized" if prepare.resize == "none" else f"resized by {_kernel(prepare.resize)}"
    parts = [f"{FRAMES[prepare.frame]}, {_size(prepare.size)}, {resize}"]
    if prepare.jpeg:
        of = "outputs" if prepare.jpeg.of == "outputs" else "outputs and targets"
        parts.append(f"{of} through a JPEG of quality {prepare.jpeg.quality}{' once more' if prepare.jpeg.again else ''}")
    return "; ".join(parts)


def of_rule(rule: Rule) -> str:
    """What a metric is."""
    parts = [_formula(rule), *_of_view(rule.view)]
    if rule.prepare:
        parts.append(f"of {of_preparation(rule.prepare)}")
    if rule.drop_last:
        parts.append(f"a last batch of fewer than {rule.drop_last} left out")
    return "; ".join(parts) + (f" ({rule.note})" if rule.note else "")


def of_protocol(protocol: PictureProtocol) -> Iterator[tuple[str, str]]:
    """(what, in words) of what holds for all its metrics, then of each metric."""
    yield "pictures", of_preparation(protocol.prepare)
    yield "ground truth", RELEASES[protocol.truth]
    if protocol.legacy:
        yield "a mistake", protocol.legacy
    yield from ((rule.name, of_rule(rule)) for rule in protocol.metrics)


def _formula(rule: Rule) -> str:
    if isinstance(rule, SsimRule):
        shape = (
            f"Gaussian {rule.width}x{rule.width} window, sigma {rule.sigma}"
            if rule.sigma
            else f"{rule.width}x{rule.width} mean"
        )
        span = "the output's own range" if rule.range == "output" else f"{rule.range:g} of [0,1]"
        return f"SSIM, {shape}, {rule.covariance} covariance, L = {span}"
    if isinstance(rule, PsnrRule):
        cap = f", at most {rule.cap:g}" if rule.cap else ""
        return f"PSNR in dB{cap}" if rule.domain == "float" else "PSNR of bytes that wrap at 256"
    if isinstance(rule, LpipsRule):
        return f"LPIPS {rule.version}, {rule.net}"
    if isinstance(rule, InceptionRule):
        return _of_inception(rule)
    if isinstance(rule, PckhRule):
        return f"PCKh, half the box of the target's head, each axis by itself; detector: {rule.detector}"
    return "mean absolute error on [-1,1]"


def _of_inception(rule: InceptionRule) -> str:
    shown = f"{rule.graph}, resampled by {rule.resample}, scale {rule.normalise}"
    if isinstance(rule, InceptionScoreRule):
        return f"Inception score, {shown}, {rule.splits} splits in order of {rule.order}"
    assert isinstance(rule, FidRule | KidRule)
    resized = isinstance(rule, FidRule) and rule.real_resize
    how = f" at {_size(resized.size)} ({_kernel(resized.kernel)})" if resized else ""
    return f"{rule.use.upper()} against {REAL[rule.real]}{how}, {shown}"


def _of_view(view: Showing) -> Iterator[str]:
    if view.resize:
        yield f"resized to {_size(view.resize.size)} by {_kernel(view.resize.kernel)}"
    if view.mask:
        yield f"{view.mask.outside} outside the target's {view.mask.shape}, mean over the whole frame"
    if view.pad:
        yield f"padded to {_size(view.pad.size)} with {view.pad.level}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _kernel(kernel: str) -> str:
    library, _, name = kernel.partition("-")
    return f"{name} ({'Pillow, antialiased' if library == 'pil' else 'as cv2, not antialiased'})"
