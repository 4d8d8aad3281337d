"""The package's other doors: functions, clips, command, adapters."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy
import pytest

import face_privacy
from face_privacy import FacePrivacyError, Redactor

ROOT = Path(__file__).parents[2]


def test_the_functions_share_one_redactor(photo: bytes) -> None:
    result = face_privacy.redact(photo)
    assert len(result.faces) == len(face_privacy.detect(photo).faces) == 3
    assert [len(one.faces) for one in face_privacy.redact_many([photo, photo])] == [3, 3]
    assert "redacted" not in face_privacy.redact.__name__ and face_privacy.redact.__doc__


def test_the_weights_and_their_licence_are_told(redactor: Redactor) -> None:
    model = redactor.model()
    assert model.name.endswith(".onnx") and re.fullmatch("[0-9a-f]{64}", model.sha256)
    assert "non-commercial" in model.licence
    assert face_privacy.model() == model


def test_the_version_is_the_programs() -> None:
    project = (ROOT / "CMakeLists.txt").read_text()
    assert f"VERSION {face_privacy.version} " in project
    assert face_privacy.__version__ == face_privacy.version


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames of a photo with three faces."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    still = ROOT / "third_party/node_modules/@vladmandic/face-api/demo/sample3.jpg"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-loop", "1", "-i", str(still), "-vf", "scale=480:340", "-frames:v", "10"]
        + ["-pix_fmt", "yuv420p", str(path)],
        check=True,
    )
    return path


def test_a_clip_goes_from_file_to_file(redactor: Redactor, clip: Path, tmp_path: Path) -> None:
    before = clip.read_bytes()
    result = redactor.redact_video(clip, tmp_path / "out.mp4", style="fill", detect_every=2)
    assert result.path.stat().st_size > 0 and result.tracks == 3 and result.covered_frames == 10
    assert clip.read_bytes() == before


def test_a_clip_without_a_result_has_a_code(redactor: Redactor, clip: Path, photo: bytes, tmp_path: Path) -> None:
    def code(path: Path, **options: object) -> str:
        with pytest.raises(FacePrivacyError) as caught:
            redactor.redact_video(path, tmp_path / "out.mp4", **options)
        return caught.value.code

    (tmp_path / "text.mp4").write_bytes(b"no clip")
    (tmp_path / "half.mp4").write_bytes(clip.read_bytes()[:-400])
    assert code(tmp_path / "text.mp4") == "not_a_video"
    assert code(tmp_path / "half.mp4") in ("damaged_video", "not_a_video")
    assert code(clip, stile="fill") == "invalid_option"
    assert code(tmp_path / "absent.mp4") == "io_error"
    assert not (tmp_path / "out.mp4").exists()
    with pytest.raises(FacePrivacyError, match="never written over"):
        redactor.redact_video(clip, clip)


def test_the_command_is_the_program() -> None:
    package = str(ROOT / "python/src")
    done = subprocess.run(
        [sys.executable, "-m", "face_privacy", "model"],
        env={"PYTHONPATH": package},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "licence" in done.stdout, done.stderr


def test_an_error_can_be_sent_to_another_process() -> None:
    error = pickle.loads(pickle.dumps(FacePrivacyError("damaged_photo", "The photo is damaged.", 422)))
    assert (error.code, error.message, error.status) == ("damaged_photo", "The photo is damaged.", 422)
    assert str(error) == "damaged_photo: The photo is damaged."


def test_ray_rows_keep_their_order_and_never_an_original(photo: bytes) -> None:
    from face_privacy.ray import Redact

    column = numpy.empty(3, object)
    column[:] = [photo, b"bad", photo]
    done = Redact("jpeg", threads=1, profile="fast")({"jpeg": column, "key": numpy.array(["a", "b", "c"])})
    assert list(done["faces"]) == [3, 0, 3] and list(done["error"]) == [None, "not_a_photo", None]
    assert done["jpeg"][1] is None and done["jpeg"][0] == done["jpeg"][2] != photo
    assert list(done["key"]) == ["a", "b", "c"]


def test_hugging_face_rows(photo: bytes, tmp_path: Path) -> None:
    from face_privacy.hf import Redact

    (tmp_path / "photo.jpg").write_bytes(photo)
    redact = pickle.loads(pickle.dumps(Redact(profile="fast")))
    row = redact({"image": {"bytes": None, "path": str(tmp_path / "photo.jpg")}})
    assert row["faces"] == 3 and row["image"]["path"] == "photo.jpg" and row["image"]["bytes"] != photo
    assert redact({"image": {"bytes": b"bad", "path": None}}) == {"image": None, "faces": 0, "error": "not_a_photo"}


def test_boxes_for_supervision(photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package brings forty others along: its arguments are looked at here, by the names of its documentation."""
    stand_in = ModuleType("supervision")
    monkeypatch.setattr(stand_in, "Detections", SimpleNamespace, raising=False)
    monkeypatch.setitem(sys.modules, "supervision", stand_in)
    detections = face_privacy.detect(photo).faces.to_supervision()
    assert detections.xyxy.shape == (3, 4) and list(detections.class_id) == [0, 0, 0]
