"""A redacted clip is the same clip: frames, times, sound, shape and colors stay, and nothing personal does."""

import subprocess

import pytest

from clips import SECRET, Studio, ffmpeg, frame_times, packets, picture_hashes, probe, streams

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
AAC = ("-c:a", "aac")
B_FRAMES = ("-bf", 2, "-g", 6)
BT601 = ("-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-colorspace", "smpte170m")
HLG = ("-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc")
PQ = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
MASTERING = ("-x265-params", "log-level=none:hdr10=1:max-cll=1000,400:master-display="
             "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)")

# Name of the file, then what ffmpeg is told.
TRAPS = {
    "b_frames.mp4": (*H264, *B_FRAMES, *AAC),
    "square_pixels_not.mp4": (*H264, *AAC, "-vf", "setsar=4/3"),
    "odd_sides.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-vf", "crop=311:173,format=yuv420p", "-c:a",
                       "libopus"),
    "odd_sides.mkv": ("-c:v", "mjpeg", "-vf", "crop=311:173,format=yuvj420p", "-c:a", "aac"),
    "varying_rate.mp4": (*H264, *B_FRAMES, *AAC, "-vf", "select='not(eq(mod(n,5),1))*not(eq(n,7))'", "-vsync", "vfr"),
    "ntsc_rate.mp4": (*H264, *B_FRAMES, *AAC, "-vf", "setpts=N/(30000/1001)/TB", "-r", "30000/1001"),
    "two_sounds.mp4": (*H264, "-map", "0:v", "-map", "0:a", "-map", "0:a", *AAC, "-metadata:s:a:1", "language=deu"),
    "hlg.mp4": (*HEVC, "-pix_fmt", "yuv420p10le", *HLG, *AAC, "-tag:v", "hvc1"),
    "pq.mkv": (*HEVC, "-pix_fmt", "yuv420p10le", *PQ, *MASTERING, *AAC),
    "hevc.mov": (*HEVC, "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"),
    "full_range.mp4": (*H264, "-vf", "scale=out_range=full,format=yuv420p", "-color_range", "pc", *BT601, *AAC),
    "ten_bits.mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", *AAC),
    "wide_chroma.mov": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s16le"),
    "whole_chroma.mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p", *AAC),
    "fragments.mp4": (*H264, *B_FRAMES, *AAC, "-movflags", "frag_keyframe+empty_moov"),
    "odd_whole_chroma.mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-vf", "crop=311:173,format=yuv444p", *AAC),
    "matroska.mkv": (*H264, *B_FRAMES, "-c:a", "libopus"),
    "web.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p", "-c:a", "libvorbis"),
    "av1.mp4": ("-c:v", "libsvtav1", "-preset", 12, "-pix_fmt", "yuv420p", *AAC),
    # SVT-AV1 does not take whole chroma: libaom writes it.
    "av1_whole_chroma.mp4": ("-c:v", "libaom-av1", "-cpu-used", 8, "-usage", "realtime", "-pix_fmt", "yuv444p", *AAC),
    "av1_odd_sides.webm": ("-c:v", "libaom-av1", "-cpu-used", 8, "-usage", "realtime", "-vf", "crop=311:173,format=yuv420p",
                           "-c:a", "libopus"),
    "transport.ts": (*H264, *B_FRAMES, *AAC),
    "old.avi": ("-c:v", "mpeg4", "-q:v", 3, "-pix_fmt", "yuv420p", "-c:a", "libmp3lame"),
    "interlaced.mp4": (*H264, "-vf", "setfield=tff", "-flags", "+ildct+ilme", *AAC),
    "chroma_above.mp4": (*H264, "-chroma_sample_location", "topleft", *AAC),
    "lossless_sound.mp4": (*H264, "-c:a", "flac", "-strict", -2),
    # The last packet of sound has no time of its own.
    "opus_fragments.mp4": (*H264, *B_FRAMES, "-c:a", "libopus", "-movflags", "frag_keyframe+empty_moov"),
    "single_frame.mp4": (*H264, "-frames:v", 1, "-an"),
}

