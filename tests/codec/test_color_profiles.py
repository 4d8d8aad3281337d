"""A color profile as it comes along: the same colors, and nothing of who made it."""

import io
import struct
import subprocess

import numpy
import pytest
from conftest import TESTDATA
from PIL import Image, ImageCms

CODEC = TESTDATA / "codec"


def color_chart(mode):
    """Every 17th value of each channel, the darkest and the brightest with it."""
    steps = numpy.arange(0, 256, 51 if mode == "CMYK" else 17, dtype=numpy.uint8)
    channels = numpy.stack(numpy.meshgrid(*[steps] * len(mode)), axis=-1).reshape(1, -1, len(mode))
    return Image.fromarray(channels, mode)


def colors_by(profile, mode):
    """What a viewer shows of the chart."""
    screen = ImageCms.createProfile("sRGB")
    shown = ImageCms.profileToProfile(color_chart(mode), io.BytesIO(profile), screen, outputMode="RGB")
    return numpy.asarray(shown, dtype=int)


def profile_of(path):
    with Image.open(path) as image:
        return image.info.get("icc_profile")


def tags_of(profile):
    count, = struct.unpack(">I", profile[128:132])
    entries = [struct.unpack(">4sII", profile[132 + 12 * i:144 + 12 * i]) for i in range(count)]
    return [(name, profile[offset:offset + size]) for name, offset, size in entries]


def written(tags, header):
    """A profile of these tags."""
    table, data = b"", b""
    for name, value in tags:
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    body = struct.pack(">I", len(tags)) + table + data
    return struct.pack(">I", 128 + len(body)) + header[4:128] + body


def by_vips(tmp_path, name):
    """One of the profiles that libvips has: cmyk is a printer's, by tables."""
    photo = tmp_path / f"{name}.jpg"
    subprocess.run(["vips", "icc_export", str(CODEC / "420.jpg"), str(photo), "--output-profile", name], check=True)
    return photo


def srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def version_2():
    """sRGB as scanners and cameras wrote it: curves as tables."""
    curve = [round(65535 * (i / 1023) ** 2.2) for i in range(1024)]
    table = b"curv" + bytes(4) + struct.pack(">I", 1024) + struct.pack(">1024H", *curve)
    tags = [(name, table if name.endswith(b"TRC") else value) for name, value in tags_of(srgb())]
    header = bytearray(srgb()[:128])
    header[8:12] = b"\2\x10\0\0"
    kept = [tag for tag in tags if tag[0] not in (b"desc", b"cprt", b"chrm", b"chad")]
    texts = [(b"desc", b"desc" + bytes(4) + struct.pack(">I", 7) + b"SECRET\0" + bytes(78)), (b"cprt", b"text\0\0\0\0SECRET\0")]
    return written(texts + kept, bytes(header))


def saved(tmp_path, profile, suffix=".jpg"):
    photo = tmp_path / f"photo{suffix}"
    with Image.open(CODEC / "420.jpg") as image:
        image.save(photo, icc_profile=profile)
    return photo


def redacted(program, photo, *options):
    target = photo.with_name(f"redacted{photo.suffix}")
    program.blur(photo, "-o", target, "--no-detect", *options)
    return target


@pytest.mark.parametrize("name", ["srgb", "p3", "cmyk"])
def test_colors_stay(program, tmp_path, name):
    photo = by_vips(tmp_path, name)
    before, after = profile_of(photo), profile_of(redacted(program, photo))
    mode = "CMYK" if name == "cmyk" else "RGB"
    assert before != after
    assert numpy.array_equal(colors_by(before, mode), colors_by(after, mode))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff"])
@pytest.mark.parametrize("make", [srgb, version_2])
def test_colors_stay_in_every_format(program, tmp_path, make, suffix):
    after = profile_of(redacted(program, saved(tmp_path, make(), suffix)))
    assert numpy.array_equal(colors_by(make(), "RGB"), colors_by(after, "RGB"))
    assert b"SECRET" not in after


@pytest.mark.parametrize("name", ["metadata.jpg", "metadata.png"])
def test_colors_of_the_repositorys_photos_stay(program, tmp_path, name):
    photo = tmp_path / name
    photo.write_bytes((CODEC / name).read_bytes())
    assert numpy.array_equal(colors_by(profile_of(photo), "RGB"), colors_by(profile_of(redacted(program, photo)), "RGB"))


PICTURE = (CODEC / "444.jpg").read_bytes()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("name", [b"desc", b"cprt", b"dmnd", b"dmdd", b"rTRC", b"A2B0", b"gamt", b"chad", b"rXYZ", b"wtpt"])
def test_no_tag_carries_a_picture(program, tmp_path, name, suffix):
    types = {b"rTRC": b"curv\0\0\0\0" + struct.pack(">I", len(PICTURE) // 2), b"A2B0": b"mft1\0\0\0\0", b"gamt": b"mft1\0\0\0\0",
             b"chad": b"sf32\0\0\0\0", b"rXYZ": dict(tags_of(srgb()))[b"rXYZ"], b"wtpt": dict(tags_of(srgb()))[b"wtpt"]}
    hiding = [(name, types.get(name, b"text\0\0\0\0") + PICTURE)]
    profile = written([tag for tag in tags_of(srgb()) if tag[0] != name] + hiding, srgb())
    photo = saved(tmp_path, profile, suffix)
    for options in ([], ["--metadata", "keep"]):
        after = profile_of(redacted(program, photo, *options)) or b""
        assert b"\xff\xd8\xff" not in after
        assert PICTURE[300:340] not in after
