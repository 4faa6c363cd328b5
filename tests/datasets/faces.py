"""Faces of a few ellipses, laid out as CelebAMask-HQ is."""

from pathlib import Path

import numpy as np
from PIL import Image

ELLIPSES = {  # part: middle and half axes, in shares of the side, before the face is moved
    "hair": (0.5, 0.35, 0.32, 0.28), "skin": (0.5, 0.5, 0.25, 0.32), "l_eye": (0.6, 0.45, 0.06, 0.03),
    "r_eye": (0.4, 0.45, 0.06, 0.03), "l_brow": (0.6, 0.37, 0.08, 0.02), "r_brow": (0.4, 0.37, 0.08, 0.02),
    "nose": (0.5, 0.55, 0.04, 0.08), "mouth": (0.5, 0.68, 0.06, 0.01), "u_lip": (0.5, 0.665, 0.09, 0.02),
    "l_lip": (0.5, 0.7, 0.09, 0.02), "neck": (0.5, 0.9, 0.13, 0.15), "cloth": (0.5, 1.0, 0.4, 0.08),
}  # fmt: skip
SIDE = 128  # of a photo; masks are half as large


def faces(root: Path, count: int = 8) -> Path:
    """Photos N.jpg and masks NNNNN_part.png, each face a little elsewhere and of its own colours."""
    for folder in ("CelebA-HQ-img", "CelebAMask-HQ-mask-anno/0", "CelebAMask-HQ-mask-anno/1"):
        (root / folder).mkdir(parents=True)
    for n in range(count):
        dice = np.random.default_rng(n)
        shift, photo = dice.uniform(-0.08, 0.08, 2), np.full((SIDE, SIDE, 3), 230, np.uint8)
        for part, (x, y, a, b) in ELLIPSES.items():
            photo[ellipse(SIDE, x + shift[0], y + shift[1], a, b)] = dice.integers(20, 220, 3)
            mask = ellipse(SIDE // 2, x + shift[0], y + shift[1], a, b)
            if part == "hair":
                mask &= ~ellipse(SIDE // 2, 0.5 + shift[0], 0.5 + shift[1], 0.25, 0.32)
            path = root / "CelebAMask-HQ-mask-anno" / str(n % 2) / f"{n:05d}_{part}.png"
            Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)).convert("RGB").save(path)
        Image.fromarray(photo).save(root / "CelebA-HQ-img" / f"{n}.jpg", quality=95)
    return root


def ellipse(side: int, x: float, y: float, a: float, b: float) -> np.ndarray:
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side
    inside: np.ndarray = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 <= 1
    return inside
