"""Weights that setup brings: --weights research, which come along, or permissive, which are fetched."""

import subprocess

import pytest
from people import program_without_weights
from running_service import DEMO, PROGRAM, Service

PERMISSIVE = PROGRAM.parent.parent / "share/face-privacy/models/retinaface_permissive.onnx"
needs_permissive = pytest.mark.skipif(not PERMISSIVE.exists(), reason="`make permissive-weights` brings the weights")


def test_missing_weights_are_named_with_what_brings_them(tmp_path, demo):
    program = program_without_weights(tmp_path)
    out = tmp_path / "out.jpg"
    done = subprocess.run([program, "blur", demo / "sample3.jpg", "-o", out, "--weights", "permissive"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "make permissive-weights" in done.stderr
    assert not out.exists()
    assert subprocess.run([program, "model", "--weights", "research"], check=False, capture_output=True).returncode == 0


@needs_permissive
def test_permissive_weights_find_the_people_of_the_demo_photos(program, demo):
    for name in ("sample3.jpg", "sample5.jpg"):
        usual = program.detect(demo / name, "--min-score", "0.8")[0]["faces"]
        found = program.detect(demo / name, "--weights", "permissive")[0]["faces"]
        assert len(usual) > 2
        for face in usual:
            assert any(overlap(face["box"], other["box"]) > 0.4 for other in found), (name, face)


@needs_permissive
def test_model_and_service_tell_which_weights_are_in_use(program):
    text = program.run("model", environment={"FACE_PRIVACY_WEIGHTS": "permissive"}).stdout.decode()
    assert "retinaface_permissive" in text and "licence  MIT" in text and "non-commercial" not in text
    with Service("--weights", "permissive") as service:
        model = service.post("/v1/detect", (DEMO / "sample3.jpg").read_bytes()).json()["model"]
        assert model["name"] == "retinaface_permissive.onnx" and model["sha256"].startswith("b7a7acab55e1")


def overlap(a, b):
    width = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    height = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    common = max(width, 0) * max(height, 0)
    return common / (a["width"] * a["height"] + b["width"] * b["height"] - common)