STREAM_FACTS = ("width", "height", "sample_aspect_ratio", "pix_fmt", "color_range", "color_space", "color_transfer",
                "color_primaries", "chroma_location", "start_time", "field_order")


@pytest.fixture(scope="module")
def studio(tmp_path_factory, demo):
    return Studio(tmp_path_factory.mktemp("studio"), demo / "sample4.jpg")


def facts(path):
    video = streams(path, "video")[0]
    told = {key: video.get(key) for key in STREAM_FACTS}
    # The J kinds of pixels are the plain ones with full range; not to tell is to tell the usual.
    told["pix_fmt"] = told["pix_fmt"].replace("yuvj", "yuv")
    told["sample_aspect_ratio"] = told["sample_aspect_ratio"] or "1:1"
    if told["field_order"] in (None, "unknown"):
        told["field_order"] = "progressive"
    return told


def number_of_packets(path):
    return len(probe(path, "-select_streams", "v:0", "-show_entries", "packet=size")["packets"])


def side_data(path):
    return sorted(str(sorted(entry.items())) for entry in streams(path, "video")[0].get("side_data_list", [])
                  if entry["side_data_type"] != "CPB properties")


def assert_same_clip(before, after):
    assert frame_times(after) == frame_times(before)
    assert facts(after) == facts(before)
    assert side_data(after) == side_data(before)
    assert len(streams(after, "audio")) == len(streams(before, "audio"))
    if streams(before, "audio"):
        assert packets(after, "a") == packets(before, "a")


def blur(program, clip, out, *more):
    program.blur(clip, "-o", out, "--profile", "fast", *more)


@pytest.mark.parametrize("name", TRAPS)
def test_frames_times_sound_and_colors_stay(program, studio, tmp_path, name):
    clip = studio.make(name, *TRAPS[name])
    out = tmp_path / name
    blur(program, clip, out)
    assert_same_clip(clip, out)
    assert picture_hashes(out)[0] != picture_hashes(clip)[0]


@pytest.mark.parametrize("side", [264, 296, 360])
def test_widths_that_end_within_a_vector_stay_in_their_rows(program, demo, tmp_path, side):
    clip = tmp_path / "clip.mp4"
    ffmpeg("-loop", 1, "-r", 25, "-i", demo / "sample4.jpg", "-frames:v", 40, "-vf",
           f"scale=1000:-2,crop={side}:{side}:100+4*n:60+n,format=yuv420p", *H264, clip)
    for profile in ("fast", "balanced"):
        assert b'"tracks"' in program.run("detect", clip, "--profile", profile).stdout


def test_a_late_start_stays_late(program, studio, tmp_path):
    clip = studio.make("late.mp4", *H264, *B_FRAMES, *AAC, "-vf", "setpts=PTS+0.85/TB", "-vsync", "passthrough")
    assert float(frame_times(clip)[0]) > 0.8
    blur(program, clip, tmp_path / "late.mp4")
    assert_same_clip(clip, tmp_path / "late.mp4")


@pytest.mark.parametrize("coding", [(*H264, "-bf", 3), ("-c:v", "mpeg4", "-q:v", 3, "-bf", 2, "-pix_fmt", "yuv420p")])
def test_frames_that_avi_gives_no_times_come_one_by_one(program, studio, tmp_path, coding):
    clip = studio.make("ordered.avi", *coding, "-c:a", "libmp3lame")
    out = tmp_path / "ordered.avi"
    blur(program, clip, out)
    assert frame_times(out) == [f"{0.04 * n:.6f}" for n in range(12)]
    assert packets(out, "a") == packets(clip, "a")


def test_sound_of_fragments_that_overlap_is_what_is_played(program, studio, tmp_path):
    """A fragment for each frame, as ffmpeg writes them: half the sound is said to be played while other sound is."""
    clip = studio.make("overlap.mp4", *H264, *B_FRAMES, *AAC, "-movflags", "frag_every_frame+empty_moov")
    out = tmp_path / "overlap.mp4"
    blur(program, clip, out)
    assert frame_times(out) == frame_times(clip)
    listed = [probe(path, "-select_streams", "a:0", "-show_entries", "packet=pts_time,size,flags")["packets"] for path in (clip, out)]
    played = [(packet["pts_time"], packet["size"]) for packet in listed[0] if "D" not in packet["flags"]]
    assert len(played) < len(listed[0])
    assert [(packet["pts_time"], packet["size"]) for packet in listed[1]] == played


