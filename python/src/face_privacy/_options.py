"""Options by the names of the HTTP API, which says what is wrong with one: there is no second list here, only types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from urllib.parse import urlencode

from ._errors import FacePrivacyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    # A box as everywhere in this package: x_min, y_min, x_max, y_max; or as over HTTP, {"x", "y", "width", "height"},
    # for a region also with "shape" and "margin".
    Region = Sequence[float] | Mapping[str, Any] | NDArray[Any]
    Regions = Sequence[Region] | NDArray[Any]

Profile = Literal["fast", "balanced", "thorough"]


class DetectOptions(TypedDict, total=False):
    profile: Profile
    min_score: float


class RedactOptions(DetectOptions, total=False):
    style: Literal["blur", "pixelate", "fill"]
    shape: Literal["ellipse", "box"]
    margin: float
    cells: int
    color: str
    detect: bool
    regions: Regions
    keep: Regions
    format: Literal["keep", "jpeg", "png", "webp", "avif"]
    quality: int
    metadata: Literal["strip", "keep"]


def target(path: str, options: Mapping[str, Any]) -> str:
    """The path with the options as a query."""
    fields = {name: _text(name, value) for name, value in options.items() if value is not None}
    return f"{path}?{urlencode(fields)}" if fields else path


def _text(name: str, value: Any) -> str:
    if name in ("regions", "keep") and not isinstance(value, str):
        return json.dumps([_box(name, one) for one in value])
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _box(name: str, box: Region) -> Any:
    if isinstance(box, Mapping):
        return dict(box)
    numbers = [float(number) for number in box]
    if len(numbers) != 4:
        raise FacePrivacyError("invalid_option", f"{name}: a box has four numbers, x_min, y_min, x_max, y_max")
    x_min, y_min, x_max, y_max = numbers
    if x_max <= x_min or y_max <= y_min:
        raise FacePrivacyError("invalid_option", f"{name}: {numbers} is no box of x_min, y_min, x_max, y_max")
    return [x_min, y_min, x_max - x_min, y_max - y_min]
