"""What `zoo transfer` and `zoo edit` share: a model ready for photos, pictures written back."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from zoo.cli.output import say, show
from zoo.cli.people import Fit
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Track, load_track
from zoo.regions import vocabulary
from zoo.store.registry import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from zoo.annotation.filling import Filler, Photo
    from zoo.model import Model
    from zoo.recipes.recipe import Recipe
    from zoo.regions import Vocabulary
    from zoo.types import Outcome, Person

    Skeleton = tuple[Tensor, Tensor]  # joints (18,2) in pixels of a picture, and which are visible (18)

log = logging.getLogger(__name__)

LONGEST = 30_000  # pixels of a side of a picture
OWN = 1 << 22  # pixels of a photo at most that figures are cut out of and laid out in


@dataclass(frozen=True)
class Studio:
    """A model with its weights that reads people at its size, their labels in words of `labels`, and writes what it paints."""

    model: "Model"
    recipe: "Recipe"
    size: tuple[int, int]
    regions: str | None  # the vocabulary of the labels, if the user named it
    fit: Fit

    @classmethod
    def of(
        cls, request: Request, regions: str | None, fit: Fit, *, with_parsing: bool, with_layout: bool = False
    ) -> Self:  # fmt: skip
        """Build the model and fill it; ZooError where the recipe needs labels that do not come with photo or pose."""
        from zoo.editing.transfer import check_parsing
        from zoo.model import build_context, build_model
        from zoo.running import choose_device, stored_weights

        recipe, track = resolve(request, catalog())
        _tell_strangers(request, recipe, track)
        check_parsing(recipe, catalog(), given=with_parsing, layout=with_layout)
        device = choose_device(request.device)
        context = build_context(recipe, track, catalog(), seed=request.seed)
        model = build_model(recipe, context, regions or recipe.regions, catalog())
        stored_weights(request, recipe, track, model)
        return cls(model.to(device), recipe, track.size, regions, fit)

    @property
    def labels(self) -> "Vocabulary":
        """The words of the labels."""
        return vocabulary(self.regions or self.recipe.regions)

    def person(self, photo: "Photo") -> "Person":
        """The person of a photo whose joints are known."""
        from zoo.editing.transfer import load_person

        assert photo.joints is not None
        return load_person(
            photo.image, photo.joints, photo.parsing, self.regions, self.size, name=photo.name, fit=self.fit.value,
            person=photo.person, confidence=photo.confidence,
        )  # fmt: skip

    def taken(
        self, me: "Photo", them: "Photo", frame: tuple[int, int], notice: Callable[[str], object] = log.warning
    ) -> "Skeleton":
        """The pose of `them`, in a picture of size `frame`, with the limbs and the place of `me`: pixels of my photo."""
        from zoo.ops.stature import take_pose, within
        from zoo.photos import photo_size

        mine, theirs = _skeleton(me, photo_size(me.image)), _skeleton(them, frame, notice)
        source, target = ((joints[None], visible[None]) for joints, visible in (mine, theirs))
        joints, visible = within(take_pose(source, target), source)
        return joints[0], visible[0]

    def placed(self, skeleton: "Skeleton", frame: tuple[int, int]) -> "Person":
        """A pose in pixels of a picture of size `frame`, to be taken at the model's size."""
        from zoo.editing.transfer import placed
        from zoo.photos import place

        return placed(skeleton, place(frame, self.size, self.fit.value))

    def pose(self, photo: "Photo", frame: tuple[int, int]) -> "Person":
        """Their pose, to be taken, in pixels of a picture of size `frame`."""
        from zoo.editing.transfer import load_pose

        assert photo.joints is not None
        return load_pose(
            photo.joints, frame, self.size, photo.parsing, self.regions, name=photo.name, fit=self.fit.value,
            person=photo.person, confidence=photo.confidence,
        )  # fmt: skip

    def write_own(self, path: Path, outcome: "Outcome", me: "Photo", taken: "Skeleton") -> None:
        """Write what was made of my photo, in the pose `taken`, at the photo's own size; say where, and what it lost."""
        from zoo.photos import photo_size, write_image

        self.say_size(str(path), photo_size(me.image))
        write_image(path, self.own(outcome, self.whole(me), taken, photo_size(me.image)))
        show(str(path))

    def outcomes(self, me: "Photo", taken: "dict[str, Skeleton]") -> "dict[str, Outcome]":
        """Me in several poses in pixels of my photo, in one forward pass."""
        import torch

        from zoo.editing.transfer import transfer
        from zoo.photos import photo_size

        if not taken:
            return {}
        joints, visible = (torch.stack(parts) for parts in zip(*taken.values(), strict=True))
        pose = self.placed((joints, visible), photo_size(me.image))
        person = self.person(me).map(lambda x: x.expand(len(taken), *x.shape[1:]))
        every = transfer(self.model, person, pose)
        return {name: every.map(lambda x, i=i: x[i : i + 1]) for i, name in enumerate(taken)}  # type: ignore[misc]

    def say_size(self, what: str, frame: tuple[int, int]) -> None:
        """Say of what is made of a photo of size `frame` when it shows less than the photo."""
        from zoo.editing.finishing import laying_out

        written = self._written(frame)
        if written != frame:
            sizes = f"{written[0]}x{written[1]}, not {frame[0]}x{frame[1]} (height x width)"
            say(f"{what} is {sizes}: larger pictures are worked with at this size")
        if laying_out(self.model) is None and written[0] > self.size[0] and written[1] > self.size[1]:
            say(f"{what} is coarser than the photo: it was painted at {self.size[0]}x{self.size[1]} and enlarged")

    def own(self, outcome: "Outcome", whole: "Person", taken: "Skeleton", frame: tuple[int, int]) -> "Tensor":
        """The image (3,H,W) at the size that is written, of me as a `whole`, in a pose in pixels of my photo, a `frame`."""
        from zoo.editing.finishing import at_own_size, laying_out
        from zoo.editing.transfer import placed
        from zoo.photos import place

        back = place(whole.size, self.size, self.fit.value)
        if laying_out(self.model) is None:
            assert outcome.image is not None, "a whole forward pass paints an image"
            return back.undo(outcome.image[0].cpu())
        return at_own_size(self.model, outcome, whole, placed(taken, place(frame, whole.size)), back)

    def whole(self, me: "Photo") -> "Person":
        """Me, at the size that pictures of me are written in."""
        from zoo.editing.transfer import pictured, placed
        from zoo.photos import photo_size, place

        frame = photo_size(me.image)
        placement = place(frame, self._written(frame))
        return pictured(placed(_skeleton(me, frame), placement), me.image, me.parsing, self.regions, placement)

    def _written(self, frame: tuple[int, int]) -> tuple[int, int]:
        """The size in which a picture of size `frame` is written: figures are laid out in fewer pixels than are enlarged."""
        from zoo.editing.finishing import laying_out
        from zoo.photos import at_most
        from zoo.photos.images import LARGE

        return at_most(frame, OWN if laying_out(self.model) else LARGE)

    def write(self, path: Path, image: "Tensor | None", frame: tuple[int, int]) -> None:
        """Bring what was painted (1,3,H,W) back to `frame`, or to its proportions if it is enormous; write it and say where."""
        from zoo.photos import at_most, place, write_image
        from zoo.photos.images import LARGE

        assert image is not None, "a whole forward pass paints an image"
        self.say_size(str(path), frame)
        write_image(path, place(at_most(frame, LARGE), self.size, self.fit.value).undo(image[0].cpu()))
        show(str(path))

    def write_strip(self, path: Path, panels: "Sequence[Person | Outcome]") -> None:
        """Write everything side by side and say where."""
        from zoo.editing.transfer import strip
        from zoo.photos import write_image

        write_image(path, strip(panels, self.labels))
        show(str(path))


