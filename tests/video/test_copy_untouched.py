"""Groups of pictures that nothing is covered in come out bit for bit; all others are covered."""

import json
import subprocess

import pytest

from clips import SECRET, Studio, ffmpeg, frame_times, packets, picture_hashes, streams

GROUP = 10  # frames
FRAMES = 60
B_FRAMES = ("-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p", "-g", GROUP, "-keyint_min", GROUP,
            "-sc_threshold", 0, "-bf", 2, "-x264-params", "open-gop=0")
AAC = ("-c:a", "aac")


@pytest.fixture(scope="module")
def studio(tmp_path_factory, demo):
    return Studio(tmp_path_factory.mktemp("studio"), demo / "sample4.jpg", frames=FRAMES)


def covered_in(program, clip, tmp_path, first, last):
    """A tracks file of the clip with one box, from frame `first` to `last`."""
    tracks = tmp_path / "tracks.json"
    detected = program.run("detect", clip, "--profile", "fast")
    assert detected.returncode == 0, detected.stderr.decode()
    told = json.loads(detected.stdout)
    told["tracks"] = [{"id": 1, "first_frame": first, "last_frame": last,
                       "boxes": [[frame, 100, 60, 60, 60] for frame in sorted({first, last})]}]
    tracks.write_text(json.dumps(told))
    return tracks


def render(program, clip, out, tracks, *more):
    done = program.blur(clip, "-o", out, "--tracks", tracks, "--copy-untouched", "--json", *more)
    return json.loads(done.stdout.splitlines()[0])


def groups_that_differ(before, after):
    assert len(before) == len(after) == FRAMES
    return sorted({i // GROUP for i in range(FRAMES) if before[i] != after[i]})


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv"])
def test_only_groups_with_a_region_change(program, studio, tmp_path, name):
    clip = studio.make(name, *B_FRAMES, *AAC)
    out = tmp_path / name
    report = render(program, clip, out, covered_in(program, clip, tmp_path, 24, 36))
    assert frame_times(out) == frame_times(clip)
    assert groups_that_differ(picture_hashes(clip), picture_hashes(out)) == [2, 3]
    assert packets(out, "a") == packets(clip, "a")
    assert report["output"]["copied_frames"] == FRAMES - 2 * GROUP
    assert report["output"]["encoder"] == "libx264"
    assert streams(out, "video")[0]["nb_frames" if name != "clip.mkv" else "codec_name"] in (str(FRAMES), "h264")


def test_packets_of_untouched_groups_are_the_source_s(program, studio, tmp_path):
    clip = studio.make("packets.mp4", *B_FRAMES, *AAC)
    out = tmp_path / "packets.mp4"
    render(program, clip, out, covered_in(program, clip, tmp_path, 0, 3))
    before, after = packets(clip, "v"), packets(out, "v")
    # The first packet holds the encoder's settings, which are left out.
    assert [packet[1] for packet in sorted(after)] == [packet[1] for packet in sorted(before)]
    assert after[GROUP:] == before[GROUP:]
    assert after[:GROUP] != before[:GROUP]


def test_the_last_group_can_be_the_covered_one(program, studio, tmp_path):
    clip = studio.make("last.mp4", *B_FRAMES, *AAC)
    out = tmp_path / "last.mp4"
    render(program, clip, out, covered_in(program, clip, tmp_path, FRAMES - 2, FRAMES - 1))
    assert groups_that_differ(picture_hashes(clip), picture_hashes(out)) == [FRAMES // GROUP - 1]
    assert frame_times(out) == frame_times(clip)


def test_groups_of_one_picture_can_alternate(program, studio, tmp_path):
    clip = studio.make("intra.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", 1, "-an")
    out = tmp_path / "intra.mp4"
    report = render(program, clip, out, covered_in(program, clip, tmp_path, 7, 9))
    before, after = picture_hashes(clip), picture_hashes(out)
    changed = [i for i in range(FRAMES) if before[i] != after[i]]
    # A box also covers what it meets in the frames beside it.
    assert set(range(7, 10)) <= set(changed) <= set(range(5, 12))
    assert report["output"]["copied_frames"] == FRAMES - len(changed)


def test_nothing_planted_stays_in_copied_groups(program, studio, tmp_path):
    plain = studio.make("plain.mp4", *B_FRAMES, "-an")
    planted = tmp_path / "planted.mp4"
    user_data = "086f3693-b7b3-4f2c-9653-21492feee5b8+" + SECRET
    ffmpeg("-i", plain, "-c", "copy", "-bsf:v", f"h264_metadata=sei_user_data={user_data}", "-metadata",
           f"title={SECRET}", planted)
    assert SECRET.encode() in planted.read_bytes()
    out = tmp_path / "out.mp4"
    report = render(program, planted, out, covered_in(program, planted, tmp_path, 24, 36))
    assert report["output"]["copied_frames"] == FRAMES - 2 * GROUP
    assert SECRET.encode() not in out.read_bytes()
    assert b"x264" not in out.read_bytes()


@pytest.mark.parametrize("name, arguments", [
    ("hevc.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt",
                  "yuv420p")),
    ("ten_bits.mp4", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")),
    ("transport.ts", B_FRAMES),
    ("open_groups.mp4", (*B_FRAMES[:-1], "open-gop=1")),
    ("interlaced.mp4", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-vf", "setfield=tff",
                        "-flags", "+ildct+ilme", "-g", GROUP)),
])
def test_other_clips_are_encoded_as_a_whole_or_by_longer_groups(program, studio, tmp_path, name, arguments):
    clip = studio.make(name, *arguments, "-an")
    out = tmp_path / name
    render(program, clip, out, covered_in(program, clip, tmp_path, 24, 36))
    assert frame_times(out) == frame_times(clip)
    before, after = picture_hashes(clip), picture_hashes(out)
    assert all(before[i] != after[i] for i in range(24, 37))


def test_a_damaged_clip_is_not_copied(program, studio, tmp_path):
    clip = studio.make("damaged.mp4", *B_FRAMES, "-an")
    sizes = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "packet=pos,size", "-of", "csv=p=0", str(clip)],
                           capture_output=True, text=True).stdout.split()
    # A picture of the last group, but for the length and kind of its unit.
    size, pos = map(int, sizes[-4].split(",")[:2])
    bytes_ = bytearray(clip.read_bytes())
    bytes_[pos + 5:pos + size] = b"\xff" * (size - 5)
    clip.write_bytes(bytes_)
    out = tmp_path / "out.mp4"
    done = program.run("blur", clip, "-o", out, "--tracks", covered_in(program, clip, tmp_path, 24, 36),
                       "--copy-untouched", "--json")
    if done.returncode == 0:
        assert json.loads(done.stdout)["output"]["copied_frames"] == 0
    else:
        assert not out.exists()
