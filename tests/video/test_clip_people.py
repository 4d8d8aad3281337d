"""People who may be seen in clips: decided once for each track, and every doubt covers the whole of it."""

import json
import subprocess

import pytest
from PIL import Image, ImageOps

from people import (anna, anna_again, changed_share, clip_of, faces_of, frames_of, needs_recognizer, program_without_weights,
                    side_by_side, stranger)

pytestmark = needs_recognizer
COVERED, CLEAR = 0.6, 0.1  # of a face's pixels, visibly changed; a codec changes few


@pytest.fixture(scope="module")
def faces():
    """The same woman in two photos, and somebody else; all as large."""
    return {name: ImageOps.fit(person(), (300, 360)) for name, person in (("anna", anna), ("again", anna_again), ("other", stranger))}


def wall(*pictures, shift=0, height=300):
    """Pictures beside each other under a camera that moves a little."""
    still = side_by_side(*pictures, height=height)
    seen = Image.new("RGB", (still.width + 40, still.height), (120, 120, 120))
    seen.paste(still, (shift, 0))
    return seen


def blur(program, clip, anna_png, out, *more):
    done = program.blur(clip, "-o", out, "--json", "--profile", "fast", "--keep-person", f"anna={anna_png}", *more)
    return json.loads(done.stdout)


def shares(clip, out):
    """For each frame and each face in it from the left: how much of it was changed."""
    result = []
    for before, after in zip(frames_of(clip), frames_of(out), strict=True):
        result.append([changed_share(before, after, face["box"], inner=0.6) for face in faces_of(before)])
    return result


def test_she_is_seen_all_along_and_nobody_else(program, anna_png, faces, tmp_path):
    clip = clip_of([wall(faces["again"], faces["other"], shift=n) for n in range(25)], tmp_path / "clip.mp4")
    report = blur(program, clip, anna_png, tmp_path / "out.mp4")
    kept = [match for match in report["matches"] if match["kept"]]
    assert [(match["person"], match["verdict"], match["why"]) for match in kept] == [("anna", "keep", None)] and kept[0]["score"] >= 0.6
    assert all(match["person"] is None for match in report["matches"] if not match["kept"])
    for number, (first, second) in enumerate(shares(clip, tmp_path / "out.mp4")):
        assert first < CLEAR and second > COVERED, number


def test_people_read_who_and_how_sure(program, anna_png, faces, tmp_path):
    clip = clip_of([wall(faces["again"], shift=n) for n in range(15)], tmp_path / "clip.mp4")
    done = program.blur(clip, "-o", tmp_path / "out.mp4", "--profile", "fast", "--keep-person", f"anna={anna_png}")
    assert b"1 face, kept: anna (0." in done.stdout and not done.stderr


@pytest.mark.parametrize("case, why", [("mirror", "twice"), ("swap", "changes"), ("swap_back", "changes"), ("short", "few"), ("alike", "two_people")])
def test_doubts_cover_the_whole_track(program, anna_png, faces, tmp_path, case, why):
    again, other = faces["again"], faces["other"]
    more = []
    if case == "mirror":
        pictures = [wall(again, ImageOps.mirror(again), shift=n) for n in range(20)]
    elif case == "swap":
        pictures = [wall(again if n < 12 else other, shift=n) for n in range(24)]
    elif case == "swap_back":
        pictures = [wall(other if 10 <= n < 13 else again, shift=n) for n in range(24)]
    elif case == "short":
        pictures = [wall(again)] * 2
    else:
        pictures = [wall(again, shift=n) for n in range(20)]
        again.save(tmp_path / "again.png")
        more = ["--keep-person", f"twin={tmp_path / 'again.png'}"]
    clip = clip_of(pictures, tmp_path / "clip.mp4")
    report = blur(program, clip, anna_png, tmp_path / "out.mp4", *more)
    assert why in [match["why"] for match in report["matches"]], report["matches"]
    assert not any(match["kept"] for match in report["matches"])
    for number, frame in enumerate(shares(clip, tmp_path / "out.mp4")):
        assert frame and min(frame) > COVERED, number


def test_a_small_face_is_not_compared(program, anna_png, faces, tmp_path):
    clip = clip_of([wall(faces["again"], shift=n, height=36) for n in range(15)], tmp_path / "clip.mp4")
    report = blur(program, clip, anna_png, tmp_path / "out.mp4")
    assert not any(match["kept"] for match in report["matches"])
    assert all(match["score"] is None for match in report["matches"])


