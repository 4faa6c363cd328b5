"""A pose taken over by a body of other build: the limbs' directions and foreshortening of one, the limbs' lengths of the other.

Points are (x, y) pixels of the picture at hand, which may be another one for each of the two.
"""

import torch
from torch import Tensor

from zoo.skeleton import JOINT_FLIP, LIMBS

Pose = tuple[Tensor, Tensor]  # joints (B,18,2), visible (B,18)

NECK, HIPS, ANKLES = 1, (8, 11), (10, 13)
# Bones: parent joint, joint, length as a share of the height (Winter 2009, from joint to joint), and which bones are a pair.
# Parent -1 is the middle of the hips.
BONES = (
    (1, 2, 0.105, 0), (1, 5, 0.105, 0), (2, 3, 0.172, 1), (5, 6, 0.172, 1), (3, 4, 0.150, 2), (6, 7, 0.150, 2),
    (-1, 8, 0.050, 3), (-1, 11, 0.050, 3), (8, 9, 0.235, 4), (11, 12, 0.235, 4), (9, 10, 0.240, 5), (12, 13, 0.240, 5),
)  # fmt: skip
CROWN = 0.08  # from the eyes
TRUNK = 0.300  # from the neck to the middle of the hips
FACE = (0, 14, 15, 16, 17)
ARMS, LEGS = (1, 2), (4, 5)  # pairs: upper arms and forearms, thighs and calves
TURNED = 0.02  # a torso whose half width shows less is seen from its side
SAME, LONGER = 0.03, 1.3  # of the height: so near, both of a pair are one; and the bone to the wrong one is so much longer
UNSEEN = 0.85  # of the usual length: a bone that looks shorter on both sides is taken to be foreshortened


def height(joints: Tensor, visible: Tensor) -> Tensor:
    """How tall people stand, in pixels, as far as their bones tell: (B,18,2), (B,18) -> (B,), 0 where no bone is seen.

    A bone is never seen longer than it is, so the second longest of trunk, thighs and calves, over their usual share, counts;
    where there is one of them alone, that; where there is none, the arms.
    """
    lengths, seen = _lengths(joints, visible)
    trunk, trunk_seen = _trunk(joints, visible)
    usual = joints.new_tensor([share for _, _, share, _ in BONES])
    told = (lengths / usual).masked_fill(~seen, 0).unflatten(1, (-1, 2)).amax(2)  # by pair of bones
    body = torch.stack([(trunk.norm(dim=-1) / TRUNK).masked_fill(~trunk_seen, 0), *told[:, LEGS].unbind(1)], 1)
    first, second = body.topk(2, 1).values.unbind(1)
    return torch.where(second > 0, second, torch.where(first > 0, first, told[:, ARMS].amax(1)))


def reach(joints: Tensor, visible: Tensor) -> Tensor:
    """How far from the joint that it hangs on each one can lie, in pixels: (B,18,2), (B,18) -> (B,18), 0 where nothing tells.

    The longer of the two sides, or what is usual for somebody so tall if that is more, and a tenth for what a net missed.
    """
    seen, usual = joints.new_zeros(joints.shape[:2]), joints.new_zeros(joints.shape[1])
    for start, end in LIMBS:
        seen[:, end] = _between(joints, visible, start, end)[0].norm(dim=-1)
    for parent, joint, share, _ in BONES:
        usual[joint] = TRUNK if parent < 0 else share
    far = torch.maximum(seen, seen[:, JOINT_FLIP])
    return 1.1 * torch.maximum(far, usual * height(joints, visible)[:, None])


def credible(person: Pose) -> Pose:
    """The person without joints that were seen on something else, and what hangs on them.

    Those are at the end of a bone half as long again as such a body's; or at the other one of their pair, with the longer bone.
    """
    joints, visible = person
    tall, kept = height(joints, visible)[:, None], visible.clone()
    lengths, seen = _lengths(joints, visible)
    usual = joints.new_tensor([share for _, _, share, _ in BONES])
    far = (seen & (lengths > 1.5 * usual * tall)) | _doubled(person, lengths, seen)
    for number, (parent, joint, *_) in enumerate(BONES):
        if parent >= 2:
            kept[:, joint] &= ~far[:, number] & kept[:, parent]
    return joints.masked_fill(~kept[..., None], 0), kept