@pytest.mark.parametrize("audio", ["keep", "mute"])
def test_what_begins_late_begins_at_once_in_avi(program, studio, tmp_path, audio):
    """A transport stream's clock begins anywhere, AVI's at 0."""
    clip = studio.make("clocked.ts", *H264, "-bf", 0, "-c:a", "mp2")
    out = tmp_path / "out.avi"
    blur(program, clip, out, "--audio", audio)
    late = max(0, float(streams(clip, "video")[0]["start_time"]) - float(streams(clip, "audio")[0]["start_time"]))
    assert float(frame_times(out)[0]) == 0
    assert all(abs(float(time) - late - 0.04 * n) < 0.004 for n, time in enumerate(frame_times(out)) if n > 0)
    starts = [float(stream["start_time"]) for stream in streams(out)]
    assert abs(starts[1] - starts[0]) < 0.05
    assert number_of_packets(out) == 12
    if audio == "keep":
        assert [packet[3] for packet in packets(out, "a")] == [packet[3] for packet in packets(clip, "a")]


@pytest.mark.parametrize("coding", [H264[:4], HEVC])
def test_whole_chroma_keeps_its_codec_whatever_its_size(program, studio, tmp_path, coding):
    clip = studio.make("odd.mp4", *coding, "-an", "-vf", "crop=311:173,format=yuv444p")
    out = tmp_path / "odd.mp4"
    blur(program, clip, out)
    assert streams(out)[0]["codec_name"] == streams(clip)[0]["codec_name"]
    assert facts(out) == facts(clip)


def test_frames_that_an_edit_list_hides_do_not_come_back(program, studio, tmp_path):
    whole = studio.make("whole.mp4", *H264, "-g", 12, "-bf", 0, "-an")
    clip = studio.folder / "edited.mp4"
    ffmpeg("-ss", "0.2", "-i", whole, "-c", "copy", clip)
    out = tmp_path / "edited.mp4"
    blur(program, clip, out)
    assert_same_clip(clip, out)
    assert number_of_packets(out) == len(frame_times(out))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_clip_is_looked_at_upright_and_stays_turned(program, studio, tmp_path, turn):
    upright = studio.make("upright.mp4", *H264, "-an")
    back = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}[turn]
    lying = studio.make("lying.mp4", *H264, "-an", "-vf", back)
    clip = studio.folder / f"turned{turn}.mp4"
    ffmpeg("-i", lying, "-c", "copy", "-metadata:s:v", f"rotate={turn}", clip)
    assert side_data(clip)
    out = tmp_path / "turned.mp4"
    blur(program, clip, out)
    assert_same_clip(clip, out)
    sizes = [program.run("detect", "--profile", "fast", one).stdout.split(b'"tracks"')[0].count(b"180") for one in
             (upright, clip)]
    assert sizes[0] == sizes[1]


def assert_no_secret(path):
    content = path.read_bytes().lower()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        assert SECRET.lower().encode(encoding) not in content


