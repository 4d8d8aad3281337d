"""Photos with faces, and a child that tests share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import face_privacy

DEMO = Path(__file__).parents[2] / "third_party/node_modules/@vladmandic/face-api/demo"


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A small JPEG with three faces."""
    file = io.BytesIO()
    with Image.open(DEMO / "sample3.jpg") as picture:
        picture.convert("RGB").resize((480, 340)).save(file, "JPEG", quality=90)
    return file.getvalue()


@pytest.fixture(scope="session")
def redactor() -> Iterator[face_privacy.Redactor]:
    with face_privacy.Redactor(threads=2, profile="fast") as shared:
        yield shared
