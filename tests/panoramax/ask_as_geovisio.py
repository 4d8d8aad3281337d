"""Has a photo blurred by the code with which Panoramax's servers do it: ask_as_geovisio.py URL PHOTO OUT_FOLDER"""

import io
import pathlib
import sys

import numpy
import PIL.Image
from geovisio.utils.pictures import createBlurredHDPicture


class Folder:
    """As much of a file system as the function writes to."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def write(self, name, content):
        (self.path / name).write_bytes(content)


def main():
    url, photo, folder = sys.argv[1:]
    content = pathlib.Path(photo).read_bytes()
    for keep in (False, True):
        blurred = createBlurredHDPicture(Folder(folder), url, content, "blurred.jpg", keep)
        assert blurred.metadata == {"service_name": "face-privacy", "annotations": []}, blurred.metadata
        assert (pathlib.Path(folder) / "blurred.jpg").read_bytes()[:2] == b"\xff\xd8"
        original = PIL.Image.open(io.BytesIO(content)).convert("RGB")
        assert blurred.image.size == original.size and blurred.image.format == "JPEG"
        changed = numpy.asarray(original, int) != numpy.asarray(blurred.image.convert("RGB"), int)
        assert 0.001 < changed.any(axis=2).mean() < 0.5
    print("GeoVisio's client: the picture came back blurred, with its metadata")


if __name__ == "__main__":
    main()
