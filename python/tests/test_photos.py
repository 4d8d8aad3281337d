"""Files, arrays and pictures in, the same kind out."""

from __future__ import annotations

import io
from pathlib import Path

import numpy
import pytest
from numpy.typing import NDArray
from PIL import Image

import face_privacy
from face_privacy import FacePrivacyError, Redactor


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def inside(faces: face_privacy.Faces, shape: tuple[int, ...]) -> NDArray[numpy.bool_]:
    """The middle half of each face."""
    mask = numpy.zeros(shape[:2], bool)
    for x_min, y_min, x_max, y_max in faces.xyxy.astype(int):
        across, down = (x_max - x_min) // 4, (y_max - y_min) // 4
        mask[y_min + down : y_max - down, x_min + across : x_max - across] = True
    return mask


def test_bytes_come_back_as_a_file_of_the_same_format(redactor: Redactor, photo: bytes) -> None:
    result = redactor.redact(photo)
    before, after = numpy.asarray(opened(photo), int), numpy.asarray(opened(result.image), int)
    assert opened(result.image).format == "JPEG" and before.shape == after.shape
    assert len(result.faces) == result.regions == 3
    assert numpy.abs(before - after)[inside(result.faces, before.shape)].mean() > 5
    corner = numpy.s_[-16:, -16:]
    assert numpy.array_equal(before[corner], after[corner])  # of a JPEG only blocks under a face are written again


def test_the_bytes_are_those_of_the_command_line(redactor: Redactor, photo: bytes, tmp_path: Path) -> None:
    from face_privacy._program import find_program, run_program

    (tmp_path / "in.jpg").write_bytes(photo)
    run_program(find_program(), "blur", str(tmp_path / "in.jpg"), "-o", str(tmp_path / "out.jpg"), "--profile", "fast")
    assert redactor.redact(photo).image == (tmp_path / "out.jpg").read_bytes()


def test_a_path_is_read_and_a_result_written_elsewhere(redactor: Redactor, photo: bytes, tmp_path: Path) -> None:
    given, out = tmp_path / "in.jpg", tmp_path / "out.jpg"
    given.write_bytes(photo)
    result = redactor.redact(given, out=out)
    assert out.read_bytes() == result.image and given.read_bytes() == photo
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jpg", "out.jpg"]
    assert redactor.redact(str(given)).image == result.image


def test_the_photo_itself_is_never_written_over(redactor: Redactor, photo: bytes, tmp_path: Path) -> None:
    given, link = tmp_path / "in.jpg", tmp_path / "link.jpg"
    given.write_bytes(photo)
    link.symlink_to(given)
    with pytest.raises(FacePrivacyError, match="never written over") as caught:
        redactor.redact(given, out=link)
    assert caught.value.code == "invalid_option" and given.read_bytes() == photo


@pytest.mark.parametrize("shape", ["rgb", "bgr", "rgba", "grey", "grey with an axis"])
def test_an_array_comes_back_as_an_array(redactor: Redactor, photo: bytes, shape: str) -> None:
    mode = {"rgba": "RGBA", "grey": "L", "grey with an axis": "L"}.get(shape, "RGB")
    array = numpy.array(opened(photo).convert(mode))
    if shape == "grey with an axis":
        array = array[..., None]
    if shape == "bgr":
        array = array[..., ::-1]
    before = array.copy()
    result = redactor.redact(array, channels="bgr" if shape == "bgr" else "rgb")
    assert numpy.array_equal(array, before), "never in place"
    assert result.image.shape == array.shape and result.image.dtype == numpy.uint8
    assert result.image.flags.writeable and result.image.flags.c_contiguous
    mask = inside(result.faces, array.shape)
    changed = numpy.abs(result.image.astype(int) - before)
    assert len(result.faces) >= 3 and changed[mask].mean() > 5
    assert not changed[-16:].any() and not changed[:, -16:].any()  # lossless
    assert (changed > 0).mean() < 0.3


def test_bgr_is_what_rgb_is_the_other_way_round(redactor: Redactor, photo: bytes) -> None:
    array = numpy.array(opened(photo))
    rgb = redactor.redact(array, style="fill", color="#ff0000").image
    bgr = redactor.redact(array[..., ::-1], channels="bgr", style="fill", color="#ff0000").image
    assert numpy.array_equal(rgb, bgr[..., ::-1])


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK"])
def test_a_picture_comes_back_as_a_picture(redactor: Redactor, photo: bytes, mode: str) -> None:
    picture = opened(photo).convert(mode)
    before = picture.tobytes()
    result = redactor.redact(picture)
    assert isinstance(result.image, Image.Image) and result.image.size == picture.size
    assert result.image.mode == (mode if mode in ("RGB", "L", "RGBA") else "RGB")
    assert picture.tobytes() == before and len(result.faces) >= 2
    result.image.putpixel((0, 0), 0)  # a picture of the caller's own


def test_a_picture_that_exif_turns_is_looked_at_as_it_is_shown(redactor: Redactor, photo: bytes) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    opened(photo).rotate(90, expand=True).save(file, "JPEG", quality=95, exif=exif)
    result = redactor.redact(opened(file.getvalue()))
    assert result.image.size == opened(photo).size and len(result.faces) == 3


def test_an_array_of_an_odd_size_keeps_it(redactor: Redactor) -> None:
    for height, width in [(1, 1), (1, 37), (33, 1), (301, 207)]:
        array = numpy.random.default_rng(0).integers(0, 256, (height, width, 3), numpy.uint8)
        assert numpy.array_equal(redactor.redact(array, detect=False).image, array)


