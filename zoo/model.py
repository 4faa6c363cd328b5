"""build(recipe, track) -> Model; its forward is the spine."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import (
    Context,
    Dataset,
    Generator,
    Judge,
    Loss,
    MergesSeveral,
    MergingOperator,
    ParsingTransform,
    PoseRepresentation,
    SteppedGenerator,
    StyleEncoder,
)
from zoo.ops.batch import randn
from zoo.ops.noise import named_noise
from zoo.ops.precision import Precision, reduced
from zoo.ops.regions import remap, surest
from zoo.ops.sources import first_of, repeated, together
from zoo.recipes.catalog import Catalog
from zoo.recipes.compatibility import check_mix, check_size
from zoo.recipes.options import check_recipe, construct, multiple_of
from zoo.recipes.promises import a_lesson, a_merge, a_style, an_image, kept, shaped
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track
from zoo.regions import remap_table, vocabulary
from zoo.types import Merged, Outcome, Pair, Person


class Model(nn.Module):
    """The parts of a recipe in the order of the spine."""

    def __init__(
        self,
        *,
        pose: PoseRepresentation,
        style: StyleEncoder,
        parsing: ParsingTransform | None,
        merge: MergingOperator,
        generator: Generator,
        table: tuple[int, ...],
        regions: int,
        oracle: bool = False,
        sees: bool = False,
        names: Mapping[str, str] | None = None,
        precision: Precision = "no",
    ) -> None:
        super().__init__()
        self.pose, self.style, self.parsing, self.merge, self.generator = pose, style, parsing, merge, generator
        self.table, self.regions, self.oracle, self.sees = table, regions, oracle, sees
        self.names = dict(names or {})  # of the components, for errors
        self.precision = precision  # of the products inside the parts, where nobody trains; the image is single all the same

    def forward(
        self, pair: Pair, *, until: str = "image", parsing: str | None = None, learns: bool = False, sample: int = 0
    ) -> Outcome:
        """One batch, as far as `until` ("parsing", "merge", "image", "cycle").

        `pair` is in the data's region vocabulary. The target's image reaches no part but an oracle's that
        needs `true.image`. Its true parsing does with
        `parsing="truth"` (a phase may train the generator on it) and where an oracle recipe is asked for nothing else: when
        it is scored, or when it has no parsing transform. "cycle" makes `Outcome.back` as well: what was painted is a source
        again, and the way leads back to the first source's pose. Gradients flow through both ways.

        Where the source is several photos (`pair.others`), styles are read of all of them and what each says of the target's
        regions is averaged; `Outcome.source` and `style` are of the first.

        A generator of several steps paints the `sample`-th of its images; where it `learns` it is shown the true image, noisy,
        and what it makes of that is `Outcome.lesson`.
        """
        mode = parsing or ("truth" if self.oracle else "predicted")
        taught = None if learns else sample
        with reduced(self.precision, pair.source.joints.device.type):
            outcome = self._through(self.translate(pair), until, mode, taught)
        if self.precision != "no" and outcome.image is not None:
            outcome = outcome.but(image=outcome.image.float())
        if until != "cycle":
            return outcome
        made = outcome.target.but(image=outcome.image)
        return outcome.but(back=self._through(Pair(source=made, target=outcome.pair.source), until, mode, taught))

    def again(self, outcome: Outcome, sample: int) -> Tensor:
        """The `sample`-th image (B,3,H,W) of what `forward` made, by the generator alone, which paints in several steps."""
        assert outcome.merged is not None, "an outcome of the whole forward"
        merged = outcome.merged.but(noise=self._noise(outcome.pair, sample))
        with reduced(self.precision, outcome.target.joints.device.type):
            image = self._painted(merged, outcome.target)
        return image.float()

    def check_samples(self, count: int) -> None:
        """ZooError for none, and for several of a generator that paints in one step: all would be one picture."""
        if count < 1:
            raise ZooError(f"{count} samples are no picture", where="--samples", fix="ask for 1 or more", exit_code=2)
        if count > 1 and not isinstance(self.generator, SteppedGenerator):
            raise ZooError(
                f"{self.label('generator')} paints in one step, so that {count} samples of a pair would be one picture",
                where="--samples",
                fix="leave it out, or take a recipe whose generator paints in several steps, from noise",
                exit_code=2,
            )

    def _painted(self, merged: Merged, target: Person) -> Tensor:
        return kept(self.label("generator"), lambda: self.generator(merged, target), an_image(len(target), target.size))

    def _through(self, pair: Pair, until: str, parsing: str, sample: int | None) -> Outcome:
        source = together([self._posed(person) for person in (pair.source, *pair.others)])
        target = self._posed(pair.target.but(image=pair.target.image if self.sees else None, parsing=None))
        batch, size, photos = len(target), target.size, 1 + len(pair.others)
        logits = self._parsed(source, repeated(target, photos), photos)
        target = target.but(parsing=self._target_parsing(pair, logits, parsing))
        outcome = Outcome(pair=pair, source=first_of(source, photos), target=target, parsing_logits=logits)
        if until == "parsing":
            return outcome
        self._takes(photos)
        style = kept(self.label("style"), lambda: self.style(source), a_style(self.style.spec, len(source), source.size))
        merged = kept(self.label("merge"), lambda: self.merge(style, source, target), a_merge(self.merge.spec, batch, size))
        outcome = outcome.but(style=first_of(style, photos), merged=merged)
        if until == "merge":
            return outcome
        if isinstance(self.generator, SteppedGenerator):
            merged = merged.but(noise=self._noise(pair, sample))
            if sample is None:
                return self._learned(outcome, merged)
        return outcome.but(image=self._painted(merged, target))

    def _takes(self, photos: int) -> None:
        if photos > 1 and not isinstance(self.merge, MergesSeveral):
            raise ZooError(
                f"the source is {photos} photos of a person, and this recipe reads one",
                where=self.label("merge"),
                fix="give one photo, or take a recipe with sources above 1",
                exit_code=2,
            )

    def _noise(self, pair: Pair, sample: int | None) -> Tensor:
        like = pair.target.joints
        shape = (3, *pair.target.size)
        if sample is None:
            return randn(len(pair), *shape, like=like)
        return named_noise(pair.names or ("",) * len(pair), sample, shape).to(like)  # whatever batch somebody comes in

    def _learned(self, outcome: Outcome, merged: Merged) -> Outcome:
        assert isinstance(self.generator, SteppedGenerator), "asked before"
        generator, target, truth = self.generator, outcome.target, outcome.pair.target.image
        if truth is None:
            raise ZooError(
                "a generator of several steps learns from true images, which the data does not have",
                where=self.label("generator"),
                fix="a pairing in the phase whose targets are photos that there are",
                exit_code=2,
            )
        lesson = kept(
            self.label("generator"), lambda: generator.lesson(merged, target, truth), a_lesson(len(target), target.size)
        )
        return outcome.but(image=lesson.image, lesson=lesson)

    def _posed(self, person: Person) -> Person:
        maps = shaped("pose maps", len(person), self.pose.channels, *person.size)
        return person.but(pose=kept(self.label("pose"), lambda: self.pose.draw(person, person.size), maps))

    def _parsed(self, source: Person, target: Person, photos: int) -> Tensor | None:
        if (transform := self.parsing) is None:
            return None
        promise = shaped("parsing logits", len(target), self.regions, *target.size)
        logits = kept(self.label("parsing"), lambda: transform(source, target), promise)
        return logits if photos == 1 else logits.unflatten(0, (-1, photos)).mean(1)

    def label(self, part: str) -> str:
        """What errors call a part: `merge base.adain`."""
        return f"{part} {self.names.get(part, type(getattr(self, part)).__name__)}"

    def translate(self, pair: Pair) -> Pair:
        """The pair with its parsings in the recipe's region vocabulary."""
        source, target, *others = (self._translate(person) for person in (pair.source, pair.target, *pair.others))
        return pair.but(source=source, target=target, others=tuple(others))

    def _translate(self, person: Person) -> Person:
        return person if person.parsing is None else person.but(parsing=remap(person.parsing, self.table, self.regions))

    def _target_parsing(self, pair: Pair, logits: Tensor | None, mode: str) -> Tensor | None:
        if mode == "truth" or (self.oracle and logits is None):
            return pair.target.parsing
        if logits is None:
            return None
        return logits.softmax(1) if mode == "soft" else surest(logits)

    def parameter_count(self) -> dict[str, int]:
        """Parameters per part."""
        return {name: sum(p.numel() for p in part.parameters()) for name, part in self.named_children()}


