"""A clip that is broken, locked or not what it says gives an error and no file, or every frame covered."""

import random

import numpy
import pytest

from clips import Studio, ffmpeg, streams
from test_clips import AAC, H264


@pytest.fixture(scope="module")
def studio(tmp_path_factory, demo):
    return Studio(tmp_path_factory.mktemp("studio"), demo / "sample4.jpg", frames=8)


def gray(path, size):
    import subprocess
    done = subprocess.run(["ffmpeg", "-v", "quiet", "-i", str(path), "-map", "0:v:0", "-f", "rawvideo", "-pix_fmt",
                           "gray", "-"], capture_output=True)
    width, height = size
    count = len(done.stdout) // (width * height)
    return numpy.frombuffer(done.stdout[:count * width * height], numpy.uint8).reshape(count, height, width)


def refuse(program, clip, out, word):
    done = program.run("blur", clip, "-o", out, "--profile", "fast")
    assert done.returncode == 1
    assert word in done.stderr.decode()
    assert not out.exists()
    assert not [left for left in out.parent.iterdir() if left.name.startswith(".face-privacy")]


def test_a_clip_that_breaks_off(program, studio, tmp_path):
    clip = studio.make("whole.mp4", *H264, *AAC, "-movflags", "faststart")
    clip.write_bytes(clip.read_bytes()[:-3000])
    refuse(program, clip, tmp_path / "out.mp4", "breaks off")


def test_a_clip_without_its_index(program, studio, tmp_path):
    clip = studio.make("whole.mp4", *H264, *AAC)
    clip.write_bytes(clip.read_bytes()[:5000])
    refuse(program, clip, tmp_path / "out.mp4", "cannot be read")


def test_an_encrypted_clip(program, studio, tmp_path):
    plain = studio.make("plain.mp4", *H264, "-an")
    clip = tmp_path / "locked.mp4"
    ffmpeg("-i", plain, "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "00" * 16,
           "-encryption_kid", "11" * 16, clip)
    refuse(program, clip, tmp_path / "out.mp4", "encrypted")


def test_a_playlist_in_disguise(program, tmp_path):
    clip = tmp_path / "list.mp4"
    clip.write_text("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    refuse(program, clip, tmp_path / "out.mp4", "")


def test_sound_without_pictures(program, studio, tmp_path):
    clip = studio.make("sound.mp4", "-vn", *AAC)
    refuse(program, clip, tmp_path / "out.mp4", "no video")


def test_a_picture_that_changes_its_size(program, studio, tmp_path):
    small = studio.make("small.ts", *H264, "-an", "-vf", "scale=160:90")
    large = studio.make("large.ts", *H264, "-an")
    clip = tmp_path / "changing.ts"
    clip.write_bytes(large.read_bytes() + small.read_bytes())
    refuse(program, clip, tmp_path / "out.ts", "")


def test_frames_decoded_with_errors_are_covered_whole(program, studio, tmp_path):
    clip = studio.make("fine.ts", *H264, "-an", "-g", 100, "-bf", 0)
    content = bytearray(clip.read_bytes())
    middle = len(content) // 2 // 188 * 188
    for packet in range(middle, middle + 3 * 188, 188):
        content[packet + 60:packet + 188] = bytes(range(128))
    clip = tmp_path / "damaged.ts"
    clip.write_bytes(content)
    out = tmp_path / "out.ts"
    done = program.run("blur", clip, "-o", out, "--profile", "fast", "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert b'"damaged_frames":0' not in done.stdout
    frames = gray(out, (320, 180))
    assert frames[-1].std() < 4, "the frame after the damage is one grey"


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "avi"])
def test_mutated_clips_end_in_an_error_or_a_clip(program, studio, tmp_path, kind):
    """Never a crash, never a file that is left half-written."""
    audio = ("-c:a", "libmp3lame") if kind == "avi" else AAC
    whole = studio.make(f"seed.{kind}", *H264, "-bf", 0, *audio, "-frames:v", 3).read_bytes()
    dice = random.Random(7)
    folder = tmp_path / "mutated"
    folder.mkdir()
    for number in range(25):
        content = bytearray(whole)
        for _ in range(dice.choice([1, 4, 20, 100])):
            content[dice.randrange(len(content))] = dice.randrange(256)
        (folder / f"{number}.{kind}").write_bytes(content)
    out = tmp_path / "out"
    done = program.run("blur", folder, "-o", out, "--profile", "fast")
    assert done.returncode in (0, 1), done.stderr.decode()[-500:]
    for written in out.iterdir():
        assert not written.name.startswith(".face-privacy-")
        assert streams(written, "video")