def test_a_tracks_file_tells_whom_and_stays_valid_when_it_is_edited(program, anna_png, faces, tmp_path):
    clip = clip_of([wall(faces["again"], faces["other"], shift=n) for n in range(20)], tmp_path / "clip.mp4")
    done = program.run("detect", clip, "--profile", "fast", "--keep-person", f"anna={anna_png}")
    assert done.returncode == 0, done.stderr
    tracks = json.loads(done.stdout)
    first, second = sorted(tracks["tracks"], key=lambda track: track["boxes"][0][1])
    assert tracks["version"] == 1 and (first["keep"], second["keep"]) == (True, False)
    assert first["match"]["person"] == "anna" and first["match"]["verdict"] == "keep" and first["match"]["why"] is None
    assert second["match"]["person"] is None and second["match"]["score"] < 0.4
    first["keep"], second["keep"] = False, True
    (tmp_path / "edited.json").write_text(json.dumps(tracks))
    program.blur(clip, "-o", tmp_path / "out.mp4", "--tracks", tmp_path / "edited.json")
    for one, other in shares(clip, tmp_path / "out.mp4"):
        assert one > COVERED and other < CLEAR


def test_what_covers_a_neighbor_gives_way_to_her(program, anna_png, faces, tmp_path):
    """Shoulder to shoulder: without giving way an ellipse with a wide margin takes some of her box."""
    clip = clip_of([side_by_side(faces["again"], faces["other"].resize((300, 330)), height=300, gap=0)] * 15, tmp_path / "clip.mp4")
    report = blur(program, clip, anna_png, tmp_path / "out.mp4", "--margin", "0.6", "--style", "fill", "--color", "#00ff00")
    assert sum(match["kept"] for match in report["matches"]) == 1
    before, after = frames_of(clip)[7], frames_of(tmp_path / "out.mp4")[7]
    her, _ = faces_of(before)
    assert changed_share(before, after, her["box"]) < 0.05


def test_people_and_a_tracks_file_do_not_go_together(program, anna_png, faces, tmp_path):
    clip = clip_of([wall(faces["again"])] * 5, tmp_path / "clip.mp4")
    (tmp_path / "tracks.json").write_bytes(program.run("detect", clip).stdout)
    done = program.run("blur", clip, "-o", tmp_path / "out.mp4", "--tracks", tmp_path / "tracks.json", "--keep-person", f"anna={anna_png}")
    assert done.returncode == 1 and b"--tracks" in done.stderr and not (tmp_path / "out.mp4").exists()


def test_without_people_there_is_no_word_of_them(program, faces, tmp_path):
    clip = clip_of([wall(faces["again"])] * 5, tmp_path / "clip.mp4")
    assert all("match" not in track for track in json.loads(program.run("detect", clip).stdout)["tracks"])
    assert json.loads(program.blur(clip, "-o", tmp_path / "out.mp4", "--json").stdout)["matches"] == []


def test_without_the_weights_it_says_so(anna_png, faces, tmp_path):
    clip = clip_of([wall(faces["again"])] * 5, tmp_path / "clip.mp4")
    poor = program_without_weights(tmp_path)
    done = subprocess.run([poor, "blur", clip, "-o", tmp_path / "out.mp4", "--keep-person", f"anna={anna_png}"], capture_output=True, timeout=60)
    assert done.returncode == 1 and b"make recognizer" in done.stderr and not (tmp_path / "out.mp4").exists()


def test_an_animation_is_decided_by_track(program, anna_png, faces, tmp_path):
    """Her face in two frames, somebody else's at the same place in the one between: nobody is seen, and none is counted."""
    for middle, expected in (("again", "keep"), ("other", "ask")):
        pictures = [wall(faces["again"]), wall(faces[middle]), wall(faces["again"])]
        # No frame is like the one before.
        pictures = [picture.point(lambda value, n=n: min(255, value + 2 * n)) for n, picture in enumerate(pictures)]
        path, out = tmp_path / f"{middle}.webp", tmp_path / f"{middle}-out.webp"
        pictures[0].save(path, save_all=True, append_images=pictures[1:], lossless=True, duration=100)
        report = json.loads(program.blur(path, "-o", out, "--json", "--profile", "fast", "--keep-person", f"anna={anna_png}").stdout)
        assert [face["match"]["verdict"] for face in report["faces"] if face["score"] > 0.8] == [expected] * 3
        result = Image.open(out)
        for number, before in enumerate(pictures):
            result.seek(number)
            face, = faces_of(before)
            share = changed_share(before, result.convert("RGB"), face["box"], inner=0.6)
            assert (share < CLEAR) if expected == "keep" else (share > COVERED), (middle, number)
