"""Orthographic ray casting of rounded cones (Quilez' primitive), tile by tile, exact and without a loop over pixels.

A solid is the union of spheres of radius r(t) = ra + t (rb - ra) along the segment a -> b of its own `q` space. An affine
map P = origin + matrix q carries it into the world: x right, y down, z towards the viewer, all in pixels. A clip plane
discards surface points with n . q > c: flat hems, hairlines, coat fronts.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

MISS = -1.0e9
TILE = 8
# columns of `Capsules.rays`: p1 = x P1X + y P1Y + P10 (along the projected axis), p2 likewise, zeta likewise (along the ray)
P1X, P1Y, P10, P2X, P2Y, P20, ZX, ZY, Z0, DX, DZ, RA, DR, PER_Z, CX, CY, CZ, C0 = range(18)


@dataclass(frozen=True)
class Capsules:
    """B scenes of K solids."""

    matrix: Tensor  # (B,K,3,3)
    origin: Tensor  # (B,K,3)
    a: Tensor  # (B,K,3), in q space
    b: Tensor  # (B,K,3)
    radii: Tensor  # (B,K,2); zero for a solid that is absent
    clip: Tensor  # (B,K,4) n, c

    def rays(self) -> Tensor:
        """(B,K,18) float32: what `cast` needs of each solid, in its own ray-aligned frame."""
        inverse = torch.linalg.inv(self.matrix)
        ray = inverse[..., 2]
        speed = ray.norm(dim=-1, keepdim=True)
        e3 = ray / speed
        axis = self.b - self.a
        dz = (axis * e3).sum(-1, keepdim=True)
        across = axis - dz * e3
        spare = torch.linalg.cross(e3, e3.roll(1, -1) + e3.new_tensor((0.3, -0.5, 0.7)))
        across = torch.where(across.norm(dim=-1, keepdim=True) > 1e-6, across, spare)
        e1 = across / across.norm(dim=-1, keepdim=True)
        e2 = torch.linalg.cross(e3, e1)
        start = -(inverse @ self.origin[..., None])[..., 0] - self.a
        basis = torch.stack((e1, e2, e3), -2)
        slopes, offset = basis @ inverse[..., :2], (basis @ start[..., None])
        lines = torch.cat((slopes, offset), -1).flatten(-2)
        dx = (axis * e1).sum(-1, keepdim=True)
        ra, rb = self.radii[..., :1], self.radii[..., 1:]
        normal = (self.clip[..., None, :3] @ inverse)[..., 0, :]
        limit = self.clip[..., 3:] + (normal * self.origin).sum(-1, keepdim=True)
        return torch.cat((lines, dx, dz, ra, rb - ra, 1 / speed, normal, limit), -1).float()

    def boxes(self) -> Tensor:
        """(B,K,4) pixels: left, top, right, bottom of each solid's projection."""
        ends = torch.stack((self.a, self.b), -1)
        centre = (self.origin[..., None] + self.matrix @ ends)[..., :2, :]
        reach = self.matrix[..., :2, :].norm(dim=-1)[..., None] * self.radii[..., None, :]
        return torch.cat(((centre - reach).amin(-1), (centre + reach).amax(-1)), -1).float()


def cast(ray: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Depth z of the front surface at pixels (x, y), MISS where there is none, and t in [0,1] along the axis.

    `ray` (...,18) broadcasts against x and y. The front is max over t of zeta(t) + sqrt(Q(t)) with
    Q = r(t)^2 - |p - c(t)|^2 = A t^2 + B t + C; setting the derivative to zero gives t in closed form.
    """
    c = ray.unbind(-1)
    p1 = x * c[P1X] + y * c[P1Y] + c[P10]
    p2 = x * c[P2X] + y * c[P2Y] + c[P20]
    A = (c[DR] * c[DR] - c[DX] * c[DX]).clamp(max=-1e-7)
    B = 2 * (c[RA] * c[DR] + p1 * c[DX])
    C = c[RA] * c[RA] - p1 * p1 - p2 * p2
    root = (B * B - 4 * A * C).clamp(min=0).sqrt()
    t = ((B + c[DZ] * root / (c[DZ] * c[DZ] - A).sqrt()) / (-2 * A)).clamp(0, 1)
    Q = (A * t + B) * t + C
    zeta = t * c[DZ] + Q.clamp(min=0).sqrt() - (x * c[ZX] + y * c[ZY] + c[Z0])
    z = zeta * c[PER_Z]
    hit = (Q > 0) & (x * c[CX] + y * c[CY] + z * c[CZ] <= c[C0])
    return torch.where(hit, z, MISS), t


@dataclass(frozen=True)
class Hits:
    """The N foreground pixels of a traced batch."""

    sample: Tensor  # (N,) int64
    pixel: Tensor  # (N,) int64, row-major
    solid: Tensor  # (N,) int64
    point: Tensor  # (N,3) world, pixels
    t: Tensor  # (N,) along the solid's axis


def trace(scene: Capsules, rays: Tensor, size: tuple[int, int], fine: int = 1) -> Hits:
    """The front surface at every pixel of `size` (H,W), each split into fine x fine rays. Pixel centres are integers."""
    height, width = size[0] * fine, size[1] * fine
    rows, columns = -(-height // TILE), -(-width // TILE)
    boxes = (scene.boxes() + 0.5) * fine - 0.5
    tops, lefts = (TILE * torch.arange(n, device=rays.device) for n in (rows, columns))
    inside_y = (boxes[..., 1, None] <= tops + TILE) & (boxes[..., 3, None] >= tops - 1)
    inside_x = (boxes[..., 0, None] <= lefts + TILE) & (boxes[..., 2, None] >= lefts - 1)
    there = (scene.radii.amax(-1) > 0)[..., None, None]
    sample, solid, row, column = (inside_y[..., :, None] & inside_x[..., None, :] & there).nonzero().unbind(-1)
    within = torch.arange(TILE * TILE, device=rays.device)
    ys, xs = TILE * row[:, None] + within // TILE, TILE * column[:, None] + within % TILE
    z, _ = cast(rays[sample, solid][:, None], *_centres(xs, ys, fine))
    tile = ((sample * rows + row) * columns + column)[:, None].expand_as(z)
    depth = z.new_full((len(rays) * rows * columns, TILE * TILE), MISS).scatter_reduce_(0, tile, z, "amax")
    front = torch.where((z > MISS) & (z == depth.gather(0, tile)), solid[:, None], -1)
    winner = torch.full_like(depth, -1, dtype=torch.int64).scatter_reduce_(0, tile, front, "amax")
    winner = winner.view(-1, rows, columns, TILE, TILE).transpose(2, 3).reshape(-1, rows * TILE, columns * TILE)
    sample, y, x = (winner[:, :height, :width] >= 0).nonzero().unbind(-1)
    solid = winner[sample, y, x]
    px, py = _centres(x, y, fine)
    z, t = cast(rays[sample, solid], px, py)
    return Hits(sample, y * width + x, solid, torch.stack((px, py, z), -1), t)


def _centres(x: Tensor, y: Tensor, fine: int) -> tuple[Tensor, Tensor]:
    return (x + 0.5) / fine - 0.5, (y + 0.5) / fine - 0.5
