"""`eval --video` on clips that a virtual camera makes of photos: tracks cover people whom single frames leave bare."""

import json
import pathlib
import subprocess

import pytest

MAKE_CLIPS = pathlib.Path(__file__).parents[2] / "tools/synthetic_clips/make_clips.py"


@pytest.fixture(scope="module")
def clips(program, demo, tmp_path_factory):
    """One a half, of photos whose faces are told by the largest effort."""
    folder = tmp_path_factory.mktemp("synthetic")
    lines = []
    for name in ("sample2.jpg", "sample4.jpg", "sample1.jpg", "sample5.jpg"):
        faces = program.detect(demo / name, "--profile", "thorough", "--min-score", 0.5)[0]["faces"]
        boxes = [{"box": [face["box"][side] for side in ("x", "y", "width", "height")]} for face in faces]
        lines.append(json.dumps({"image": name, "faces": boxes}))
    truth = folder / "truth.jsonl"
    truth.write_text("\n".join(lines))
    subprocess.run([MAKE_CLIPS, "--photos", demo, "--truth", truth, "--out", folder, "--clips", "2"], check=True)
    return folder


@pytest.mark.parametrize("half", ["tune", "report"])
def test_tracks_follow_a_moving_camera(program, clips, half):
    out = program.run("eval", "--video", clips / half, "--profile", "fast", "--frame-by-frame", "--json")
    report = json.loads(out.stdout)
    assert report["clips"] == 1
    tracks, single = (measured["by_size"] for measured in report["measured"])
    assert tracks["64 px and more"]["covered_recall"] > 0.99
    assert tracks["all"]["boxes"] == single["all"]["boxes"] > 100
    assert tracks["all"]["covered_recall"] > single["all"]["covered_recall"] + 0.1
    assert 2 * tracks["all"]["exposed"] < single["all"]["exposed"]
    assert tracks["all"]["switches"] < 10
    # Single frames miss most of these people, so their needless area is small.
    areas = [measured["needless_area"] for measured in report["measured"]]
    assert report["needless_ratio"] == pytest.approx(areas[0] / areas[1], rel=0.01)
    assert 1 < report["needless_ratio"] < 8


def test_needless_area_is_compared_only_with_what_was_measured(program, clips):
    out = program.run("eval", "--video", clips / "tune", "--profile", "fast")
    assert b"each frame by itself" not in out.stdout
