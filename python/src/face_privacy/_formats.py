"""What is read and written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Formats:
    read: tuple[str, ...]
    written: tuple[str, ...]  # as `format`; TIFF and GIF come out where they went in
    clips: tuple[str, ...]  # containers, read and written


FORMATS = Formats(
    ("jpeg", "png", "webp", "avif", "heic", "tiff", "gif"),
    ("jpeg", "png", "webp", "avif"),
    ("mp4", "mov", "mkv", "webm", "ts", "avi"),
)
