"""The protocol of Panoramax's servers: a form with `picture` in, a JPEG or a form out."""

import email.parser
import io
import json
import subprocess

import numpy
from conftest import TESTDATA, exif_tags
from PIL import Image, ImageOps
from running_service import DEMO, opened

PHOTO = DEMO / "sample3.jpg"
FORM = {"Accept": "multipart/form-data"}


def parts_of(answer):
    text = b"Content-Type: " + answer.headers["Content-Type"].encode() + b"\r\n\r\n" + answer.content
    message = email.parser.BytesParser().parsebytes(text)
    return {part.get_param("name", header="Content-Disposition"): part for part in message.get_payload()}


def asked(service, content, query="", headers=None):
    return service.form(f"/blur/{query}", files={"picture": ("picture.jpg", content, "image/jpeg")}, headers=headers)


def test_a_form_comes_back_where_one_is_accepted(service):
    answer = asked(service, PHOTO.read_bytes(), headers=FORM)
    assert answer.status_code == 200
    parts = parts_of(answer)
    assert list(parts) == ["image", "metadata"]
    assert parts["image"].get_content_type() == "image/jpeg"
    assert json.loads(parts["metadata"].get_payload(decode=True)) == {"service_name": "face-privacy", "annotations": []}
    picture = parts["image"].get_payload(decode=True)
    assert opened(picture).size == opened(PHOTO.read_bytes()).size
    assert picture == asked(service, PHOTO.read_bytes()).content


def test_a_jpeg_tells_what_was_blurred(service):
    answer = asked(service, PHOTO.read_bytes(), headers={"Accept": "*/*"})
    assert answer.headers["Content-Type"] == "image/jpeg"
    info = json.loads(answer.headers["x-sgblur"])["info"]
    assert len(info) == int(answer.headers["X-Face-Count"]) >= 3
    before, after = (numpy.asarray(opened(content), int) for content in (PHOTO.read_bytes(), answer.content))
    for place in info:
        x, y, width, height = place["xywh"]
        middle = numpy.s_[y + height // 4:y + 3 * height // 4, x + width // 4:x + 3 * width // 4]
        assert place["class"] == "face" and numpy.abs(before[middle] - after[middle]).mean() > 3


def test_place_and_panorama_stay_and_it_is_still_told_how_the_picture_lies(service, tmp_path):
    photo = tmp_path / "turned.jpg"
    photo.write_bytes(PHOTO.read_bytes())
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-GPSLatitude=48.2", "-GPSLatitudeRef=N", "-EXIF:Make=Camera",
                    "-EXIF:SerialNumber=SECRET", "-XMP-GPano:ProjectionType=equirectangular", "-Orientation#=6",
                    f"-ThumbnailImage<={TESTDATA / 'codec/444.jpg'}", str(photo)], check=True)
    answer = asked(service, photo.read_bytes())
    (tmp_path / "out.jpg").write_bytes(answer.content)
    tags = exif_tags(tmp_path / "out.jpg")
    assert tags["IFD0:Make"] == "Camera" and tags["XMP-GPano:ProjectionType"] == "equirectangular"
    assert tags["GPS:GPSLatitude"].startswith("48 deg")
    assert b"SECRET" not in answer.content and "IFD1:ThumbnailImage" not in tags
    # Its height is no whole number of blocks, so that it lies as it did and says so, once.
    assert answer.content.count(b"Exif\0\0") == 1 and tags["IFD0:Orientation"] == "Rotate 90 CW"
    with Image.open(io.BytesIO(answer.content)) as after, Image.open(PHOTO) as before:
        assert ImageOps.exif_transpose(after).size == before.size[::-1]
        assert (tags["ExifIFD:ExifImageWidth"], tags["ExifIFD:ExifImageHeight"]) == after.size


def test_nothing_that_was_blurred_is_kept(service):
    answer = asked(service, PHOTO.read_bytes(), "?keep=1", FORM)
    assert answer.status_code == 200
    assert "blurring_id" not in json.loads(parts_of(answer)["metadata"].get_payload(decode=True))
    assert asked(service, PHOTO.read_bytes(), "?style=fill").status_code == 400


def test_errors_are_problems_and_no_picture(service):
    answer = asked(service, b"no picture", headers=FORM)
    assert answer.status_code == 415 and answer.json()["code"] == "not_a_photo"
    assert service.get("/blur/").status_code == 405
