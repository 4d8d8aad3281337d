"""What schemathesis does not know of itself: bodies that are pictures are sent as they are, and each media type has
a photo of its kind."""

import os
import pathlib

import schemathesis
from hypothesis import strategies

TESTDATA = pathlib.Path(os.environ["FACE_PRIVACY_TESTDATA"])
PHOTOS = {
    "image/jpeg": "codec/420.jpg",
    "image/png": "codec/rgb8.png",
    "image/webp": "codec/lossy.webp",
    "image/avif": "codec/8bit.avif",
    "image/heic": "codec/8bit.heic",
    "image/tiff": "codec/deflate.tiff",
    "image/gif": "codec/still.gif",
}

for media_type, name in PHOTOS.items():
    schemathesis.openapi.media_type(media_type, strategies.just((TESTDATA / name).read_bytes()))


# What begins like a clip is taken for one; that it is none fails its job.
CLIPS = ["video/mp4", "video/quicktime", "video/x-matroska", "video/webm", "video/mp2t", "video/x-msvideo"]
for media_type in CLIPS:
    schemathesis.openapi.media_type(media_type, strategies.just(b"\0\0\0\x18ftypisom\0\0\0\0isommp41"))


@schemathesis.serializer(*PHOTOS, *CLIPS)
def as_it_is(_context, value):
    if isinstance(value, bytes):
        return value
    return getattr(value, "data", None) or str(value).encode()
