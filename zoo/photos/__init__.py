"""Files of the user's, read with suspicion: images, joints, parsings, and how they are brought to the model's size."""

from zoo.photos.detections import read_rows, spelling
from zoo.photos.images import open_photo, photo_size, read_image, to_tensor, write_image
from zoo.photos.joints import checked, read_annotations, read_joints
from zoo.photos.parsings import placed_labels, read_labels, read_parsing
from zoo.photos.placement import Fit, Placement, at_most, place

__all__ = [
    "Fit", "Placement", "at_most", "checked", "open_photo", "photo_size", "place", "placed_labels", "read_annotations",
    "read_image", "read_joints", "read_labels", "read_parsing", "read_rows", "spelling", "to_tensor", "write_image",
]  # fmt: skip