@pytest.mark.parametrize(
    "given",
    [numpy.zeros((4, 4, 3)), numpy.zeros((4, 4, 2), numpy.uint8), numpy.zeros((0, 4, 3), numpy.uint8), 7, None],
    ids=["floats", "two channels", "empty", "a number", "nothing"],
)
def test_what_is_no_photo_is_named(redactor: Redactor, given: object) -> None:
    with pytest.raises(FacePrivacyError) as caught:
        redactor.redact(given)  # type: ignore[call-overload]
    assert caught.value.code == "invalid_input" and caught.value.status is None


def test_an_array_has_no_format(redactor: Redactor) -> None:
    for options in ({"format": "jpeg"}, {"quality": 80}, {"metadata": "keep"}, {"out": "x.jpg"}):
        with pytest.raises(FacePrivacyError, match="as it was given"):
            redactor.redact(numpy.zeros((8, 8, 3), numpy.uint8), **options)


def test_detect_then_review_then_redact(redactor: Redactor, photo: bytes) -> None:
    found = redactor.detect(photo)
    faces = found.faces
    assert (found.width, found.height) == (480, 340) and len(faces) == 3
    assert faces.xyxy.shape == (3, 4) and faces.xyxy.dtype == numpy.float32
    assert faces.confidence.shape == (3,) and faces.landmarks.shape == (3, 5, 2)
    assert list(faces.confidence) == sorted(faces.confidence, reverse=True)
    assert (faces.xyxy[:, 2:] > faces.xyxy[:, :2]).all()
    left_eyes, right_eyes = faces.landmarks[:, 0, 0], faces.landmarks[:, 1, 0]
    assert (left_eyes > right_eyes).all()  # the persons' own
    assert faces.xyxy[0, 0] < left_eyes[0] < faces.xyxy[0, 2]
    one = redactor.redact(photo, detect=False, regions=faces.xyxy[:1])
    assert one.regions == 1 and len(one.faces) == 0
    changed = numpy.abs(numpy.asarray(opened(photo), int) - numpy.asarray(opened(one.image), int))
    assert changed[inside(faces[:1], changed.shape)].mean() > 5
    assert changed[inside(faces[1:], changed.shape)].mean() < 1


def test_what_is_kept_is_told(redactor: Redactor, photo: bytes) -> None:
    first = redactor.detect(photo).faces[0]
    x_min, y_min, x_max, y_max = first.box
    result = redactor.redact(photo, keep=[(x_min - 5, y_min - 5, x_max + 5, y_max + 5)])
    assert [face.kept for face in result.faces] == [True, False, False] and result.regions == 2


def test_no_faces_are_arrays_of_none(redactor: Redactor) -> None:
    faces = redactor.detect(numpy.full((64, 64, 3), 90, numpy.uint8)).faces
    assert faces.xyxy.shape == (0, 4) and faces.confidence.shape == (0,) and faces.landmarks.shape == (0, 5, 2)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"stile": "fill"}, "unknown_option"),
        ({"style": "smudge"}, "invalid_option"),
        ({"margin": 9}, "invalid_option"),
        ({"regions": [(10, 10, 5, 20)]}, "invalid_option"),
        ({"regions": [(1, 2, 3)]}, "invalid_option"),
        ({"channels": "hsv"}, "invalid_option"),
    ],
)
def test_an_option_that_makes_no_sense_is_an_error(
    redactor: Redactor, photo: bytes, options: dict[str, object], code: str
) -> None:
    with pytest.raises(FacePrivacyError) as caught:
        redactor.redact(photo, **options)  # type: ignore[call-overload]
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"no photo at all", "not_a_photo", 415),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "damaged_photo", 422),
        (b"", "missing_photo", 400),
    ],
    ids=["text", "damaged", "empty"],
)
def test_errors_have_the_codes_of_the_api(redactor: Redactor, content: bytes, code: str, status: int) -> None:
    with pytest.raises(FacePrivacyError) as caught:
        redactor.redact(content)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_a_file_that_is_not_there_is_named(redactor: Redactor, tmp_path: Path) -> None:
    with pytest.raises(FacePrivacyError, match="absent.jpg: No such file") as caught:
        redactor.redact(tmp_path / "absent.jpg")
    assert caught.value.code == "io_error"


def test_many_come_back_in_their_order(redactor: Redactor, photo: bytes) -> None:
    sizes = [(200 + 8 * i, 160) for i in range(20)]
    arrays = [numpy.array(opened(photo).resize(size)) for size in sizes]
    taken = []

    def given() -> object:
        for array in arrays:
            taken.append(1)
            yield array

    results = redactor.redact_many(given(), threads=2)  # type: ignore[call-overload]
    shapes = []
    for number, result in enumerate(results):
        shapes.append(result.image.shape[1::-1])
        assert len(taken) <= number + 4, "no more than twice the threads are taken ahead"
    assert shapes == sizes


def test_one_bad_photo_among_many(redactor: Redactor, photo: bytes) -> None:
    results = list(redactor.redact_many([photo, b"bad", photo], errors="return"))
    assert [isinstance(result, FacePrivacyError) for result in results] == [False, True, False]
    with pytest.raises(FacePrivacyError, match="not_a_photo"):
        list(redactor.redact_many([photo, b"bad", photo]))


def test_kinds_of_metadata_that_went_are_told(redactor: Redactor, photo: bytes) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    opened(photo).save(file, "JPEG", exif=exif)
    assert "device" in redactor.redact(file.getvalue()).removed
    kept = redactor.redact(file.getvalue(), metadata="keep", format="avif")
    assert "device" not in kept.removed and kept.warnings == ()