@dataclass(frozen=True)
class Kit:
    """Everything a run builds from a recipe and a track."""

    model: Model
    data: Dataset
    context: Context
    judge: Judge | None


def build(recipe: Recipe, track: Track, catalog: Catalog, *, seed: int = 0) -> Kit:
    """Check the mix, then build data, frozen nets and parts; parameters are a function of (recipe, track, seed)."""
    check_mix(recipe, track, catalog)
    check_recipe(catalog, recipe)
    check_size(recipe, track.size, catalog, multiple_of)
    context = build_context(recipe, track, catalog, seed=seed)
    data = cast(Dataset, construct(catalog, "dataset", track.dataset, context))
    judge = construct(catalog, "judge", track.judge, context) if track.judge else None
    return Kit(build_model(recipe, context, data.vocabulary, catalog), data, context, judge)


def build_context(recipe: Recipe, track: Track, catalog: Catalog, *, seed: int = 0) -> Context:
    """What every part of the recipe may know on this track, the frozen nets that losses read included."""
    context = Context(
        size=track.size, regions=vocabulary(recipe.regions), seed=seed, sources=recipe.sources, shown=recipe.shown
    )
    nets = {net: construct(catalog, net, part, context) for net, part in track.nets().items()}
    return replace(context, **nets)


def build_model(recipe: Recipe, context: Context, data_vocabulary: str, catalog: Catalog) -> Model:
    """The parts, each built from the spec of the one before; seeded, and the caller's random state is left alone."""
    table = remap_table(data_vocabulary, recipe.regions, recipe.remap)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        pose = cast(PoseRepresentation, construct(catalog, "pose", recipe.pose, context))
        context = replace(context, pose_channels=pose.channels)
        style = cast(StyleEncoder, construct(catalog, "style", recipe.style, context))
        parsing = construct(catalog, "parsing", recipe.parsing, context) if recipe.parsing else None
        merge = cast(MergingOperator, construct(catalog, "merge", recipe.merge, replace(context, spec=style.spec)))
        generator = cast(Generator, construct(catalog, "generator", recipe.generator, replace(context, spec=merge.spec)))
        _steps_outermost(recipe, generator)
    needs = (catalog.component(kind, part.use).needs for kind, part in recipe.parts().items())
    return Model(
        pose=pose, style=style, parsing=parsing, merge=merge, generator=generator,
        table=table, regions=len(context.regions), oracle=recipe.oracle,
        sees=recipe.oracle and any("true.image" in facts for facts in needs),
        names={name: part.use for name, part in recipe.parts().items()},
    )  # fmt: skip


def _steps_outermost(recipe: Recipe, generator: Generator) -> None:
    """The spine teaches a generator of several steps, and gives it its noise: it cannot hide inside another."""
    if not isinstance(generator, SteppedGenerator) and any(isinstance(m, SteppedGenerator) for m in generator.modules()):
        worn = ", ".join(part.use for part in recipe.generator.wear)
        raise ZooError(
            f"generator {recipe.generator.use} paints in several steps inside something that paints in one",
            where="generator.wear",
            fix=f"name what paints in several steps last in generator.wear, which is {worn}",
            exit_code=2,
        )


def build_losses(recipe: Recipe, kit: Kit, catalog: Catalog) -> nn.ModuleDict:
    """The recipe's losses by name, those of weight 0 left out; seeded apart from the model."""
    context = replace(kit.context, pose_channels=kit.model.pose.channels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed + 1)
        built = {n: cast(Loss, construct(catalog, "loss", t, context)) for n, t in recipe.losses.items() if t.weight}
    return nn.ModuleDict(built)
