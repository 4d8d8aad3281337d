"""Arrays and PIL pictures as files for the program and back: TIFF without compression, so that no pixel changes and no
time goes into packing."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ._errors import FacePrivacyError

if TYPE_CHECKING:
    import numpy
    import PIL.Image
    from numpy.typing import NDArray

Piece = bytes | memoryview
Channels = Literal["rgb", "bgr"]

_SHORT, _LONG = 3, 4
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _OFFSETS = 256, 257, 258, 259, 262, 273
_SAMPLES, _ROWS, _COUNTS, _EXTRA = 277, 278, 279, 338
_UNCOMPRESSED, _GREY, _RGB = 1, 1, 2


@dataclass(frozen=True)
class Pixels:
    """Rows of 8-bit samples without gaps."""

    width: int
    height: int
    channels: int  # 1 gray, 3 RGB; 2 and 4 with alpha
    samples: memoryview


def tiff_of(pixels: Pixels) -> list[Piece]:
    """The file, in two pieces: the second is the samples themselves."""
    channels = pixels.channels
    entries = [
        (_WIDTH, _LONG, [pixels.width]),
        (_HEIGHT, _LONG, [pixels.height]),
        (_BITS, _SHORT, [8] * channels),
        (_COMPRESSION, _SHORT, [_UNCOMPRESSED]),
        (_PHOTOMETRIC, _SHORT, [_RGB if channels >= 3 else _GREY]),
        (_OFFSETS, _LONG, [0]),
        (_SAMPLES, _SHORT, [channels]),
        (_ROWS, _LONG, [pixels.height]),
        (_COUNTS, _LONG, [pixels.width * pixels.height * channels]),
    ]
    if channels in (2, 4):
        entries.append((_EXTRA, _SHORT, [2]))  # alpha that the colors are not multiplied with
    directory_end = 8 + 2 + 12 * len(entries) + 4
    samples_at = directory_end + 16
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    for tag, kind, values in entries:
        value = [samples_at] if tag == _OFFSETS else values
        packed = struct.pack(f"<{len(value)}{'H' if kind == _SHORT else 'I'}", *value)
        if len(packed) > 4:  # the bits of each sample alone
            packed = struct.pack("<I", directory_end)
        head += struct.pack("<HHI", tag, kind, len(value)) + packed.ljust(4, b"\0")
    head += bytes(4) + struct.pack("<8H", *[8] * 8)
    return [head, pixels.samples]


def pixels_of(tiff: bytes) -> Pixels:
    """The program's own answer, which is whole strips of 8-bit samples."""
    order = "<" if tiff[:2] == b"II" else ">"
    tags = _directory(tiff, order)
    width, height, channels = tags[_WIDTH][0], tags[_HEIGHT][0], tags[_SAMPLES][0]
    if tags[_COMPRESSION] != [_UNCOMPRESSED] or set(tags[_BITS]) != {8}:
        raise FacePrivacyError("no_answer", "the answer is not pixels as they were sent")
    view = memoryview(tiff)
    strips = [view[start : start + size] for start, size in zip(tags[_OFFSETS], tags[_COUNTS], strict=True)]
    follow_one_another = all(
        start + size == after
        for start, size, after in zip(tags[_OFFSETS], tags[_COUNTS], tags[_OFFSETS][1:], strict=False)
    )
    first = tags[_OFFSETS][0]
    samples = view[first : first + sum(tags[_COUNTS])] if follow_one_another else memoryview(b"".join(strips))
    if len(samples) != width * height * channels:
        raise FacePrivacyError("no_answer", "the answer is not pixels as they were sent")
    return Pixels(width, height, channels, samples)


def _directory(tiff: bytes, order: str) -> dict[int, list[int]]:
    (at,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, at)
    tags: dict[int, list[int]] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(order + "HHI", tiff, entry)
        if kind not in (_SHORT, _LONG):
            continue
        form = f"{order}{length}{'H' if kind == _SHORT else 'I'}"
        place = entry + 8
        if struct.calcsize(form) > 4:
            (place,) = struct.unpack_from(order + "I", tiff, place)
        tags[tag] = list(struct.unpack_from(form, tiff, place))
    return tags


