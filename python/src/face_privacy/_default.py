"""The functions of the package: those of one Redactor, made when it is first needed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ._formats import FORMATS, Formats
from ._redactor import Model, Redactor

_lock = threading.Lock()
_redactor: Redactor | None = None


def default() -> Redactor:
    """Shared by all who call the functions; ends with the process."""
    global _redactor
    with _lock:
        if _redactor is None:
            _redactor = Redactor()
        return _redactor


if TYPE_CHECKING:
    # With the types of the methods, overloads and all.
    _typed = Redactor()
    redact = _typed.redact
    redact_many = _typed.redact_many
    detect = _typed.detect
    redact_video = _typed.redact_video
else:

    def redact(photo: Any, **options: Any) -> Any:
        return default().redact(photo, **options)

    def redact_many(photos: Any, **options: Any) -> Any:
        return default().redact_many(photos, **options)

    def detect(photo: Any, **options: Any) -> Any:
        return default().detect(photo, **options)

    def redact_video(path: Any, out: Any, **options: Any) -> Any:
        return default().redact_video(path, out, **options)

    for _function in (redact, redact_many, detect, redact_video):
        _function.__doc__ = getattr(Redactor, _function.__name__).__doc__


def model() -> Model:
    """The weights in use. Those that come along are for non-commercial research: `licence` says more."""
    return default().model()


def formats() -> Formats:
    """What is read and written."""
    return FORMATS
