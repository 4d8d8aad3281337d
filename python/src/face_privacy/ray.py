"""Photos in a Ray dataset: `dataset.map_batches(face_privacy.ray.Redact, fn_constructor_args=["bytes"], concurrency=2)`.

For rows that hold photos. Many photos in a bucket are better read and written by the workers themselves, so that no photo goes
through Ray's store: `face_privacy.batch` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import FacePrivacyError
from ._redactor import Redactor

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


class Redact:
    """Replaces `column`, which holds the bytes of photos, and adds `faces`, how many were found, and `error`, a code or
    nothing. A photo that has no result becomes None: never the original. One child for each actor."""

    def __init__(self, column: str = "bytes", threads: int | None = None, **options: Any) -> None:
        self._column, self._options = column, options
        self._redactor = Redactor(threads=threads)

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        import numpy

        results = list(self._redactor.redact_many(list(batch[self._column]), errors="return", **self._options))
        failed = [isinstance(result, FacePrivacyError) for result in results]
        return {
            **batch,
            self._column: _objects([None if bad else one.image for bad, one in zip(failed, results, strict=True)]),
            "faces": numpy.array([0 if bad else len(one.faces) for bad, one in zip(failed, results, strict=True)]),
            "error": _objects([one.code if bad else None for bad, one in zip(failed, results, strict=True)]),
        }


def _objects(values: list[Any]) -> NDArray[numpy.object_]:
    import numpy

    array = numpy.empty(len(values), object)
    array[:] = values
    return array