def check_words(regions: str | None, *labels: Path | None) -> None:
    """ZooError for labels without their vocabulary, for a vocabulary without labels, and for one that nobody knows."""
    if regions:
        vocabulary(regions)
    if regions and not any(labels):
        raise ZooError("--regions is about labels, and none are given", where="--regions", fix="leave it out", exit_code=2)
    if not regions and any(labels):
        name = next(path.name for path in labels if path)
        fix = "name it: --regions cihp20, for instance"
        raise ZooError(f"the region vocabulary of {name} is not given", where="--regions", fix=fix, exit_code=2)


@contextmanager
def filling(keep: Path | None, request: Request) -> "Iterator[Filler]":
    """Inside, nets see what photos lack, and tell regions in the track's words; the files are in `keep`, or gone afterwards."""
    from zoo.annotation.filling import Filler
    from zoo.annotation.nets import Annotator
    from zoo.running import choose_device

    nets = registry().defaults
    annotator = Annotator(catalog(), nets.detector, nets.parser, choose_device(request.device))
    words = resolve(request, catalog())[1].dataset.options.get("vocabulary")
    with nullcontext(str(keep)) if keep else TemporaryDirectory() as folder:
        yield Filler(annotator, Path(folder), say, words)


def reads_parsing(request: Request) -> bool:
    """Whether the recipe needs a parsing of the source."""
    from zoo.editing.transfer import reading_source_parsing

    return bool(reading_source_parsing(resolve(request, catalog())[0], catalog()))