PLANTED = {
    "places.mp4": (*H264, *AAC, "-metadata", f"location=+48.1/{SECRET}/", "-metadata", f"title={SECRET}", "-metadata",
                   f"comment={SECRET}", "-metadata:s:v", f"handler_name={SECRET}", "-metadata:s:a",
                   f"handler_name={SECRET}"),
    "keys.mov": (*H264, *AAC, "-movflags", "use_metadata_tags", "-metadata",
                 f"com.apple.quicktime.location.ISO6709=+48.1{SECRET}", "-metadata",
                 f"com.apple.quicktime.model={SECRET}"),
    "tags.mkv": (*H264, *AAC, "-metadata", f"title={SECRET}", "-metadata:s:v", f"title={SECRET}", "-metadata:s:a",
                 f"title={SECRET}"),
    "comments.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p", "-c:a", "libvorbis",
                      "-metadata:s:a", f"artist={SECRET}"),
    "service.ts": (*H264, *AAC, "-metadata", f"service_name={SECRET}", "-metadata", f"service_provider={SECRET}"),
    "info.avi": ("-c:v", "mpeg4", "-pix_fmt", "yuv420p", "-c:a", "libmp3lame", "-metadata", f"title={SECRET}"),
    "telemetry.mp4": (*H264, *AAC, "-bsf:v",
                      f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{SECRET}"),
}


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("people", [True, False])
def test_nothing_that_was_planted_stays(program, studio, tmp_path, name, people):
    """Encoded again where there are people, copied where there are none."""
    hidden = () if people else ("-vf", "boxblur=40")
    clip = studio.make(f"planted_{name}", *PLANTED[name], *hidden)
    assert SECRET.encode() in clip.read_bytes()
    blur(program, clip, tmp_path / name)
    assert_no_secret(tmp_path / name)
    tags = probe(tmp_path / name, "-show_format")["format"].get("tags", {})
    assert "creation_time" not in tags
    assert frame_times(tmp_path / name) == frame_times(clip)


@pytest.mark.parametrize("name, description", [("channels.mp4", b"esds"), ("channels.mkv", b"A_AAC")])
def test_a_comment_beside_the_list_of_channels_goes(program, studio, tmp_path, name, description):
    content = studio.make(f"plain_{name}", *H264, *AAC, "-aac_pce", 1, "-ac", 2).read_bytes()
    comment = content.index(b"Lavc", content.index(description))
    clip, out = tmp_path / f"planted_{name}", tmp_path / name
    clip.write_bytes(content[:comment] + SECRET.encode() + content[comment + len(SECRET):])
    blur(program, clip, out)
    assert_no_secret(out)
    assert packets(out, "a") == packets(clip, "a")
    assert sound_of(out)[0] == sound_of(clip)[0]


def test_chapters_covers_subtitles_attachments_and_trailers_go(program, studio, tmp_path):
    chapters = tmp_path / "chapters.txt"
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=200\ntitle={SECRET}\n")
    subtitles = tmp_path / "words.srt"
    subtitles.write_text(f"1\n00:00:00,000 --> 00:00:00,300\nGPS 48.1 {SECRET}\n")
    cover = tmp_path / "cover.jpg"
    ffmpeg("-i", studio.raw, "-frames:v", 1, cover)
    cover.write_bytes(cover.read_bytes() + SECRET.encode())
    clip = studio.make("all.mp4", "-map", "0", "-map_metadata", 1, "-map_chapters", 1, "-map", 2, "-map", 3, *H264, *AAC, "-c:s",
                       "mov_text", "-c:v:1", "copy", "-disposition:v:1", "attached_pic", "-timecode", "01:02:03:04",
                       inputs=("-i", chapters, "-i", subtitles, "-i", cover))
    clip.write_bytes(clip.read_bytes() + b"\0\0\0\0SEFT" + SECRET.encode())
    out = tmp_path / "all-out.mp4"
    blur(program, clip, out)
    assert_no_secret(out)
    assert [stream["codec_type"] for stream in streams(out)] == ["video", "audio"]
    assert probe(out, "-show_chapters")["chapters"] == []
    kept = tmp_path / "words-kept.mp4"
    blur(program, clip, kept, "--subtitles", "keep")
    assert [stream["codec_type"] for stream in streams(kept)] == ["video", "audio", "subtitle"]


