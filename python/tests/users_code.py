"""A user's own code, which scripts/verify.d holds against the types of the installed wheel and runs: users_code.py PHOTO"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import datasets  # type: ignore[import-untyped]
import numpy
import numpy.typing
from PIL import Image

import face_privacy
import face_privacy.hf


def main(path: str) -> None:
    of_path: bytes = face_privacy.redact(path).image
    of_bytes: bytes = face_privacy.redact(Path(path).read_bytes(), style="pixelate", cells=4).image
    picture = Image.open(path)
    of_picture: Image.Image = face_privacy.redact(picture).image
    array: numpy.typing.NDArray[numpy.uint8] = numpy.asarray(picture.convert("RGB"))
    of_array: numpy.typing.NDArray[numpy.uint8] = face_privacy.redact(array, channels="bgr").image
    assert of_path and of_bytes and of_picture.size == picture.size and of_array.shape == array.shape

    faces = face_privacy.detect(path).faces
    assert faces.xyxy.shape == (len(faces), 4) and len(faces) >= 3

    for result in face_privacy.redact_many([path, path], errors="return"):
        if isinstance(result, face_privacy.FacePrivacyError):
            raise result
        print(len(result.faces))

    rows = datasets.Dataset.from_dict({"image": [path, path]}).cast_column("image", datasets.Image(decode=False))
    redacted = rows.map(face_privacy.hf.Redact(), num_proc=2)
    shown = Image.open(io.BytesIO(redacted[0]["image"]["bytes"]))
    assert redacted["faces"][:] == [len(faces)] * 2 and shown.size == picture.size


if __name__ == "__main__":
    main(sys.argv[1])
