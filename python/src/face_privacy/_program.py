"""Where the program is that does the work."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ._errors import FacePrivacyError

_CARRIED = Path(__file__).parent / "program" / "bin" / "face-privacy"
_CHECKOUT = Path(__file__).parents[3] / "build" / "release" / "bin" / "face-privacy"


def find_program() -> str:
    """FACE_PRIVACY_PROGRAM, the one that the wheel carries, or that of the checkout around this file."""
    named = os.environ.get("FACE_PRIVACY_PROGRAM")
    if named:
        return named
    for place in (_CARRIED, _CHECKOUT):
        if os.access(place, os.X_OK):
            return str(place)
    raise FacePrivacyError(
        "no_program",
        f"there is no {_CARRIED}: this is no wheel with a program for this machine; FACE_PRIVACY_PROGRAM names another one",
    )


def clean_environment() -> dict[str, str]:
    """The environment without what would change the program's defaults: options are given by name here."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FACE_PRIVACY_")}


def run_program(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """One run to the end, with its output."""
    try:
        return subprocess.run(
            [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=clean_environment(), check=False
        )
    except OSError as error:
        raise FacePrivacyError("no_program", f"{program} cannot be run: {error.strerror}") from error