def _doubled(person: Pose, lengths: Tensor, seen: Tensor) -> Tensor:
    """Which bones (B,12) end where the other one of their pair does, and are the longer ones."""
    joints, tall = person[0], height(*person)[:, None]
    ends = joints[:, [joint for _, joint, *_ in BONES]].unflatten(1, (-1, 2))
    one = ((ends[:, :, 0] - ends[:, :, 1]).norm(dim=-1) < SAME * tall) & seen.unflatten(1, (-1, 2)).all(2)  # (B,6) pairs
    pairs = lengths.unflatten(1, (-1, 2))
    return (one[..., None] & (pairs > LONGER * pairs.flip(2))).flatten(1)


def facing(source: Pose, target: Pose) -> Pose:
    """The target as a photo of the source's visible side can show it.

    Left and right change names where one of the two is seen from the front and the other from behind.
    """
    opposite = side(*source) * side(*target) < 0
    joints = torch.where(opposite[:, None, None], target[0][:, JOINT_FLIP], target[0])
    return joints, torch.where(opposite[:, None], target[1][:, JOINT_FLIP], target[1])


def side(joints: Tensor, visible: Tensor) -> Tensor:
    """(B,) 1 for people seen from the front, -1 from behind, 0 from a side or where hips or shoulders are not seen."""
    hips, shoulders = joints[:, 11] - joints[:, 8], joints[:, 5] - joints[:, 2]
    down = joints[:, HIPS].mean(1) - joints[:, (2, 5)].mean(1)
    across = torch.stack([down[:, 1], -down[:, 0]], -1) / down.norm(dim=-1, keepdim=True).clamp_min(1e-3)
    half = ((hips + shoulders) * across).sum(-1) / 4 / height(joints, visible).clamp_min(1e-3)
    return torch.where(visible[:, (2, 5, 8, 11)].all(1) & (half.abs() > TURNED), half.sign(), 0.0)


def take_pose(source: Pose, target: Pose) -> Pose:
    """The `source`, (joints (B,18,2), visible (B,18)), in the pose of the `target`, in pixels of the source's picture.

    Every bone keeps the source's length, times how far the target's is foreshortened: its length over the longest its own body
    allows. What the target does not show stays as the source holds it. The lowest ankle stays on the ground where the
    source's was, and the hips above it; without ankles the middle of the hips stays where it was, without hips the neck.
    A pose that tells no height (no bone) is taken as it is.
    """
    source, target = facing(target, credible(source)), credible(target)
    tall, their = height(*source), height(*target)
    known = ((tall > 0) & (their > 0))[:, None]
    own, other = (_true_lengths(*person, h) for person, h in ((source, tall), (target, their)))
    ratio = (tall / their.clamp_min(1e-6))[:, None]
    joints, visible = torch.zeros_like(source[0]), torch.zeros_like(source[1])
    visible[:, NECK] = True  # the neck is the origin until the figure is put in its place
    middle = _hung(_trunk(*target), _trunk(*source), own[1] / other[1].clamp_min(1e-6))
    for number, (parent, joint, _, pair) in enumerate(BONES):
        start = middle if parent < 0 else (joints[:, parent], visible[:, parent])
        scale = own[0][:, pair] / other[0][:, pair].clamp_min(1e-6)
        along, seen = _hung(_bone(*target, number), _bone(*source, number), scale)
        joints[:, joint], visible[:, joint] = start[0] + along, start[1] & seen
    for joint in FACE:
        along, seen = _hung(_between(*target, NECK, joint), _between(*source, NECK, joint), ratio[:, 0])
        joints[:, joint], visible[:, joint] = along, seen
    joints = joints + _place(source, (joints, visible))[:, None]
    joints = torch.where(known[..., None], joints, target[0])
    return joints, torch.where(known, visible, target[1])


def within(posed: Pose, source: Pose) -> Pose:
    """A pose whose head would leave the picture, smaller about the feet, so that it stays; `source` stands there now.

    A head that the picture cut before is cut again. Without ankles nothing is changed, nor is anybody made smaller than by a
    third.
    """
    joints, visible = posed
    crown = CROWN * height(*posed)
    top, limit = (_top(*person, crown) for person in (posed, source))
    ground, stands = _lowest(*posed)
    fitting = ((ground - limit.clamp(min=0)) / (ground - top).clamp_min(1)).clamp(2 / 3, 1)
    scale = torch.where(stands & (top < 0) & (top < limit), fitting, 1.0)
    feet = torch.stack([_middle(*posed, HIPS)[0][:, 0], ground], 1)[:, None]
    return torch.where((scale < 1)[:, None, None], feet + scale[:, None, None] * (joints - feet), joints), visible


