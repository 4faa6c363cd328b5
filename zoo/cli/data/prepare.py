"""`zoo data prepare`: photos decoded once, to be read from disk ever after."""

import zoo
from zoo.cli.data.asking import Name, Options, Root
from zoo.cli.output import say, show

NAME = "prepare"


def command(name: Name, root: Root = None, changes: Options = None) -> None:
    """Decode the photos of a data set to the track's size and write them into shards, with joints, regions and checksums.

    Whoever reads the data set at this size reads the shards from then on, and refuses them when they are damaged or not of
    the photos that are there. What is done is not done again: a killed command goes on where it stood. They lie in the data
    set's folder; --set shards=DIR puts them elsewhere, and the track must say so then.
    """
    folder = zoo.prepare_data(name, root=root, changes=changes or [])
    size = sum(path.stat().st_size for path in folder.iterdir())
    show(str(folder))
    say(f"{size / 1e6:,.0f} MB, read from now on in place of the photos")
