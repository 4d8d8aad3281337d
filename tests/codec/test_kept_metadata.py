"""What stays with `--metadata keep`, as exiftool reads it."""

import json
import subprocess

import pytest
from PIL import Image
from conftest import TESTDATA, exif_tags

CODEC = TESTDATA / "codec"

WRITTEN = [
    "-EXIF:Make=Camera", "-EXIF:Model=Model 1", "-EXIF:DateTimeOriginal=2026:11:28 10:00:00", "-EXIF:FNumber=2.8",
    "-EXIF:ImageDescription={\"MAPLatitude\": 48.2}", "-EXIF:SerialNumber=SECRET", "-EXIF:OwnerName=SECRET",
    "-EXIF:UserComment=SECRET", "-EXIF:ImageUniqueID=SECRET", "-GPSLatitude=48.2", "-GPSLatitudeRef=N",
    "-GPSLongitude=16.3", "-GPSLongitudeRef=E", "-GPSImgDirection=77.5", "-XMP-dc:Creator=SECRET",
    "-XMP-GPano:ProjectionType=equirectangular", "-XMP-GPano:PoseHeadingDegrees=12.5",
    "-XMP-GPano:FullPanoWidthPixels=8000", "-XMP-GPano:CaptureSoftware=SECRET", "-EXIF:Orientation#=6",
]
STAYS = {
    "IFD0:Make": "Camera", "IFD0:Model": "Model 1", "ExifIFD:DateTimeOriginal": "2026:11:28 10:00:00",
    "ExifIFD:FNumber": 2.8, "GPS:GPSLatitude": "48 deg 12' 0.00\"", "GPS:GPSImgDirection": 77.5,
    "IFD0:Orientation": "Horizontal (normal)", "IFD0:ImageDescription": '{"MAPLatitude": 48.2}',
    "XMP-GPano:ProjectionType": "equirectangular", "XMP-GPano:PoseHeadingDegrees": 12.5,
    "XMP-GPano:FullPanoWidthPixels": 8000,
}


def written(tmp_path, name, *more):
    photo = tmp_path / name
    photo.write_bytes((CODEC / name).read_bytes())
    subprocess.run(["exiftool", "-q", "-overwrite_original", *WRITTEN, *more, str(photo)], check=True)
    return photo


CARRIERS = ["420.jpg", "progressive.jpg", "rgb8.png", "lossy.webp", "animated.webp", "8bit.avif", "none.tiff", "lzw.tiff"]


@pytest.mark.parametrize("name", CARRIERS)
def test_what_mappers_need_stays_and_nothing_else(program, tmp_path, name):
    photo, target = written(tmp_path, name), tmp_path / f"redacted_{name}"
    report = json.loads(program.blur(photo, "-o", target, "--no-detect", "--metadata", "keep", "--json").stdout)
    tags = exif_tags(target)
    if name == "animated.webp":  # a frame is turned as a whole, and its EXIF with it
        assert tags["IFD0:Orientation"] == "Horizontal (normal)"
    assert {key: tags.get(key) for key in STAYS} == STAYS
    assert b"SECRET" not in target.read_bytes()
    assert not [value for value in tags.values() if "warning" in str(value).lower()]
    assert "ExifTool:Warning" not in tags
    assert tags["ExifIFD:ExifImageWidth"] == report["image"]["width"]
    assert report["removed"] == ["serial_number", "owner"]


def test_no_picture_stays(program, tmp_path):
    photo = written(tmp_path, "420.jpg", f"-ThumbnailImage<={CODEC / '444.jpg'}", "-IPTC:City=SECRET", "-Comment=SECRET")
    with open(photo, "ab") as file:
        file.write((CODEC / "444.jpg").read_bytes())
    target = tmp_path / "out.jpg"
    report = json.loads(program.blur(photo, "-o", target, "--no-detect", "--metadata", "keep", "--json").stdout)
    assert target.read_bytes().count(b"\xff\xd8\xff") == 1
    assert {"thumbnail", "iptc", "extra_pictures", "trailer"} <= set(report["removed"])
    assert b"SECRET" not in target.read_bytes()


@pytest.mark.parametrize("name, target", [("420.jpg", "out.avif"), ("none.tiff", "out.jpg"), ("8bit.avif", "out.png"), ("8bit.heic", "out.jpg")])
def test_it_stays_across_formats(program, tmp_path, name, target):
    photo, target = written(tmp_path, name), tmp_path / target
    program.blur(photo, "-o", target, "--no-detect", "--metadata", "keep")
    tags = exif_tags(target)
    assert {key: tags.get(key) for key in STAYS} == STAYS
    assert b"SECRET" not in target.read_bytes() and "ExifTool:Warning" not in tags


def test_a_gif_keeps_its_panorama_and_has_no_exif(program, tmp_path):
    photo, target = tmp_path / "animated.gif", tmp_path / "out.gif"
    photo.write_bytes((CODEC / "animated.gif").read_bytes())
    xmp = [argument for argument in WRITTEN if argument.startswith("-XMP")]
    subprocess.run(["exiftool", "-q", "-overwrite_original", *xmp, "-Comment=SECRET", str(photo)], check=True)
    program.blur(photo, "-o", target, "--no-detect", "--metadata", "keep")
    tags = exif_tags(target)
    panorama = {key: value for key, value in STAYS.items() if "GPano" in key}
    assert {key: tags.get(key) for key in panorama} == panorama and b"SECRET" not in target.read_bytes()
    with Image.open(target) as after, Image.open(photo) as before:
        assert (after.n_frames, after.info["duration"]) == (before.n_frames, before.info["duration"])


def test_nothing_stays_unless_it_is_asked_for(program, tmp_path):
    photo, target = written(tmp_path, "420.jpg"), tmp_path / "out.jpg"
    program.blur(photo, "-o", target, "--no-detect")
    assert not [key for key in exif_tags(target) if key.startswith(("IFD0", "ExifIFD", "GPS", "XMP"))]
    assert program.run("blur", photo, "-o", target, "--metadata", "some").returncode == 2
