"""Samples of a FiftyOne dataset."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import _default
from ._faces import Faces
from ._redactor import PathLike


def detections(faces: Faces, width: int, height: int) -> Any:
    """fiftyone.Detections: boxes as shares of the photo's size."""
    import fiftyone

    return fiftyone.Detections(
        detections=[
            fiftyone.Detection(
                label="face",
                confidence=face.score,
                bounding_box=[
                    face.box.x_min / width,
                    face.box.y_min / height,
                    (face.box.x_max - face.box.x_min) / width,
                    (face.box.y_max - face.box.y_min) / height,
                ],
            )
            for face in faces
        ]
    )


def detect(samples: Any, field: str = "faces", **options: Any) -> None:
    """Writes what is found in each sample's photo into `field`, to look over in the app."""
    for sample in samples.iter_samples(autosave=True, progress=True):
        found = _default.detect(sample.filepath, **options)
        sample[field] = detections(found.faces, found.width, found.height)


def redact(samples: Any, folder: PathLike, **options: Any) -> None:
    """Writes each sample's redacted photo into `folder`, under the sample's id, and its path into `redacted_path`."""
    os.makedirs(folder, exist_ok=True)
    for sample in samples.iter_samples(autosave=True, progress=True):
        out = Path(folder) / f"{sample.id}{Path(sample.filepath).suffix}"
        _default.redact(sample.filepath, out=out, **options)
        sample["redacted_path"] = str(out)