def test_data_and_attachments_of_matroska_go(program, studio, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text(SECRET)
    clip = studio.make("attached.mkv", *H264, *AAC, "-attach", note, "-metadata:s:t", "mimetype=text/plain")
    out = tmp_path / "attached.mkv"
    blur(program, clip, out)
    assert_no_secret(out)
    assert [stream["codec_type"] for stream in streams(out)] == ["video", "audio"]


@pytest.mark.parametrize("name, coding", [("empty.mp4", (*H264, *B_FRAMES)), ("empty.mov", HEVC), ("empty.mkv", HEVC)])
def test_a_clip_without_faces_keeps_its_pictures_bit_for_bit(program, studio, tmp_path, name, coding):
    clip = studio.make(name, *coding, *AAC, "-vf", "boxblur=40", "-pix_fmt", "yuv420p")
    out = tmp_path / name
    done = program.blur(clip, "-o", out, "--profile", "fast", "--json")
    assert b'"copied":true' in done.stdout
    assert picture_hashes(out) == picture_hashes(clip)
    assert_same_clip(clip, out)


@pytest.mark.parametrize("codec, hide, show", [
    (H264, "h264_metadata=crop_right=320", "h264_metadata=crop_right=0"),
    (("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"), "hevc_metadata=crop_right=320",
     "hevc_metadata=crop_right=0"),
])
def test_a_cropped_clip_keeps_nothing_of_what_was_cropped_away(program, studio, tmp_path, codec, hide, show):
    """Nobody looked at those pixels, and whoever takes the crop out of a copied stream sees them."""
    wide = studio.make("wide.mp4", *codec, "-vf", "boxblur=40,scale=640:360")
    cropped, out, shown = (tmp_path / name for name in ("cropped.mp4", "out.mp4", "shown.mp4"))
    ffmpeg("-i", wide, "-c", "copy", "-bsf:v", hide, cropped)
    done = program.blur(cropped, "-o", out, "--profile", "fast", "--json")
    assert b'"copied":true' not in done.stdout
    ffmpeg("-i", out, "-c", "copy", "-bsf:v", show, shown)
    assert streams(shown, "video")[0]["width"] < 320 + 16


def test_a_track_of_which_nothing_comes_is_left_out(program, studio, tmp_path):
    clip = studio.make("announced.ts", *H264, "-frames:v", 1, *AAC, "-t", 0.04)
    assert [stream["sample_rate"] for stream in streams(clip, "audio")] == ["0"]
    out = tmp_path / "announced.ts"
    blur(program, clip, out)
    assert [stream["codec_type"] for stream in streams(out)] == ["video"]


def test_sound_can_be_left_out(program, studio, tmp_path):
    clip = studio.make("loud.mp4", *H264, *AAC)
    blur(program, clip, tmp_path / "silent.mp4", "--audio", "drop")
    assert streams(tmp_path / "silent.mp4", "audio") == []


def sound_of(clip):
    """All samples of the first track, and when it begins and ends."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-map", "0:a:0", "-f", "s16le", "-"], capture_output=True,
                         check=True).stdout
    listed = probe(clip, "-select_streams", "a:0", "-show_entries", "packet=pts_time,duration_time")["packets"]
    last = listed[-1]
    return raw, float(listed[0]["pts_time"]), float(last["pts_time"]) + float(last.get("duration_time", 0))


@pytest.mark.parametrize("name, coding", [("muted.mp4", "aac"), ("muted.mov", "aac"), ("muted.mkv", "aac"),
                                          ("muted.ts", "aac"), ("muted.avi", "ac3"), ("muted.webm", "opus")])
def test_sound_can_be_silence_as_long(program, studio, tmp_path, name, coding):
    sound = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p", "-c:a", "libopus") if coding == "opus" \
        else (*H264, "-map", "0:v", "-map", "0:a", "-map", "0:a", *AAC)
    clip = studio.make(name, *sound)
    out = tmp_path / name
    blur(program, clip, out, "--audio", "mute")
    found = streams(out, "audio")
    assert [stream["codec_name"] for stream in found] == [coding] * len(streams(clip, "audio"))
    loud, start, end = sound_of(clip)
    silent, silent_start, silent_end = sound_of(out)
    assert any(loud) and not any(silent)
    assert abs(silent_end - end) < 0.04 and abs(silent_start - start) < 0.06
    assert frame_times(out) == frame_times(clip)


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_another_codec_can_be_asked_for(program, studio, tmp_path, codec):
    clip = studio.make("plain.mp4", *H264, *AAC)
    done = program.blur(clip, "-o", tmp_path / "other.mp4", "--profile", "fast", "--video-codec", codec)
    assert done.stderr == b""  # encoders have much to say of themselves
    assert streams(tmp_path / "other.mp4", "video")[0]["codec_name"] == codec
    assert frame_times(tmp_path / "other.mp4") == frame_times(clip)


def test_pixels_that_h264_does_not_have_go_to_a_codec_that_has(program, studio, tmp_path):
    clip = studio.make("rare.mov", "-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuv444p10le", "-an")
    program.blur(clip, "-o", tmp_path / "rare.mp4", "--profile", "fast")
    (video,) = streams(tmp_path / "rare.mp4")
    assert (video["codec_name"], video["pix_fmt"]) == ("hevc", "yuv444p12le")  # as libav decodes it
    assert frame_times(tmp_path / "rare.mp4") == frame_times(clip)


def test_plays_from_the_start_while_it_is_loaded(program, studio, tmp_path):
    clip = studio.make("plain.mp4", *H264, *AAC)
    blur(program, clip, tmp_path / "fast.mp4")
    content = (tmp_path / "fast.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_an_edited_tracks_file_says_what_is_covered(program, studio, tmp_path):
    clip = studio.make("plain.mp4", *H264, *AAC)
    tracks = tmp_path / "tracks.json"
    tracks.write_bytes(program.run("detect", clip, "--profile", "fast").stdout)
    assert b'"keep":false' in tracks.read_bytes().replace(b" ", b"")
    blur(program, clip, tmp_path / "covered.mp4", "--tracks", tracks)
    assert picture_hashes(tmp_path / "covered.mp4") != picture_hashes(clip)
    tracks.write_bytes(tracks.read_bytes().replace(b'"keep":false', b'"keep":true').replace(b'"keep": false', b'"keep": true'))
    blur(program, clip, tmp_path / "kept.mp4", "--tracks", tracks)
    assert picture_hashes(tmp_path / "kept.mp4") == picture_hashes(clip)


def test_a_clip_goes_through_pipes(program, studio):
    clip = studio.make("plain.mp4", *H264, *AAC).read_bytes()
    assert b'"tracks"' in program.run("detect", "-", "--profile", "fast", stdin=clip).stdout
    assert program.blur("-", "--profile", "fast", stdin=clip).stdout[4:8] == b"ftyp"


def test_tracks_of_another_clip_are_refused(program, studio, tmp_path):
    clip = studio.make("plain.mp4", *H264, *AAC)
    other = studio.make("shorter.mp4", *H264, *AAC, "-frames:v", 5)
    tracks = tmp_path / "tracks.json"
    tracks.write_bytes(program.run("detect", other, "--profile", "fast").stdout)
    done = program.run("blur", clip, "-o", tmp_path / "out.mp4", "--tracks", tracks)
    assert done.returncode == 1
    assert not (tmp_path / "out.mp4").exists()


def test_a_tracks_file_is_not_for_a_photo(program, small_photo, tmp_path):
    (tmp_path / "tracks.json").write_text("{}")
    done = program.run("blur", small_photo, "-o", tmp_path / "out.jpg", "--tracks", tmp_path / "tracks.json")
    assert done.returncode == 1 and b"--tracks is for a clip" in done.stderr and not (tmp_path / "out.jpg").exists()


def test_a_region_beside_the_picture_is_refused(program, studio, tmp_path):
    """Whoever names it takes another picture's pixels for this one's, and what he means stays visible."""
    clip = studio.make("plain.mp4", *H264, *AAC)
    out = tmp_path / "out.mp4"
    done = program.run("blur", clip, "-o", out, "--region", "5000,20,30,30")
    assert done.returncode == 1
    assert b"outside the picture, which has 320 x 180 pixels" in done.stderr
    assert not out.exists()


def test_sound_that_a_container_does_not_take_is_named(program, studio, tmp_path):
    clip = studio.make("plain.mp4", *H264, *AAC)
    done = program.run("blur", clip, "-o", tmp_path / "out.webm", "--profile", "fast")
    assert done.returncode == 1
    assert b"sound of the kind aac cannot be put into this container; --audio drop leaves it out" in done.stderr
    blur(program, clip, tmp_path / "out.webm", "--audio", "drop")
