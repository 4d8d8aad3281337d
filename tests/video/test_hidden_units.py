"""What a copied H.264 or HEVC stream could carry beside its pictures."""

import re
import struct

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


def box(kind, *content):
    content = b"".join(content)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def inner(content, *path):
    """The box that `path` leads to, with its head."""
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        if kind == path[0]:
            found = content[at:at + size]
            return found if len(path) == 1 else inner(found[8:], *path[1:])
        at += size
    raise AssertionError(path)


TABLE = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def samples_of(file):
    """Of an MP4 with one track, in the order of its table."""
    sizes, data = inner(file, *TABLE, b"stsz")[20:], inner(file, b"mdat")[8:]
    samples, at = [], 0
    for (size,) in struct.iter_unpack(">I", sizes):
        samples.append(data[at:at + size])
        at += size
    return samples


def one_track_of(*parts):
    """An MP4 whose track has the samples of one part after the other, each a file, whose description they have, and
    samples that begin with a key picture."""
    files = [file for file, _ in parts]
    lists = [samples for _, samples in parts]
    count, data = sum(map(len, lists)), [b"".join(samples) for samples in lists]
    keys = [1 + sum(map(len, lists[:i])) for i in range(len(parts))]

    def header(first_byte):
        places = [first_byte + sum(map(len, data[:i])) for i in range(len(parts))]
        chunks = [number for i, samples in enumerate(lists, 1) for number in (i, len(samples), i)]
        sizes = [len(sample) for samples in lists for sample in samples]
        samples = box(b"stbl", box(b"stsd", struct.pack(">II", 0, len(files)), *(inner(file, *TABLE, b"stsd")[16:] for file in files)),
                      box(b"stts", struct.pack(">IIII", 0, 1, count, 512)), box(b"stss", struct.pack(f">{2 + len(keys)}I", 0, len(keys), *keys)),
                      box(b"stsc", struct.pack(f">{2 + len(chunks)}I", 0, len(parts), *chunks)),
                      box(b"stsz", struct.pack(f">{3 + count}I", 0, 0, count, *sizes)),
                      box(b"stco", struct.pack(f">{2 + len(places)}I", 0, len(places), *places)))
        media = box(b"mdia", box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 12800, count * 512, 0x55C4, 0)),
                    inner(files[0], b"moov", b"trak", b"mdia", b"hdlr"),
                    box(b"minf", *(inner(files[0], *TABLE[:-1], kind) for kind in (b"vmhd", b"dinf")), samples))
        track = box(b"trak", inner(files[0], b"moov", b"trak", b"tkhd"), media)
        return inner(files[0], b"ftyp") + box(b"moov", inner(files[0], b"moov", b"mvhd"), track)

    return header(len(header(0)) + 8) + box(b"mdat", *data)


@pytest.mark.parametrize("option", [(), ("--copy-untouched",)])
def test_a_track_with_two_descriptions_is_coded_anew(program, studio, tmp_path, option):
    halves = []
    for preset in ("ultrafast", "medium"):
        half = studio.make(f"{preset}.mp4", "-c:v", "libx264", "-preset", preset, "-bf", 0, "-pix_fmt", "yuv420p", "-an",
                           "-frames:v", 10, "-vf", "boxblur=40")
        halves.append(half.read_bytes())
    clip, out = tmp_path / "clip.mp4", tmp_path / "out.mp4"
    clip.write_bytes(one_track_of(*((half, samples_of(half)) for half in halves)))
    assert len(picture_hashes(clip)) == 20
    done = program.blur(clip, "-o", out, "--profile", "fast", "--json", *option)
    assert b'"copied":false' in done.stdout
    assert len(picture_hashes(out)) == 20


def nobody_and_somebody(studio, *coding):
    """Two files of one coding: people blurred out of sight, and people."""
    return [studio.make(f"{name}.mp4", *coding, "-an", "-frames:v", 6, "-vf", f"{look}format=yuv420p").read_bytes()
            for name, look in (("nobody", "boxblur=40,"), ("somebody", ""))]


@pytest.mark.parametrize("codec", CODING)
def test_a_second_picture_in_a_packet_is_not_copied(program, studio, tmp_path, codec):
    """Decoders show one of the two, and only that one was looked at."""
    nobody, somebody = nobody_and_somebody(studio, *CODING[codec])
    hidden = samples_of(somebody)[0]
    samples = samples_of(nobody)
    samples[0] = hidden + samples[0]
    clip, out = tmp_path / "clip.mp4", tmp_path / "out.mp4"
    clip.write_bytes(one_track_of((nobody, samples)))
    done = program.run("blur", clip, "-o", out, "--profile", "fast", "--json")
    assert b'"copied":true' not in done.stdout
    assert not out.exists() or hidden[-100:] not in out.read_bytes()


VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-g", 6, "-lag-in-frames", 0)


def hide_before(packet, hidden):
    """A packet of VP9 whose key picture comes after another one that is not shown."""
    mark = 0xC0 | 3 << 3 | 1
    index = struct.pack("<BIIB", mark, len(hidden), len(packet), mark)
    return bytes([hidden[0] & ~2]) + hidden[1:] + packet + index


def test_a_picture_of_vp9_that_is_never_shown_is_not_copied(program, studio, tmp_path):
    nobody, somebody = nobody_and_somebody(studio, *VP9)
    hidden, samples = samples_of(somebody)[0], samples_of(nobody)
    plain, clip, out = (tmp_path / name for name in ("plain.mp4", "clip.mp4", "out.mp4"))
    plain.write_bytes(one_track_of((nobody, samples)))
    assert blurred(program, plain)[1]
    samples[0] = hide_before(samples[0], hidden)
    clip.write_bytes(one_track_of((nobody, samples)))
    assert picture_hashes(clip) == picture_hashes(plain)
    out, is_copied = blurred(program, clip)
    assert not is_copied
    assert len(picture_hashes(out)) == len(samples)
    assert hidden[-100:] in clip.read_bytes() and hidden[-100:] not in out.read_bytes()


def test_pictures_that_are_shown_later_are_copied(program, studio, tmp_path):
    clip = studio.make("later.mp4", "-c:v", "libsvtav1", "-preset", 12, "-an", "-vf", "boxblur=40,format=yuv420p")
    out, is_copied = blurred(program, clip)
    assert is_copied
    assert picture_hashes(out) == picture_hashes(clip)


def point_sound_to_pictures(file):
    """A MOV whose first chunk of sound is said to be where that of the pictures is."""
    places = {}
    at = file.index(b"moov") + 4
    for _ in range(2):
        track = file.index(b"trak", at) - 4
        at = track + struct.unpack(">I", file[track:track + 4])[0]
        kind = file[file.index(b"hdlr", track) + 12:][:4]
        places[kind] = file.index(b"stco", track) + 12
    video, sound = places[b"vide"], places[b"soun"]
    return file[:sound] + file[video:video + 4] + file[sound + 4:]


def test_bytes_of_pictures_are_not_copied_as_sound(program, studio, tmp_path):
    clip, out = tmp_path / "clip.mov", tmp_path / "out.mov"
    clip.write_bytes(point_sound_to_pictures(studio.make("sound.mov", *H264, "-bf", 0, "-c:a", "pcm_s16le").read_bytes()))
    done = program.run("blur", clip, "-o", out, "--profile", "fast")
    assert done.returncode == 1
    assert b"share their bytes" in done.stderr
    assert not out.exists()
