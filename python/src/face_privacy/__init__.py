"""Finds the faces in photos and clips and redacts them irreversibly, on this machine.

    import face_privacy

    face_privacy.redact("party.jpg", out="safe.jpg")

The functions here share one child process, which starts with the first photo and ends with this process; `Redactor` has
one of its own. Nothing is fetched, and no photo leaves the machine.
"""

from __future__ import annotations

from ._default import detect, formats, model, redact, redact_many, redact_video
from ._errors import FacePrivacyError
from ._faces import Box, Face, Faces, Point
from ._formats import Formats
from ._redactor import Detection, Model, Redactor, Result, VideoResult
from ._version import version

__version__ = version

__all__ = [
    "Box",
    "Detection",
    "Face",
    "FacePrivacyError",
    "Faces",
    "Formats",
    "Model",
    "Point",
    "Redactor",
    "Result",
    "VideoResult",
    "__version__",
    "detect",
    "formats",
    "model",
    "redact",
    "redact_many",
    "redact_video",
    "version",
]
