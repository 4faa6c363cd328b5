"""What of others a name needs: the networks of a part, a recipe, a track or a protocol. Imports no torch."""

from collections.abc import Iterator

from zoo.errors import unknown
from zoo.recipes.catalog import Catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.track import load_track
from zoo.scoring.pictures.document import picture_protocol
from zoo.scoring.pictures.needs import networks
from zoo.scoring.pictures.shelf import shipped
from zoo.store.registry import NetworkEntry, aliases_of, find_network, registry


def needed_networks(name: str, installed: Catalog) -> list[NetworkEntry]:
    """The networks that a network, part, recipe, track or protocol called `name` needs; ZooError where nothing is called so."""
    known = _known(installed)
    meant = {alias.recipe for alias in aliases_of(name)} or {name}
    if not meant <= known:
        raise unknown("network, protocol, recipe, track or part", name, known, where="zoo prefetch NAME")
    return [find_network(network) for network in sorted({need for one in meant for need in _of(one, installed)})]


def _known(installed: Catalog) -> set[str]:
    parts = {name for shelf in installed.components.values() for name in shelf.items}
    documents = {*installed.recipes.items} | {*installed.tracks.items} | {*shipped()}
    return {entry.name for entry in registry().networks} | parts | documents


def _of(name: str, installed: Catalog) -> Iterator[str]:
    if any(entry.name == name for entry in registry().networks):
        yield name
    for shelf in installed.components.values():
        if name in shelf.items:
            yield from shelf[name].networks
    if name in installed.recipes.items:
        for _, kind, part in load_recipe(installed.recipes[name]).named_parts():
            yield from installed.component(kind, part.use).networks
    if name in installed.tracks.items:
        track = load_track(installed.tracks[name])
        for net in (*track.nets().values(), track.judge):
            if net is not None:
                yield from _of(net.use, installed)
    if name in shipped():
        for rule in picture_protocol(name).metrics:
            yield from networks(rule)
