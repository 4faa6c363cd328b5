"""Videos in and out, through PyAV, an extra of its own: pictures of a video as files, and files as a video."""

import io
from collections.abc import Iterable
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image

from zoo.documents.files import write_atomically
from zoo.documents.progress import ticking
from zoo.documents.reading import require_file
from zoo.errors import ZooError
from zoo.photos.images import open_photo

CODECS = {"h264": "libx264", "vp9": "libvpx-vp9", "mpeg4": "mpeg4"}  # the first that is built in and fits the file
MOST = 20_000  # pictures of a video


def unpacked(video: Path, folder: Path) -> tuple[list[str], Fraction]:
    """Write the pictures of a video into `folder`, upright; their names in order, and how many there are a second.

    ZooError when PyAV is not installed, or the file is missing, damaged, no video, or longer than `MOST` pictures.
    """
    require_file(video)
    av = pyav()
    names: list[str] = []
    try:
        with av.open(str(video)) as opened:
            stream = opened.streams.video[0]
            rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
            for frame in ticking(opened.decode(stream), f"reading {video.name}", stream.frames or MOST):
                if len(names) == MOST:
                    fix = "cut it first"
                    raise ZooError(f"{video.name} has more than {MOST} pictures", where=str(video), fix=fix, exit_code=2)
                names.append(f"{len(names) + 1:06d}.jpg")
                _write(folder / names[-1], frame.to_image().rotate(getattr(frame, "rotation", 0), expand=True))
    except (av.FFmpegError, IndexError, ValueError) as error:
        if not names:
            fix = "export it as .mp4"
            raise ZooError(f"{video.name} cannot be read as a video: {error}", where=str(video), fix=fix) from error
    return names, rate


def write_video(path: Path, pictures: Iterable[Path], rate: Fraction) -> None:
    """The pictures, all of one size, one after the other; sides are cut to even numbers, as the codecs want it."""
    av, buffer = pyav(), io.BytesIO()
    try:
        with av.open(buffer, "w", format=av.ContainerFormat(_format(path), "w").name) as made:
            stream = made.add_stream(_codec(av, made.supported_codecs), rate=rate, options={"crf": "18"})
            stream.pix_fmt = "yuv420p"
            for number, picture in enumerate(pictures):
                pixels = np.asarray(open_photo(picture))
                pixels = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]
                if number == 0:
                    stream.height, stream.width = pixels.shape[:2]
                    stream.bit_rate = 8 * pixels.shape[0] * pixels.shape[1]
                made.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
            made.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        fix = "write an .mp4, or a folder of pictures"
        raise ZooError(f"{path.name} cannot be written: {error}", where=str(path.parent), fix=fix) from error
    write_atomically(path, buffer.getvalue())


def pyav() -> ModuleType:
    """PyAV, or a ZooError that says how to get it."""
    try:
        return import_module("av")
    except ImportError as error:
        fix = "pip install 'posezoo[video]'; or give a folder of the video's pictures"
        raise ZooError(
            "videos need PyAV, which is not installed", where="reading and writing videos", fix=fix, exit_code=2
        ) from error


def _format(path: Path) -> str:
    return {"mkv": "matroska", "m4v": "mp4"}.get(kind := path.suffix.lower()[1:], kind)


def _codec(av: ModuleType, held: set[str]) -> str:
    for codec, encoder in CODECS.items():
        if codec in held and encoder in av.codecs_available:
            return encoder
    raise ValueError("no codec for this kind of file")


def _write(path: Path, picture: Image.Image) -> None:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=95)
    write_atomically(path, buffer.getvalue())
