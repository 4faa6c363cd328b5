"""Target points to ask about."""

import colorsys
from dataclasses import dataclass

from zoo.skeleton import JOINT_NAMES
from zoo.types import Person

Size = tuple[int, int]
ASKED = ("nose", "neck", "r_wrist", "l_wrist", "r_hip", "l_knee", "r_ankle", "l_hip", "r_knee", "l_ankle")
MOST = 7


@dataclass(frozen=True)
class Point:
    """A place in the target image, in its pixels."""

    name: str
    x: float
    y: float
    colour: str

    def cell(self, size: Size, grid: Size) -> int:
        """The cell of `grid` (h,w) that the point of an image of `size` lies in, counted row by row."""
        row, column = int((self.y + 0.5) * grid[0] / size[0]), int((self.x + 0.5) * grid[1] / size[1])
        return min(max(row, 0), grid[0] - 1) * grid[1] + min(max(column, 0), grid[1] - 1)


def chosen_points(target: Person) -> list[Point]:
    """Up to seven visible joints of the first person, from head to foot, or else the middle of the image."""
    height, width = target.size
    places = {}
    for name in ASKED:
        joint = JOINT_NAMES.index(name)
        x, y = target.joints[0, joint].tolist()
        if target.visible[0, joint] and 0 <= x <= width - 1 and 0 <= y <= height - 1:
            places[name] = (x, y)
    chosen = dict(list(places.items())[:MOST]) or {"middle": ((width - 1) / 2, (height - 1) / 2)}
    names = sorted(chosen, key=lambda name: chosen[name][1])
    return [Point(name.replace("_", ". "), *chosen[name], _hue(i, len(names))) for i, name in enumerate(names)]


def _hue(index: int, count: int) -> str:
    red, green, blue = colorsys.hsv_to_rgb(0.02 + 0.8 * index / max(count, 1), 0.85, 1.0)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
