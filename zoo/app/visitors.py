"""What visitors have handed over and what was made of it: in memory, and gone with them."""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from zoo.annotation.nets import Annotator
from zoo.api.loading import pipeline
from zoo.api.pipeline import Pipeline
from zoo.app.exhibits import Exhibit, offered, paint
from zoo.app.figures import Figure, look
from zoo.documents.files import assets
from zoo.editing.album import check_album
from zoo.editing.people import taken
from zoo.errors import ZooError, unknown
from zoo.ops.device import choose_device
from zoo.photos import checked
from zoo.photos.sightings import Skeleton
from zoo.photos.subject import Subject
from zoo.photos.uploads import opened
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.skeleton import JOINTS
from zoo.store.registry import registry

EXAMPLE = ("me.jpg", "pose.jpg")
HERE = "the page"
VISITORS = 8  # who are remembered; of more, those who did nothing the longest are forgotten

Joints = Sequence[Sequence[float] | None]  # (x, y) pixels of the figure's photo, None for what is not seen


@dataclass
class Visitor:
    """One page in a browser. All on it is of the figure, so a new one takes pose and painting away."""

    figure: Figure | None = None
    pose: Skeleton | None = None  # in pixels of the figure's photo
    others: tuple[Figure, ...] = ()  # more photos of the figure
    reference: Figure | None = None
    painting: Exhibit | None = None
    key: str = ""  # of the painting

    def welcome(self, figure: Figure) -> None:
        """Somebody new, who holds their own pose."""
        self.figure, self.pose, self.painting, self.key = figure, figure.subject.skeleton, None, ""
        self.others = ()

    def add(self, other: Figure, recipe: Recipe) -> None:
        """One more photo of the figure; ZooError where the recipe reads no more, or it is there already."""
        check_album(recipe, [one.subject for one in (self.known(), *self.others, other)], HERE)
        self.others = (*self.others, other)

    def leave_out(self) -> None:
        """The first photo alone again."""
        self.others = ()

    def take_pose(self, other: Figure) -> None:
        """The figure in another's pose, with limbs and place of their own."""
        me = self.known().subject
        self.pose = checked(taken(me, other.subject), me.size, "the pose")

    def set_pose(self, joints: Joints) -> None:
        """The joints as they were dragged; ZooError for what is no skeleton in the photo."""
        places = [joint or (0.0, 0.0) for joint in joints]
        if len(places) != JOINTS or any(len(place) != 2 for place in places):
            raise ZooError(f"these are not {JOINTS} joints", where="the pose", fix="load the page again")
        visible = torch.tensor([joint is not None for joint in joints])
        self.pose = checked((torch.tensor(places, dtype=torch.float32), visible), self.known().subject.size, "the pose")

    def stand_as_before(self) -> None:
        """The figure's own pose again."""
        self.pose = self.known().subject.skeleton

    def dress(self, reference: Figure) -> None:
        """Somebody whose clothes can be taken over."""
        self.reference = reference

    def paint(self, model: Pipeline, swap: Sequence[str]) -> Exhibit:
        """The figure in the pose, in the reference's regions `swap`."""
        figure = self.known()
        assert self.pose is not None, "a figure holds a pose"
        others = self.others if model.recipe.sources > 1 else ()  # where it reads one the page asks for no more
        check_album(model.recipe, [one.subject for one in (figure, *others)], HERE)
        self.painting = paint(model, figure, self.pose, self.reference, swap, others)
        self.key = secrets.token_urlsafe()
        return self.painting

    def known(self) -> Figure:
        """The figure; ZooError where there is none."""
        if self.figure is None:
            raise ZooError("nobody is there to be put into a pose", where=HERE, fix="drop a photo of a person first")
        return self.figure


class Workshop:
    """The nets and the models, which all visitors share, and what is remembered of each of them."""

    def __init__(self, first: Request, annotator: Annotator | None = None) -> None:
        nets, device = registry().defaults, choose_device(first.device)
        self.offered = offered(first)
        self.words: str | None = resolve(first, catalog())[1].dataset.options.get("vocabulary")  # the parser's own without one
        self._annotator = annotator or Annotator(catalog(), nets.detector, nets.parser, device)
        self._models: dict[str, Pipeline] = {}
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()

    def open_up(self) -> None:
        """Build the nets, so that the first photo does not wait for them."""
        _ = self._annotator.detecting, self._annotator.parsing

    def look(self, name: str, content: bytes) -> Figure:
        """The largest person of a photo; ZooError for one that is too large, cannot be read, or shows nobody."""
        return self._seen(opened(name, content, HERE))

    def show_another(self, visitor: Visitor, number: int) -> None:
        """Another person of the same photo."""
        visitor.welcome(self._seen(visitor.known().subject, number))

    def _seen(self, photo: Subject, number: int | None = None) -> Figure:
        return look(self._annotator, photo, self.words, number)

    @property
    def example(self) -> list[Path]:
        """Photographs that come with the project: a person, and a pose."""
        paths = [assets() / "docs" / "demo" / name for name in EXAMPLE]
        return paths if all(path.is_file() for path in paths) else []

    def show_example(self, visitor: Visitor) -> None:
        """The example's person in the example's pose."""
        person, pose = (self.look(path.name, path.read_bytes()) for path in self.example)
        visitor.welcome(person)
        visitor.take_pose(pose)

    def recipe(self, name: str) -> Recipe:
        """One that is offered."""
        if name not in self.offered:
            raise unknown("recipe", name, self.offered, where=HERE)
        return resolve(self.offered[name], catalog())[0]

    def model(self, name: str) -> Pipeline:
        """One that is offered with its weights; it is built when it is first asked."""
        self.recipe(name)
        if name not in self._models:
            self._models[name] = pipeline(self.offered[name])
        return self._models[name]

    def visitor(self, key: str) -> Visitor:
        """Whoever has this key, or somebody new."""
        visitor = self._visitors.setdefault(key, Visitor())
        self._visitors.move_to_end(key)
        while len(self._visitors) > VISITORS:
            self._visitors.popitem(last=False)
        return visitor

    def painting(self, key: str) -> Exhibit | None:
        """The one with this key, unless it is gone."""
        return next((one.painting for one in tuple(self._visitors.values()) if one.key == key), None)

    def forget(self, key: str) -> None:
        """The visitor has left."""
        self._visitors.pop(key, None)
