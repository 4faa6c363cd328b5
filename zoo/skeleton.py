"""The skeleton as data: 18 joints in OpenPose order (R and L are the person's own), limbs, groups, flips. No torch."""

JOINTS = 18
JOINT_NAMES = (
    "nose", "neck", "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist", "r_hip", "r_knee", "r_ankle",
    "l_hip", "l_knee", "l_ankle", "r_eye", "l_eye", "r_ear", "l_ear",
)  # fmt: skip
JOINT_FLIP = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16)
BODY_LIMBS = ((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13))
LIMBS = (*BODY_LIMBS, (1, 0), (0, 14), (14, 16), (0, 15), (15, 17))  # 17, for drawing
HEAD_JOINTS = (0, 1, 14, 15, 16, 17)
JOINT_GROUPS = {  # part-wise flow: shared joints anchor scale and orientation
    "overlap": {"head": (0, 1, 14, 15, 16, 17), "torso": (1, 2, 3, 4, 5, 6, 7, 8, 11), "leg": (8, 9, 10, 11, 12, 13)},
    "disjoint": {"head": (0, 14, 15, 16, 17), "torso": (1, 2, 3, 4, 5, 6, 7), "leg": (8, 9, 10, 11, 12, 13)},
    "whole": {"body": tuple(range(len(JOINT_NAMES)))},
}

# How others order the joints: for each of ours, in our order, the number of theirs; a pair of numbers is averaged.
Order = tuple[int | tuple[int, int], ...]
_COCO: Order = (0, (5, 6), 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)  # no neck
JOINT_ORDERS: dict[int, Order] = {  # by how many joints they have
    17: _COCO,
    18: tuple(range(JOINTS)),  # OpenPose
    25: (*range(8), *range(9, 19)),  # OpenPose's BODY_25; 8 is the middle of the hips
    26: _COCO,  # Halpe; COCO's joints come first here, in COCO-WholeBody and in the full Halpe
    33: (0, (11, 12), 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7),  # MediaPipe
    133: _COCO,  # COCO-WholeBody
    136: _COCO,  # Halpe with face and hands
}
