"""A recipe with its weights at work: transfer, edit, score."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack, overload

import torch

from zoo.annotation.filling import Filler
from zoo.annotation.nets import Annotator
from zoo.api.painting import Painting
from zoo.api.people import People, paired
from zoo.api.scores import Scores
from zoo.editing.album import check_album
from zoo.editing.relabel import check_changes, check_edit
from zoo.editing.studio import Build, Sitting, Studio, Worn
from zoo.editing.transfer import check_layout, check_worn, reading_source_parsing
from zoo.errors import ZooError
from zoo.model import Model, build
from zoo.ops.device import choose_device
from zoo.ops.memory import kept_memory
from zoo.photos import Fit
from zoo.photos.subject import Subject, read_layout
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import describe
from zoo.recipes.track import Track
from zoo.recipes.trained import as_trained
from zoo.regions import vocabulary
from zoo.running.weights import Provenance
from zoo.scoring import protocol
from zoo.store.registry import find_weights
from zoo.types import Person

if TYPE_CHECKING:
    from zoo.exporting.contract import Contract

log = logging.getLogger(__name__)

BATCH = 8  # people that the model takes at once

Asked = tuple[Sitting, Subject, tuple[str, ...]]  # who sits, in whose pose, and what nets saw of both


class How(TypedDict, total=False):
    """How a transfer is made; see `Pipeline.transfer`."""

    build: Build
    layout: bool
    fit: Fit
    keep: Path | None
    samples: int
    others: Sequence[Subject]


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A recipe with its weights, ready for people: what `zoo.load` gives."""

    model: Model
    recipe: Recipe
    track: Track
    weights: Provenance  # where the parameters come from
    annotator: Annotator  # the nets that see what photos lack
    tell: Callable[[str], object] = log.info  # hears what they saw
    notes: tuple[str, ...] = ()  # what every picture is to be taken with
    seed: int = 0  # of generators that draw noise

    def __repr__(self) -> str:
        return f"<{describe(self.recipe)} on {self.track.name}, weights: {self.weights.origin}, on {self.device}>"

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next((p.device for p in self.model.parameters()), torch.device("cpu"))

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) at which the model works."""
        return self.track.size

    def to(self, device: str | torch.device) -> "Pipeline":
        """The same on another device; the parameters themselves move, as a module's do. ZooError for one that is not there."""
        where = choose_device(str(device))
        return replace(self, model=self.model.to(where), annotator=replace(self.annotator, device=where))

    def annotate(self, who: Subject, *, regions: bool = True, keep: Path | None = None, role: str = "source") -> Subject:
        """The person with joints and, with `regions`, labels: what they lack nets see, and `tell` hears of it.

        It is kept in the folder `keep`/`role`, as `zoo annotate` writes it, if one is given. ZooError where nobody is seen.
        """
        return self._seen(who, role, keep, regions=regions)[0]

    @overload
    def transfer(self, source: Subject, pose: Subject, **how: Unpack[How]) -> Painting: ...

    @overload
    def transfer(self, source: Iterable[Subject], pose: People, **how: Unpack[How]) -> list[Painting]: ...

    @overload
    def transfer(self, source: Subject, pose: Iterable[Subject], **how: Unpack[How]) -> list[Painting]: ...

    def transfer(self, source: People, pose: People, **how: Unpack[How]) -> Painting | list[Painting]:
        """The person of `source` in the pose of `pose`; of lists, each in each one's place, or one person or pose for all.

        `build` ("source") says whose limbs and place the person has: their own, or the target's, whose picture is then as large
        as the target's. With `layout` the source's textures are painted on the target's regions as they lie. `fit` ("pad")
        keeps the proportions of photos on a white canvas or stretches them. What people lack nets see; it is kept in the folder
        `keep`, as `zoo annotate` writes it, if one is given. Of a generator of several steps there may be more `samples`: they
        are `Painting.others`. A recipe that reads several photos of a person sees `others` of the one source, too. ZooError
        where nobody is seen, or the recipe cannot do it.
        """
        made = self.transfer_each(source, pose, **how)
        return next(made) if isinstance(source, Subject) and isinstance(pose, Subject) else list(made)

    def transfer_each(self, source: People, pose: People, **how: Unpack[How]) -> Iterator[Painting]:
        """As `transfer` of lists, each picture as soon as it is painted: for videos and large folders.

        What is wrong with the call itself is told at once, and what is wrong with a person once it is their turn.
        """
        build, layout, keep = how.get("build", "source"), how.get("layout", False), how.get("keep")
        check_layout(self.recipe, catalog(), layout=layout)
        self.model.check_samples(samples := how.get("samples", 1))
        studio = Studio(self.model, self.recipe, self.size, how.get("fit", "pad"))
        mine, theirs = (
            lru_cache(maxsize=1)(partial(self._seen, role=role, keep=keep, regions=regions))  # one person for all is seen once
            for role, regions in (("source", self.reads_parsing), ("target", layout))
        )
        album, told = self._album(source, how.get("others", ()), studio, keep)

        def seated(me: Subject, them: Subject) -> Sitting:
            sitting = studio.sitting(me, them, build, layout=layout)
            first, *rest = sitting.panels
            return replace(sitting, others=album, panels=(first, *album, *rest))

        asked = (
            (seated(me, them), them, (*heard, *told, *more))
            for (me, heard), (them, more) in ((mine(one), theirs(other)) for one, other in paired(source, pose))
        )
        return self._painted(studio, asked, samples=samples)

    def _album(
        self, source: People, others: Sequence[Subject], studio: Studio, keep: Path | None
    ) -> tuple[tuple[Person, ...], tuple[str, ...]]:
        """More photos of the source at the model's size, and what nets saw in them."""
        if not others:
            return (), ()
        if not isinstance(source, Subject):
            fix = "call it once for each person"
            raise ZooError("more photos are of one person, and there are several", where="--others", fix=fix, exit_code=2)
        check_album(self.recipe, (source, *others))
        seen = [self._seen(one, "source", keep, regions=self.reads_parsing) for one in others]
        return tuple(studio.person(one) for one, _ in seen), tuple(text for _, heard in seen for text in heard)

    def edit(
        self, who: Subject, reference: Subject | None = None, *, swap: Sequence[str] = (), relabel: Sequence[str] = (),
        fill: Sequence[str] = (), layout: object = None, fit: Fit = "pad", keep: Path | None = None,
    ) -> Painting:  # fmt: skip
        """The person in their own pose, wearing something else.

        The regions `swap` of the recipe's vocabulary look like the `reference`'s. The picture is painted on `layout`, labels
        like `zoo.person`'s `parsing`, in the person's words; on what `relabel` makes of the layout, "OLD=NEW" all over or
        "OLD=NEW@PART" on one part of the body; and with gaps of the regions `fill` closed. `fit` and `keep` are as in
        `transfer`. ZooError where there is nothing to change or nobody to take from, and for regions that nobody shows.
        """
        [made] = self.edit_each(
            [who], reference, swap=swap, relabel=relabel, fill=fill, layout=layout, fit=fit, keep=keep
        )  # fmt: skip
        return made

    def edit_each(
        self, people: Iterable[Subject], reference: Subject | None = None, *, swap: Sequence[str] = (),
        relabel: Sequence[str] = (), fill: Sequence[str] = (), layout: object = None, fit: Fit = "pad",
        keep: Path | None = None,
    ) -> Iterator[Painting]:  # fmt: skip
        """As `edit` of several people, each picture as soon as it is painted: for videos and large folders.

        What is wrong with the call itself is told at once, and what is wrong with a person once it is their turn.
        """
        changes = layout is not None or bool(relabel) or bool(fill)
        check_edit(changes=changes, swap=bool(swap), reference=reference is not None)
        check_layout(self.recipe, catalog(), layout=changes)
        words = vocabulary(self.recipe.regions)
        for region in swap:
            words.index(region)
        studio = Studio(self.model, self.recipe, self.size, fit)
        other, more = self._seen(reference, "reference", keep, regions=True) if reference else (None, ())
        worn = (studio.person(other), swap) if other else None
        beside = (worn[0],) if worn else ()
        if worn:
            check_worn(*worn, words)

        def asked(who: Subject) -> Asked:
            check_changes(relabel, fill, who.words or self.words or self.annotator.parsing.vocabulary)
            me, heard = self._seen(who, "source", keep, regions=True)
            drawn = None if layout is None else read_layout(layout, who.words, who.size)
            sitting = studio.own(me, drawn, relabel, fill)
            return replace(sitting, panels=(*sitting.panels, *beside)), me, (*heard, *more)

        return self._painted(studio, map(asked, people), worn)

    def score(self, *, limit: int | None = None, batch: int = 16, samples: int = 1) -> Scores:
        """Score on the first `limit` test pairs of the track, all if not given, by its protocol; `batch` pairs at once.

        Of several `samples` of each pair the first is scored, and how far apart they are ("diversity").
        ZooError where the track's data is not here. Nothing is written: `zoo.run` leaves a record.
        """
        from zoo.scoring import score

        kit = build(self.recipe, self.track, catalog(), seed=self.seed)
        kit.model.load_state_dict(self.model.state_dict())
        rules = protocol(self.track.protocol)
        made = score(kit.model, kit, self.track, device=self.device, batch=batch, limit=limit, samples=samples)
        return Scores(rules, made)

    def export(self, out: str | Path, to: str = "torch-export") -> "Contract":
        """Write the recipe with its weights as one file that runs without the zoo: .pt2 ("torch-export"), .onnx
        ("onnx") or .pt ("torchscript", of one person at a time).

        What it takes and gives stands in the contract, which the file carries. ZooError for what hangs a shape or a branch on a
        value, with the variant that does not, and where the file does not give what the model gives. `docs/export.md`.
        """
        from zoo.exporting.contract import check_path
        from zoo.exporting.making import export

        path, entry = Path(out), find_weights(as_trained(self.recipe, catalog()).digest(), self.track.name)
        licence = entry.licence if entry and self.weights.origin == "registry" else ""
        format, model = check_path(path, to), self.model.cpu()
        return export(model, self.recipe, self.track, catalog(), path, format, weights=self.weights.sha256, licence=licence)

    @property
    def words(self) -> str | None:
        """The vocabulary in which nets tell regions where nobody names one: the track's; their own if it has none."""
        return self.track.dataset.options.get("vocabulary")

    @property
    def reads_parsing(self) -> bool:
        """Whether the recipe needs a parsing of the source."""
        return bool(reading_source_parsing(self.recipe, catalog()))

    def _seen(self, who: Subject, role: str, keep: Path | None, *, regions: bool) -> tuple[Subject, tuple[str, ...]]:
        """The person with what they lacked, and what is said of that."""
        heard: list[str] = []

        def hear(text: str) -> None:
            heard.append(text)
            self.tell(text)

        return Filler(self.annotator, hear, self.words, keep).filled(who, role, regions=regions), tuple(heard)

    def _painted(
        self, studio: Studio, asked: Iterator[Asked], worn: Worn | None = None, samples: int = 1
    ) -> Iterator[Painting]:
        """Batch by batch."""
        words = vocabulary(self.recipe.regions)
        with kept_memory():
            while batch := list(islice(asked, BATCH)):
                for _, alike in groupby(batch, key=lambda one: one[0].source.parsing is None):
                    group = list(alike)
                    made = studio.pictures([sitting for sitting, _, _ in group], worn, samples)
                    for (sitting, them, heard), pictures in zip(group, made, strict=True):
                        noted = self._noted(heard, studio.lost(sitting, pictures[0][0], worn))
                        told = (sitting.me, them, noted, sitting.panels, words)
                        first, *others = (Painting(image, outcome, *told) for outcome, image in pictures)
                        yield replace(first, others=tuple(others))

    def _noted(self, heard: Sequence[str], lost: Sequence[str]) -> tuple[str, ...]:
        """All that is to be said of a picture; `tell` has not heard yet what it lost."""
        for text in lost:
            self.tell(text)
        return (*self.notes, *heard, *lost)
