"""`face-privacy`: the carried program itself."""

from __future__ import annotations

import os
import sys

from ._errors import FacePrivacyError
from ._program import find_program, runtime_for


def main() -> None:
    """Becomes the program; returns only where there is none."""
    try:
        program = find_program()
    except FacePrivacyError as error:
        sys.exit(f"face-privacy: {error.message}")
    os.execve(program, [program, *sys.argv[1:]], {**os.environ, **runtime_for(program, sys.argv)})