def _tell_strangers(request: Request, recipe: "Recipe", track: Track) -> None:
    """Say it of weights that never saw a photo."""
    if request.weights:
        from zoo.store.tensors import read_tensors

        named = read_tensors(request.weights)[1].get("track", track.name)
        track = load_track(catalog().tracks[named]) if named != track.name and named in catalog().tracks.items else track
    if recipe.phases and "photographs" not in catalog().component("dataset", track.dataset.use).gives:
        say(f"warning: weights of track {track.name} never saw a photo: expect shapes and colours, not this person")


def check_outputs(outputs: dict[str, Path | None], inputs: Iterable[Path | None], *, force: bool) -> None:
    """ZooError for an output that is also read, or written twice, or that exists, unless `force` is given."""
    taken = [path for path in inputs if path]
    for option, path in outputs.items():
        if path is None:
            continue
        if any(_same(path, other) for other in taken):
            fix = "name a file of its own"
            raise ZooError(f"{path} is also read or written otherwise", where=option, fix=fix, exit_code=2)
        if path.exists() and not force:
            raise ZooError(f"{path} exists", where=option, fix="name a new file, or add --force", exit_code=2)
        taken.append(path)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))


def read_frame(text: str | None, default: tuple[int, int]) -> tuple[int, int]:
    """`256x176` as (256, 176)."""
    if text is None:
        return default
    sides = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text)
    height, width = (int(side) for side in sides.groups()) if sides else (0, 0)
    if not 0 < height <= LONGEST or not 0 < width <= LONGEST:
        fix = f"write HEIGHTxWIDTH, 256x176 for instance, neither of them more than {LONGEST}"
        raise ZooError(f"cannot read the size {text[:40]!r}", where="--target-frame", fix=fix, exit_code=2)
    return height, width


def _skeleton(photo: "Photo", frame: tuple[int, int], notice: Callable[[str], object] | None = None) -> "Skeleton":
    """The joints of a photo, in pixels of a picture of size `frame`; without `notice` what was chosen is not said again."""
    from zoo.photos import read_joints

    assert photo.joints is not None
    notice, name = notice or (lambda text: None), photo.name or photo.image.name
    return read_joints(photo.joints, name, frame, photo.person, notice, confidence=photo.confidence)
