"""What is known of a batch of outputs: the evidence that measures read."""

from dataclasses import dataclass
from functools import cached_property

from kornia.metrics import ssim
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Judge
from zoo.ops.image import from_uint8, to_uint8
from zoo.ops.motion import expected_flow
from zoo.ops.regions import surest
from zoo.ops.warp import resize_flow
from zoo.regions import Vocabulary
from zoo.types import Fields, Judgement, Outcome, Pair, Person

Size = tuple[int, int]
SSIM_WINDOW = 11


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Images are in [0,1], rounded to 8 bits as a saved PNG would be; what the data or the model does not know is None."""

    output: Tensor  # (B,3,H,W)
    truth: Tensor | None  # (B,3,H,W)
    target: Person  # the true one
    parsing: Tensor | None  # (B,R,H,W) one-hot truth of the target
    background: int  # its channel
    flow: Tensor | None  # (B,2,H,W) true backward flow
    visibility: Tensor | None  # (B,1,H,W) truth
    motion: Tensor | None  # (B,2,H,W) the backward flow the model believes in
    judged: Judgement | None  # of the output
    predicted: Tensor | None = None  # (B,R',H,W) one-hot, the parsing a parsing transform predicts; in the recipe's vocabulary
    labels: Tensor | None = None  # (B,R',H,W) one-hot, the truth in that vocabulary
    source: Person | None = None  # its image in [-1,1]
    spread: Tensor | None = None  # (B,) how far apart several samples of a pair are
    vocabularies: tuple[str, str] = ("", "")  # of the data's regions, of the judge's

    @cached_property
    def similarity(self) -> Tensor:
        """(B,1,H-10,W-10): SSIM (Wang et al. 2004) of every whole window, averaged over the channels."""
        assert self.truth is not None, "the metric must declare this need in its protocol"
        return ssim(self.output, self.truth, SSIM_WINDOW, max_val=1.0, padding="valid").mean(1, keepdim=True)

    @property
    def foreground(self) -> Tensor | None:
        """(B,1,H,W) 1 on the true figure."""
        return None if self.parsing is None else 1 - self.parsing[:, self.background, None]

    @property
    def edges(self) -> Tensor | None:
        """(B,E,H,W) in [0,1], of the target, where they are its pose."""
        return self.target.edges

    @property
    def worn(self) -> Tensor | None:
        """(B,R,H,W) one-hot, the regions of the source."""
        return None if self.source is None else hardened(self.source.parsing)

    def has(self, *needs: str) -> bool:
        """Whether all these attributes are known."""
        return all(getattr(self, need) is not None for need in needs)


def gather(pair: Pair, outcome: Outcome, judge: Judge | None, regions: Vocabulary, *, paired: bool = True) -> Evidence:
    """The evidence of one batch; `pair` is in the data's own vocabulary, `regions`. Without `paired` no truth is asked for."""
    target = pair.target
    output = rounded(painted(outcome))
    return Evidence(
        output=(output + 1) / 2,
        truth=(rounded(true_image(pair)) + 1) / 2 if paired else None,
        target=target,
        parsing=hardened(target.parsing),
        background=regions.index("background"),
        flow=pair.flow,
        visibility=pair.visibility,
        motion=None if outcome.merged is None else believed_motion(outcome.merged.fields, target.size),
        judged=None if judge is None else judge(output),
        predicted=hardened(outcome.parsing_logits),
        labels=hardened(outcome.pair.target.parsing),
        source=pair.source,
        vocabularies=(regions.name, "" if judge is None else judge.vocabulary),
    )


def hardened(parsing: Tensor | None) -> Tensor | None:
    """A soft parsing or logits (B,R,H,W) as one-hot; None stays None."""
    return None if parsing is None else surest(parsing)


def painted(outcome: Outcome) -> Tensor:
    """The output (B,3,H,W), or a ZooError when it is not finite."""
    assert outcome.image is not None, "scores need the whole forward"
    if not outcome.image.isfinite().all():
        raise ZooError(
            "the model paints NaN or infinity",
            where="score",
            fix="train again with a lower lr or with --set phases.PHASE.clip=1.0",
        )
    return outcome.image


def true_image(pair: Pair) -> Tensor:
    """The true target (B,3,H,W), or a ZooError when the data has none."""
    if pair.target.image is None:
        raise ZooError("there is no true target to score against", where="test split",
                       fix='protocol = "unpaired-v1" in the track needs none')  # fmt: skip
    return pair.target.image


def rounded(image: Tensor) -> Tensor:
    """`image` in [-1,1] as it would come back from a PNG file."""
    return from_uint8(to_uint8(image))


def believed_motion(fields: Fields, size: Size) -> Tensor | None:
    """The backward flow (B,2,H,W) in image pixels that a merging operator exposes, or None.

    Of a flow: the finest level, at each pixel the part of largest visibility. Of a correlation: the expected source position.
    """
    if fields.flow:
        return _flow_of_parts(fields, size)
    return None if fields.correlation is None else expected_flow(fields.correlation, size)


def _flow_of_parts(fields: Fields, size: Size) -> Tensor | None:
    flow = fields.flow[0]
    if flow.shape[1] > 1 and not fields.visibility:
        return None
    best = fields.visibility[0].argmax(1, keepdim=True) if fields.visibility else flow.new_zeros(flow[:, :1, :1].shape).long()
    chosen = flow.gather(1, best.expand(-1, -1, 2, -1, -1))[:, 0]
    return resize_flow(chosen, size)
