"""What scripts/verify.d tries with an installed wheel, in an environment without numpy and PIL: try_wheel.py COMMAND"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import face_privacy

HERE = Path(__file__).parent


def main(command: str) -> None:
    result = face_privacy.redact("folder/sample3.jpg", out="photo.jpg")
    assert len(result.faces) >= 3 and Path("photo.jpg").read_bytes() == result.image, result.faces
    assert result.image != Path("folder/sample3.jpg").read_bytes()

    results = list(face_privacy.redact_many(sorted(Path("folder").iterdir()), threads=2))
    assert [len(one.faces) >= 3 for one in results] == [True] * 3

    for path in sorted(HERE.iterdir()):
        kind = path.suffix[1:]
        if kind in ("avif", "heic", "webp", "gif", "tiff", "png", "jpg") and path.name != "photo.jpg":
            assert face_privacy.redact(path, regions=[(2, 2, 12, 12)]).image, path
    for kind in face_privacy.formats().written:
        assert face_privacy.redact("folder/sample3.jpg", format=kind).image, kind  # type: ignore[call-overload]

    clip = face_privacy.redact_video("clip.mp4", "clip-redacted.mp4")
    assert clip.tracks == 3 and clip.covered_frames == 10, clip
    for codec in ("av1", "vp9"):
        face_privacy.redact_video("clip.mp4", f"clip-{codec}.mkv", video_codec=codec)

    done = subprocess.run([command, "blur", "folder", "-o", "safe"], capture_output=True, text=True, check=True)
    assert sorted(path.name for path in Path("safe").iterdir())[-3:] == ["sample1.jpg", "sample2.jpg", "sample3.jpg"], (
        done
    )

    try:
        face_privacy.redact(b"no photo")
    except face_privacy.FacePrivacyError as error:
        assert (error.code, error.status) == ("not_a_photo", 415)
    else:
        raise AssertionError("a text was taken for a photo")
    model = face_privacy.model()
    assert "non-commercial" in model.licence and model.engine.startswith("int8"), model
    print(f"ok: Python {sys.version.split()[0]}, {model.engine}, {len(result.faces)} faces, {clip.tracks} tracks")


if __name__ == "__main__":
    main(sys.argv[1])
