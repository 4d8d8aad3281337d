"""`eval --video` on clips that a virtual camera makes of photos: people are covered, frame by frame they are not."""

import json
import pathlib
import subprocess

import pytest

MAKE_CLIPS = pathlib.Path(__file__).parents[2] / "tools/synthetic_clips/make_clips.py"


@pytest.fixture(scope="module")
def clips(program, demo, tmp_path_factory):
    """Of photos whose faces are told by the largest effort, two to a half."""
    folder = tmp_path_factory.mktemp("synthetic")
    lines = []
    for name in ("sample2.jpg", "sample4.jpg", "sample1.jpg", "sample5.jpg"):
        faces = program.detect(demo / name, "--profile", "thorough", "--min-score", 0.5)[0]["faces"]
        boxes = [{"box": [face["box"][side] for side in ("x", "y", "width", "height")]} for face in faces]
        lines.append(json.dumps({"image": name, "faces": boxes}))
    truth = folder / "truth.jsonl"
    truth.write_text("\n".join(lines))
    subprocess.run([MAKE_CLIPS, "--photos", demo, "--truth", truth, "--out", folder, "--clips", "4"], check=True)
    return folder


@pytest.mark.parametrize("half", ["tune", "report"])
def test_a_moving_camera_uncovers_nobody(program, clips, half):
    out = program.run("eval", "--video", clips / half, "--profile", "fast", "--frame-by-frame", "--json")
    report = json.loads(out.stdout)
    assert report["clips"] == 2
    tracks, single = (measured["by_size"]["from 32 px"] for measured in report["measured"])
    assert tracks["boxes"] == single["boxes"] > 100
    assert tracks["covered_recall"] > 0.99
    assert tracks["covered_recall"] >= single["covered_recall"]
    assert tracks["exposed"] <= single["exposed"]
    assert tracks["longest_run"] <= 2
    assert 1 < report["needless_ratio"] < 3


def test_needless_area_is_compared_only_with_what_was_measured(program, clips):
    out = program.run("eval", "--video", clips / "tune", "--profile", "fast")
    assert b"each frame by itself" not in out.stdout
