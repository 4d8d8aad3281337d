"""Photos of every format through the program, seen by other eyes: Pillow for the pixels, exiftool for
what is left of the metadata."""

import shutil

import numpy
import pytest
from PIL import Image, ImageSequence

from conftest import TESTDATA, exif_tags

CODEC = TESTDATA / "codec"
BOX = (8, 6, 20, 14)  # x, y, width, height

LOSSLESS = ["rgb8.png", "gray8.png", "gray1.png", "palette8.png", "palette2.png", "palette_transparent.png",
            "rgba8.png", "gray_alpha8.png", "interlaced.png", "lossless.webp", "alpha_lossless.webp",
            "lzw.tiff", "none.tiff", "tiled.tiff", "bigtiff.tiff", "cmyk.tiff", "gray.tiff", "alpha.tiff",
            "palette.tiff", "pages.tiff", "still.gif", "transparent.gif", "animated.gif", "animated.webp"]
LOSSY = ["420.jpg", "422.jpg", "440.jpg", "444.jpg", "411.jpg", "gray.jpg", "rgb.jpg", "cmyk.jpg",
         "progressive.jpg", "restart.jpg", "arithmetic.jpg", "lossy.webp", "alpha_lossy.webp", "jpeg.tiff"]
UNREADABLE_BY_PILLOW = ["8bit.avif", "10bit_hdr.avif", "12bit.avif", "alpha.avif", "gray.avif", "grid.avif",
                        "turned.avif", "8bit.heic", "rgb16.png", "gray16.png", "rgb16.tiff"]
REFUSED = ["animated.png", "float.tiff", "sequence.avif", "unequal_pages.tiff"]

# What exiftool may find: what a format says of its own picture, and the profile.
PICTURE_GROUPS = {"SourceFile", "ExifTool", "System", "File", "Composite", "JFIF", "PNG", "RIFF", "GIF", "IFD0",
                  "IFD1", "IFD2", "IFD3", "QuickTime", "Meta", "Adobe"}
# IFD0 and the like are a TIFF's own directories: these tags describe its picture.
TIFF_TAGS = {"ImageWidth", "ImageHeight", "BitsPerSample", "Compression", "PhotometricInterpretation",
             "StripOffsets", "SamplesPerPixel", "RowsPerStrip", "StripByteCounts", "XResolution", "YResolution",
             "PlanarConfiguration", "ResolutionUnit", "Predictor", "ExtraSamples", "SampleFormat", "Orientation",
             "SubfileType", "PageNumber", "InkSet", "FillOrder", "TileWidth", "TileLength"}


def frames_of(path):
    """The frames as arrays of RGBA or ink, as a viewer composes them, and how long each is shown."""
    with Image.open(path) as picture:
        mode = "CMYK" if picture.mode == "CMYK" else "RGBA"
        frames, delays = [], []
        for frame in ImageSequence.Iterator(picture):
            delays.append(frame.info.get("duration") or 0)
            frames.append(numpy.asarray(frame.convert(mode)).astype(int))
        return frames, delays


def blur_box(program, source, target):
    program.blur(source, "-o", target, "--no-detect", "--shape", "box", "--style", "fill", "--margin", "0",
                 "--color", "#ff0000", "--region", ",".join(map(str, BOX)))


def outside(frame):
    """A frame with the box, and what its soft edge may reach, taken out."""
    x, y, width, height = BOX
    reach = 6
    kept = frame.copy()
    kept[max(0, y - reach):y + height + reach, max(0, x - reach):x + width + reach] = 0
    return kept


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_change_in_the_region_only(program, tmp_path, name):
    target = tmp_path / name
    blur_box(program, CODEC / name, target)
    before, delays_before = frames_of(CODEC / name)
    after, delays_after = frames_of(target)
    assert len(after) == len(before)
    if name != "animated.webp":  # Pillow gives times of WebP that depend on how frames were joined
        assert delays_after == delays_before
    x, y, width, height = BOX
    for frame_before, frame_after in zip(before, after):
        visible = numpy.ones(frame_before.shape[:2], bool)
        if name != "cmyk.tiff":  # colors that are fully transparent are not seen
            visible = frame_before[..., 3] > 0
            assert (frame_after[..., 3] == frame_before[..., 3]).all()
        assert (outside(frame_after)[visible] == outside(frame_before)[visible]).all()
        inside = frame_after[y:y + height, x:x + width]
        assert (inside != frame_before[y:y + height, x:x + width]).any()
        assert inside[2:-2, 2:-2, :3].reshape(-1, 3).std(axis=0).max() == 0  # one color


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_formats_stay_close_outside_the_region(program, tmp_path, name):
    target = tmp_path / name
    blur_box(program, CODEC / name, target)
    before, _ = frames_of(CODEC / name)
    after, _ = frames_of(target)
    assert numpy.abs(outside(after[0]) - outside(before[0])).mean() < 6


@pytest.mark.parametrize("name", LOSSLESS + LOSSY + UNREADABLE_BY_PILLOW + ["metadata.jpg", "metadata.png"])
def test_no_metadata_but_the_profile_is_left(program, tmp_path, name):
    target = tmp_path / name
    if name.endswith(".heic"):
        target = tmp_path / "was_heic.jpg"
    program.blur(CODEC / name, "-o", target, "--no-detect")
    left = set()
    for key in exif_tags(target):
        group, _, tag = key.rpartition(":")
        described = group not in {"IFD0", "IFD1", "IFD2", "IFD3"} or tag in TIFF_TAGS
        if not (described and (group in PICTURE_GROUPS or group.startswith("ICC") or key == "SourceFile")):
            left.add(key)
    assert not left
    assert b"SECRET" not in target.read_bytes()


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_frames_or_samples_is_refused(program, tmp_path, name):
    done = program.run("blur", CODEC / name, "-o", tmp_path / name, "--no-detect")
    assert done.returncode == 1
    assert len(done.stderr.decode().strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["progressive.jpg", "interlaced.png", "animated.webp", "lzw.tiff", "still.gif",
                                  "8bit.avif", "8bit.heic"])
def test_a_truncated_file_gives_nothing(program, tmp_path, name):
    whole = (CODEC / name).read_bytes()
    for share in (0.3, 0.7, 0.99):
        source = tmp_path / f"cut_{name}"
        source.write_bytes(whole[:int(len(whole) * share)])
        done = program.run("blur", source, "-o", tmp_path / "out", "--no-detect")
        assert done.returncode == 1
        assert not (tmp_path / "out").exists()


def test_the_type_is_told_by_content(program, tmp_path):
    disguised = tmp_path / "really_a_png.jpg"
    shutil.copy(CODEC / "rgb8.png", disguised)
    target = tmp_path / "out"
    target.mkdir()
    program.blur(disguised, "-o", target, "--no-detect")
    written = [path for path in target.rglob("*") if path.is_file() and not path.name.startswith(".")]
    with Image.open(written[0]) as picture:
        assert picture.format == "PNG"
