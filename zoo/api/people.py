"""`zoo.person`."""

from collections.abc import Iterable, Iterator

from zoo.errors import ZooError
from zoo.photos.sightings import Size
from zoo.photos.subject import Subject, subject

People = Subject | Iterable[Subject]


def person(
    image: object = None,
    joints: object = None,
    parsing: object = None,
    *,
    regions: str | None = None,
    size: Size | None = None,
    number: int | None = None,
    name: str | None = None,
    confidence: float | None = None,
) -> Subject:
    """A person: of a photo, or a pose without one. What is not given is seen by nets once a model needs it.

    `image` is a path, the bytes of a file, a PIL image, an array (H,W,3) of uint8, or a tensor (3,H,W), uint8 or float in
    [-1,1]. `joints` are a file of any detector, a document as OpenPose writes it, or numbers (J,2) or (J,3): x, y in pixels of
    the image, and confidence. `parsing` holds label numbers (H,W), as large as the image: a png or npy, a grey PIL image, an
    array or a tensor; `regions` names their vocabulary, or the one in which nets are to tell regions. Without an image `size`
    (H,W) says which picture the joints are pixels of. `number` picks one of several people, counted from 1 (the largest if not
    given), `name` one picture of a file of joints that tells of several, and `confidence` the joints that count.

    ZooError for what cannot be read, for joints or labels of another picture, and for joints that are no pose.
    """
    return subject(image, joints, parsing, regions=regions, size=size, number=number, row=name, confidence=confidence)


def paired(sources: People, poses: People) -> Iterator[tuple[Subject, Subject]]:
    """Each source with each one's pose; one source or pose serves all. ZooError where they are not as many."""
    if isinstance(sources, Subject):
        several = [poses] if isinstance(poses, Subject) else poses
        yield from ((sources, pose) for pose in several)
    elif isinstance(poses, Subject):
        yield from ((source, poses) for source in sources)
    else:
        try:
            yield from zip(sources, poses, strict=True)
        except ValueError as error:
            fix = "give one of them for all, or as many of each"
            raise ZooError("there are not as many sources as poses", where="transfer", fix=fix, exit_code=2) from error
