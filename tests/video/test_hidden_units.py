"""What a copied H.264 or HEVC stream could carry beside its pictures."""

import re

import pytest

from clips import SECRET, Studio, ffmpeg, picture_hashes, probe, streams
from test_clips import H264, HEVC

HIDDEN = SECRET.encode() * 12
SETS = {"h264": (7, 8), "hevc": (32, 33, 34)}
DELIMITER = {"h264": 9, "hevc": 35}
CODING = {"h264": (*H264, "-g", 6, "-bf", 0), "hevc": (*HEVC[:-1], "log-level=none:bframes=0:keyint=6")}
HEADER = {"h264": lambda kind: bytes([kind]), "hevc": lambda kind: bytes([kind << 1, 1])}


@pytest.fixture(scope="module")
def studio(tmp_path_factory, demo):
    return Studio(tmp_path_factory.mktemp("studio"), demo / "sample4.jpg")


def kind_of(unit, codec):
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def clip_of(studio, tmp_path, codec, container, change):
    """A clip without faces, each unit of which `change` turns into a list of units."""
    plain, coded = tmp_path / f"plain.{codec}", tmp_path / f"changed.{codec}"
    ffmpeg("-i", studio.raw, *CODING[codec], "-an", "-vf", "boxblur=40", "-pix_fmt", "yuv420p", "-bsf:v",
           f"{codec}_metadata=aud=insert", plain)
    units = re.split(b"\0\0\0?\1", plain.read_bytes())[1:]
    coded.write_bytes(b"".join(b"\0\0\0\1" + new for unit in units for new in change(unit)))
    clip = tmp_path / f"clip.{container}"
    ffmpeg("-fflags", "+genpts", "-r", 25, "-f", codec, "-i", coded, "-c", "copy", clip)
    return clip


def blurred(program, clip):
    out = clip.with_name(f"out{clip.suffix}")
    done = program.blur(clip, "-o", out, "--profile", "fast", "--json")
    return out, b'"copied":true' in done.stdout


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("codec", CODING)
def test_a_plain_stream_is_copied(program, studio, tmp_path, codec, container):
    clip = clip_of(studio, tmp_path, codec, container, lambda unit: [unit])
    out, is_copied = blurred(program, clip)
    assert is_copied
    assert picture_hashes(out) == picture_hashes(clip)


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("codec", CODING)
def test_nothing_stays_behind_a_parameter_set(program, studio, tmp_path, codec, container):
    for kind in SETS[codec]:
        clip = clip_of(studio, tmp_path, codec, container,
                       lambda unit: [unit + HIDDEN if kind_of(unit, codec) == kind else unit])
        assert HIDDEN[:20] in clip.read_bytes()
        out, _ = blurred(program, clip)
        assert SECRET.encode() not in out.read_bytes()
        assert streams(out, "video")[0]["width"] == 320


@pytest.mark.parametrize("codec", CODING)
def test_delimiters_end_where_they_must(program, studio, tmp_path, codec):
    clip = clip_of(studio, tmp_path, codec, "ts",
                   lambda unit: [unit + HIDDEN if kind_of(unit, codec) == DELIMITER[codec] else unit])
    out, is_copied = blurred(program, clip)
    assert is_copied
    assert SECRET.encode() not in out.read_bytes()
    assert picture_hashes(out) == picture_hashes(clip)


KINDS = [("h264", kind) for kind in (2, 3, 4, 10, 11, 12, 13, 15, 24)] + [("hevc", kind) for kind in (36, 37, 38, 41, 48)]


@pytest.mark.parametrize("codec, kind", KINDS)
def test_units_that_are_no_picture_go(program, studio, tmp_path, codec, kind):
    clip = clip_of(studio, tmp_path, codec, "mkv",
                   lambda unit: [unit, HEADER[codec](kind) + HIDDEN] if kind_of(unit, codec) < 6 else [unit])
    assert HIDDEN[:20] in clip.read_bytes()
    out, _ = blurred(program, clip)
    assert SECRET.encode() not in out.read_bytes()


def number_of_packets(path):
    return len(probe(path, "-select_streams", "v:0", "-show_entries", "packet=size")["packets"])


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_pictures_before_the_first_that_can_be_decoded_are_not_copied(program, studio, tmp_path, container):
    """Decoders leave them out, so nobody has looked at them; some players show them all the same."""
    whole, cut, clip = (tmp_path / name for name in ("whole.h264", "cut.h264", f"clip.{container}"))
    ffmpeg("-i", studio.raw, *H264, "-x264-params", "keyint=250:scenecut=0:bframes=0", "-force_key_frames", "0.24",
           "-an", "-vf", "boxblur=40:enable='not(between(n,1,5))'", whole)  # people in frames 1 to 5
    units = re.split(b"\0\0\0?\1", whole.read_bytes())[1:]
    first = [kind_of(unit, "h264") for unit in units].index(5)
    cut.write_bytes(b"".join(b"\0\0\0\1" + unit for unit in units[:first] + units[first + 1:]))
    ffmpeg("-fflags", "+genpts", "-r", 25, "-f", "h264", "-i", cut, "-c", "copy", "-copyinkf", clip)
    shown = picture_hashes(clip)
    assert len(shown) < number_of_packets(clip)
    out, is_copied = blurred(program, clip)
    assert not is_copied
    assert number_of_packets(out) == len(picture_hashes(out)) == len(shown)
