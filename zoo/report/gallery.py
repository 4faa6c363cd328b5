"""The pictures of a board: each once, and no more than a page can carry."""

from zoo.errors import visible
from zoo.results.pictures import Painted

PAIRS = 6  # of a row
MOST = 3_000_000  # characters of pictures on a page


class Gallery:
    """Pictures by their places. Whose row comes first is shown first; from the row on that is one too many none is."""

    def __init__(self) -> None:
        self.images: list[str] = []  # PNG in base64
        self._places: dict[str, int] = {}
        self._left = MOST

    def hang(self, painted: Painted | None) -> list[list[object]] | None:
        """[name, source, pose, output, truth] of a row's pairs, by place; None where there are none, or no room for them."""
        if painted is None or self._left < 0:
            return None
        return [
            [visible(pair.name), *(image and self._place(image) for image in (pair.source, pair.pose, pair.output, pair.truth))]
            for pair in painted.pairs[:PAIRS]
        ]

    def _place(self, image: str) -> int:
        if image not in self._places:
            self._places[image] = len(self.images)
            self.images.append(image)
            self._left -= len(image)
        return self._places[image]
