"""What lies beside a photo in a data set, without what a photo loses: place, EXIF, and hashes that would find the original."""

from __future__ import annotations

import json
import re
from typing import Any

# Names of fields, in any case. img2dataset writes all of a photo's EXIF, with its place, into the .json beside it.
_PRIVATE = re.compile(
    r"exif.*|.*gps.*|.*geo.?(tag|loc|hash|point).*|lat(itude)?|lon(gitude)?|lng|alt(itude)?|coord(inate)?s?|location|place"
    r"|.*(md5|sha1|sha256|sha512|phash|dhash|ahash)|(image_?)?hash|xmp|iptc|makernotes?|.*serial.?number|(owner|artist|author)(_?name)?",
    re.IGNORECASE,
)


def is_private(name: str) -> bool:
    return _PRIVATE.fullmatch(name) is not None


def without_private(value: Any) -> Any:
    """The value without such fields, however deep they lie."""
    if isinstance(value, dict):
        return {name: without_private(inside) for name, inside in value.items() if not is_private(name)}
    if isinstance(value, list):
        return [without_private(inside) for inside in value]
    return value


def clean_json(content: bytes) -> bytes | None:
    """None where it is no JSON, so that nobody can tell what is in it."""
    try:
        return json.dumps(without_private(json.loads(content)), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
