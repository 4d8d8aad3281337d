"""Photos in a Hugging Face dataset:

dataset.cast_column("image", datasets.Image(decode=False)).map(face_privacy.hf.Redact())
"""

from __future__ import annotations

from typing import Any

from . import _default
from ._errors import FacePrivacyError


class Redact:
    """For `map`, one row at a time: `column` is {"bytes", "path"} as an undecoded Image has it. The result has bytes and
    the file's name, and the row gets `faces`, how many were found, and `error`, a code or nothing. A photo that has no
    result becomes None: never the original."""

    def __init__(self, column: str = "image", **options: Any) -> None:
        self._column, self._options = column, options

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        photo = row[self._column]
        given = photo["bytes"] if photo["bytes"] is not None else photo["path"]
        try:
            result = _default.redact(given, **self._options)
        except FacePrivacyError as error:
            return {self._column: None, "faces": 0, "error": error.code}
        name = photo["path"].rsplit("/", 1)[-1] if photo["path"] else None
        return {self._column: {"bytes": result.image, "path": name}, "faces": len(result.faces), "error": None}
