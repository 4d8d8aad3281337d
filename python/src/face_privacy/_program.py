"""Where the program is that does the work."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Sequence
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


def environment_for(program: str, arguments: Sequence[str]) -> dict[str, str]:
    """The environment without what would change the program's defaults: options are given by name here."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FACE_PRIVACY_")}
    return {**environment, **runtime_for(program, arguments)}


def runtime_for(program: str, arguments: Sequence[str]) -> dict[str, str]:
    """ONNX Runtime, which the wheel leaves to the package onnxruntime: for other weights, `--engine fp32`, and processors
    that the 8-bit engine does not know. Loaded ahead, since its file there has no name that the program could know."""
    if program != str(_CARRIED) or not ("--model" in arguments or "fp32" in arguments or not _computes_at_8_bits()):
        return {}
    package = importlib.util.find_spec("onnxruntime")
    folders = list(package.submodule_search_locations or ()) if package else []
    libraries = [library for folder in folders for library in Path(folder, "capi").glob("libonnxruntime.so.1*")]
    return {"LD_PRELOAD": str(libraries[0])} if libraries else {}


def _computes_at_8_bits() -> bool:
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


def run_program(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """One run to the end, with its output."""
    environment = environment_for(program, arguments)
    try:
        return subprocess.run(
            [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False
        )
    except OSError as error:
        raise FacePrivacyError("no_program", f"{program} cannot be run: {error.strerror}") from error
