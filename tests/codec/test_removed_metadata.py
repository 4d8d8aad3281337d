"""What `blur` says that it removed, against what exiftool wrote into the photo."""

import json
import subprocess

import pytest
from conftest import TESTDATA, exif_tags

CODEC = TESTDATA / "codec"

PLACE = ["-GPSLatitude=48.2", "-GPSLatitudeRef=N", "-GPSLongitude=16.3", "-GPSLongitudeRef=E"]
CAMERA = ["-EXIF:Make=SECRET", "-EXIF:SerialNumber=SECRET", "-EXIF:DateTimeOriginal=2026:11:28 10:00:00"]


def written_by_exiftool(tmp_path, name, *arguments):
    target = tmp_path / name
    target.write_bytes((CODEC / name).read_bytes())
    subprocess.run(["exiftool", "-q", "-overwrite_original", *arguments, str(target)], check=True)
    return target


def removed(program, photo, *options):
    target = photo.with_name("redacted" + (".jpg" if photo.suffix == ".heic" else photo.suffix))
    report = json.loads(program.blur(photo, "-o", target, "--no-detect", "--json", *options).stdout)
    assert b"SECRET" not in target.read_bytes()
    assert not [key for key in exif_tags(target) if "GPS" in key]
    return report["removed"]


@pytest.mark.parametrize("name", ["420.jpg", "rgb8.png", "lossy.webp", "lzw.tiff", "8bit.avif", "8bit.heic"])
def test_exif_of_every_format_is_told_by_kind(program, tmp_path, name):
    photo = written_by_exiftool(tmp_path, name, *PLACE, *CAMERA)
    assert removed(program, photo) == ["position", "date", "device", "serial_number"]


@pytest.mark.parametrize("name", ["420.jpg", "rgb8.png", "lossy.webp", "still.gif", "lzw.tiff", "8bit.avif", "8bit.heic"])
def test_xmp_of_every_format_is_told_by_kind(program, tmp_path, name):
    photo = written_by_exiftool(tmp_path, name, "-XMP-dc:Creator=SECRET", "-XMP-exif:GPSLatitude=48.2")
    assert removed(program, photo) == ["position", "owner", "xmp"]


def test_other_blocks_of_a_jpeg(program, tmp_path):
    photo = written_by_exiftool(tmp_path, "420.jpg", "-IPTC:City=SECRET", "-Comment=SECRET",
                                f"-ThumbnailImage<={CODEC / '444.jpg'}")
    assert removed(program, photo) == ["comments", "thumbnail", "iptc"]


def test_what_has_nothing_says_so(program, tmp_path):
    photo = tmp_path / "plain.jpg"
    photo.write_bytes((CODEC / "420.jpg").read_bytes())
    assert removed(program, photo) == []