def pieces_of_array(array: NDArray[numpy.uint8], order: Channels) -> list[Piece]:
    """HWC uint8: RGB or BGR, with or without alpha, or HW and HW1: gray. A bad kind is `invalid_input`."""
    import numpy

    if array.dtype != numpy.uint8 or array.ndim not in (2, 3) or array.size == 0:
        raise FacePrivacyError(
            "invalid_input", f"an array of height x width x 3 of uint8 is needed, not {array.shape} of {array.dtype}"
        )
    channels = 1 if array.ndim == 2 else array.shape[2]
    if channels not in (1, 3, 4):
        raise FacePrivacyError("invalid_input", f"an array of 1, 3 or 4 channels (HWC) is needed, not {array.shape}")
    straight = numpy.ascontiguousarray(_reordered(array, order))
    return tiff_of(Pixels(array.shape[1], array.shape[0], channels, straight.data.cast("B")))


def array_of(tiff: bytes, like: NDArray[numpy.uint8], order: Channels) -> NDArray[numpy.uint8]:
    """A new array of the shape of `like`."""
    import numpy

    pixels = pixels_of(tiff)
    flat = numpy.frombuffer(pixels.samples, numpy.uint8).reshape(like.shape)
    return numpy.array(_reordered(flat, order), order="C")


def _reordered(array: NDArray[numpy.uint8], order: Channels) -> NDArray[numpy.uint8]:
    if order == "rgb" or array.ndim == 2 or array.shape[2] == 1:
        return array
    return array[..., [2, 1, 0, *range(3, array.shape[2])]]


_PIL_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_PIL_NEAREST = {
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "LAB": "RGB",
    "HSV": "RGB",
    "RGBX": "RGB",
}


def pieces_of_pil(picture: PIL.Image.Image) -> list[Piece]:
    """As it is shown where EXIF says that it lies turned: PIL does not turn it."""
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture) or picture
    mode = upright.mode
    if mode not in _PIL_CHANNELS:
        if mode not in _PIL_NEAREST:
            raise FacePrivacyError("invalid_input", f"PIL's mode {mode} is not taken; convert it to RGB or L")
        mode = "RGBA" if mode == "P" and "transparency" in upright.info else _PIL_NEAREST[mode]
        upright = upright.convert(mode)
    return tiff_of(Pixels(upright.width, upright.height, _PIL_CHANNELS[mode], memoryview(upright.tobytes())))


def pil_of(tiff: bytes) -> PIL.Image.Image:
    """A new picture of the mode that the pixels have."""
    import PIL.Image

    pixels = pixels_of(tiff)
    mode = {channels: mode for mode, channels in _PIL_CHANNELS.items()}[pixels.channels]
    return PIL.Image.frombytes(mode, (pixels.width, pixels.height), bytes(pixels.samples))


@dataclass(frozen=True)
class Wrapped:
    """A photo as the program takes it, and how its answer becomes what the caller gave."""

    pieces: Sequence[Piece]
    is_file: bool  # a photo file, whose format stays
    unwrap: Callable[[bytes], Any]


def is_array(photo: object) -> bool:
    """Without importing numpy for those who have no array."""
    kind = type(photo)
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray"


def is_pil(photo: object) -> bool:
    return any(kind.__module__ == "PIL.Image" and kind.__name__ == "Image" for kind in type(photo).__mro__)


def wrap(photo: Any, order: Channels) -> Wrapped:
    """Bytes and what is like them, arrays, PIL pictures."""
    if order not in ("rgb", "bgr"):
        raise FacePrivacyError("invalid_option", f'channels are "rgb" or "bgr", not {order!r}')
    if isinstance(photo, (bytes, bytearray, memoryview)):
        return Wrapped(
            [photo if isinstance(photo, bytes) else memoryview(photo).cast("B")], True, lambda answer: answer
        )
    if is_array(photo):
        return Wrapped(pieces_of_array(photo, order), False, lambda answer: array_of(answer, photo, order))
    if is_pil(photo):
        return Wrapped(pieces_of_pil(photo), False, pil_of)
    raise FacePrivacyError(
        "invalid_input", f"bytes, a path, a numpy array or a PIL picture is needed, not {type(photo).__name__}"
    )