def _top(joints: Tensor, visible: Tensor, crown: Tensor) -> Tensor:
    """The height (B,) of the crown, in pixels from the upper edge."""
    return joints[..., 1].masked_fill(~visible, torch.inf).amin(1) - crown


def _hung(target: tuple[Tensor, Tensor], source: tuple[Tensor, Tensor], scale: Tensor) -> tuple[Tensor, Tensor]:
    """A vector (B,2) of the target, scaled, or else of the source as it is; and whether either is seen (B,)."""
    return torch.where(target[1][:, None], target[0] * scale[:, None], source[0]), target[1] | source[1]


def _between(joints: Tensor, visible: Tensor, start: int, end: int) -> tuple[Tensor, Tensor]:
    seen = visible[:, start] & visible[:, end]
    return (joints[:, end] - joints[:, start]).masked_fill(~seen[:, None], 0), seen


def _bone(joints: Tensor, visible: Tensor, number: int) -> tuple[Tensor, Tensor]:
    parent, joint = BONES[number][:2]
    if parent >= 0:
        return _between(joints, visible, parent, joint)
    across, seen = _between(joints, visible, HIPS[0] + HIPS[1] - joint, joint)
    return across / 2, seen


def _trunk(joints: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """From the neck to the middle of the hips (B,2), or to the one that is seen."""
    hips = visible[:, HIPS]
    middle = (joints[:, HIPS] * hips[..., None]).sum(1) / hips.sum(1, keepdim=True).clamp_min(1)
    seen = visible[:, NECK] & hips.any(1)
    return (middle - joints[:, NECK]).masked_fill(~seen[:, None], 0), seen


def _lengths(joints: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Of every bone (B,12), and whether both its ends are seen."""
    bones, seen = zip(*(_bone(joints, visible, n) for n in range(len(BONES))), strict=True)
    return torch.stack(bones, 1).norm(dim=-1), torch.stack(seen, 1)


def _true_lengths(joints: Tensor, visible: Tensor, tall: Tensor) -> tuple[Tensor, Tensor]:
    """What every pair of bones (B,6), and the trunk (B,), would measure side on: the longer of the two, or nearly the usual."""
    lengths, seen = _lengths(joints, visible)
    pairs = lengths.masked_fill(~seen, 0).unflatten(1, (-1, 2)).amax(2)
    usual = joints.new_tensor([share for _, _, share, _ in BONES[::2]]) * tall[:, None]
    trunk = _trunk(joints, visible)[0].norm(dim=-1)
    return torch.maximum(pairs, UNSEEN * usual), torch.maximum(trunk, UNSEEN * TRUNK * tall)


def _place(source: tuple[Tensor, Tensor], posed: tuple[Tensor, Tensor]) -> Tensor:
    """How far (B,2) a posed figure has to be moved to stand, or else to hang, where the source does."""
    neck, neck_seen = source[0][:, NECK] - posed[0][:, NECK], source[1][:, NECK]
    hips = [_middle(*person, HIPS) for person in (source, posed)]
    shift = torch.where((hips[0][1] & hips[1][1])[:, None], hips[0][0] - hips[1][0], neck * neck_seen[:, None])
    ground = [_lowest(*person) for person in (source, posed)]
    down = torch.where(ground[0][1] & ground[1][1], ground[0][0] - ground[1][0], shift[:, 1])
    return torch.stack([shift[:, 0], down], 1)


def _middle(joints: Tensor, visible: Tensor, which: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    seen = visible[:, which]
    return (joints[:, which] * seen[..., None]).sum(1) / seen.sum(1, keepdim=True).clamp_min(1), seen.any(1)


def _lowest(joints: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    seen = visible[:, ANKLES]
    return joints[:, ANKLES, 1].masked_fill(~seen, -torch.inf).amax(1).nan_to_num(neginf=0), seen.any(1)
