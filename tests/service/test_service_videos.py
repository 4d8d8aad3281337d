"""Clips as jobs, over real HTTP."""

import io
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import numpy
import pytest
import requests
from PIL import Image

from clip_making import make_clip
from running_service import Service, multipart, part, photo, problem, wait_for

RESTING = ("analyzed", "done", "failed")


@pytest.fixture(scope="module")
def videos():
    with Service("--threads", 2, "--profile", "fast", "--video-jobs", 64) as service:
        yield service


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """Takes some seconds to work on, and can be stopped in the midst of it."""
    return make_clip(tmp_path_factory.mktemp("clip") / "long.mp4", seconds=40, size="640x450").read_bytes()


def begin(service, clip, options="", status=202, **more):
    answer = service.post("/v1/videos" + options, clip, kind="video/mp4", **more)
    assert answer.status_code == status, answer.text
    return answer.json()


def rested(service, job, seconds=120):
    def look():
        found = service.get(f"/v1/videos/{job}").json()
        return found if found["state"] in RESTING else None
    return wait_for(look, f"{job} at rest", seconds)


def ended_as(service, job, state):
    found = rested(service, job)
    assert found["state"] == state, found
    return found


def frames_of(clip, tmp_path, name="look.mp4"):
    """Every picture of a clip, as luma."""
    path = tmp_path / name
    path.write_bytes(clip)
    size = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-select_streams", "v:0", "-show_entries", "stream=width,height", path],
        capture_output=True, check=True).stdout)["streams"][0]
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                         capture_output=True, check=True).stdout
    return numpy.frombuffer(raw, numpy.uint8).reshape(-1, size["height"], size["width"])


def box_in(frame, box):
    """The middle of a box, where a redaction is certain."""
    x, y, width, height = box
    return frame[int(y + height * 0.3):int(y + height * 0.7), int(x + width * 0.3):int(x + width * 0.7)]


def children(process):
    """Of any of its threads."""
    listed = [path.read_text().split() for path in pathlib.Path(f"/proc/{process}/task").glob("*/children")]
    return [int(child) for some in listed for child in some]


def clip_workers(service):
    """Those of the host whose workers stand back behind photos."""
    found = []
    for host in children(service.process.pid):
        try:
            workers = children(host)
        except FileNotFoundError:
            continue
        for worker in workers:
            try:
                if os.getpriority(os.PRIO_PROCESS, worker) > 0:
                    found.append(worker)
            except ProcessLookupError:
                pass
    return found


# The journey

def test_a_clip_goes_in_and_comes_out_redacted(videos, clip, tmp_path):
    answer = videos.post("/v1/videos", clip, kind="video/mp4")
    job = answer.json()
    assert answer.status_code == 202 and re.fullmatch("[0-9a-f]{32}", job["id"])
    assert requests.compat.urljoin(videos.url("/v1/videos"), answer.headers["Location"]) == videos.url(f"/v1/videos/{job['id']}")
    done = ended_as(videos, job["id"], "done")
    assert done["clip"]["width"] == 480 and done["clip"]["frames"] == 25 and done["clip"]["audio_tracks"] == 1
    assert done["tracks"] >= 3 and done["progress"] is None and done["expires_in_seconds"] > 3000
    result = videos.get(f"/v1/videos/{job['id']}/result")
    assert result.status_code == 200 and result.headers["Content-Type"] == "video/mp4"
    assert result.headers["Content-Disposition"] == 'attachment; filename="redacted.mp4"'
    assert result.headers["Cache-Control"] == "no-store" and len(result.content) == done["result"]["bytes"]
    tracks = videos.get(f"/v1/videos/{job['id']}/tracks").json()
    before, after = frames_of(clip, tmp_path), frames_of(result.content, tmp_path)
    assert len(before) == len(after) == 25
    for track in tracks["tracks"]:
        if track["best_score"] < 0.9:
            continue
        for frame, *box in [found[:5] for found in track["boxes"]]:
            assert box_in(after[frame], box).std() < box_in(before[frame], box).std() / 3
    assert videos.ask("DELETE", f"/v1/videos/{job['id']}").status_code == 204
    for path in ("", "/tracks", "/result", "/frames/0.jpg"):
        assert problem(videos.get(f"/v1/videos/{job['id']}{path}"), 404) == "job_gone"


def test_a_form_carries_clip_and_options(videos, clip, tmp_path):
    body = multipart(part("style", "fill"), part("clip", clip, "private name.mp4", "video/mp4"), part("color", "#ff0000"))
    answer = videos.post("/v1/videos?render=true", body, kind="multipart/form-data; boundary=b")
    assert answer.status_code == 202, answer.text
    done = ended_as(videos, answer.json()["id"], "done")
    assert done["clip"]["bytes"] == len(clip)
    content = videos.get(f"/v1/videos/{done['id']}/result").content
    path = tmp_path / "red.mp4"
    path.write_bytes(content)
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                         capture_output=True, check=True).stdout
    picture = numpy.frombuffer(raw, numpy.uint8).reshape(340, 480, 3).astype(int)
    red = (picture[..., 0] > 200) & (picture[..., 1] < 60) & (picture[..., 2] < 60)
    assert red.sum() > 2000
    assert "private name" not in videos.log_text()


def test_edited_tracks_are_what_is_rendered(videos, clip, tmp_path):
    job = begin(videos, clip, "?render=false&style=fill")["id"]
    analyzed = ended_as(videos, job, "analyzed")
    assert analyzed["result"] is None
    assert problem(videos.get(f"/v1/videos/{job}/result"), 409) == "job_not_ready"
    tracks = videos.get(f"/v1/videos/{job}/tracks").json()
    sure = [track for track in tracks["tracks"] if track["best_score"] > 0.9]
    kept = sure[0]
    kept["keep"] = True
    drawn = {"id": 1000, "first_frame": 5, "last_frame": 9, "boxes": [[5, 10, 10, 60, 60]]}
    tracks["tracks"].append(drawn)
    answer = videos.ask("PUT", f"/v1/videos/{job}/tracks", json=tracks)
    assert answer.status_code == 200 and answer.json()["state"] == "analyzed"
    assert videos.get(f"/v1/videos/{job}/tracks").json() == tracks
    assert videos.ask("POST", f"/v1/videos/{job}/render?color=white").status_code == 202
    ended_as(videos, job, "done")
    before = frames_of(clip, tmp_path)
    after = frames_of(videos.get(f"/v1/videos/{job}/result").content, tmp_path)
    frame, *box = kept["boxes"][0][:5]
    assert abs(box_in(after[frame].astype(int), box) - box_in(before[frame].astype(int), box)).mean() < 12
    other = sure[1]
    frame, *box = other["boxes"][0][:5]
    assert box_in(after[frame], box).min() > 220  # white
    for number, covered in ((4, False), (5, True), (9, True), (10, False)):
        assert (box_in(after[number], [10, 10, 60, 60]).min() > 220) == covered, number


def test_pictures_that_nothing_is_covered_in_can_be_copied(videos, tmp_path):
    clip = make_clip(tmp_path / "groups.mp4", codec=("-c:v", "libx264", "-preset", "ultrafast", "-g", "5")).read_bytes()
    job = begin(videos, clip, "?render=false&detect=false")["id"]
    frames = ended_as(videos, job, "analyzed")["clip"]["frames"]
    tracks = videos.get(f"/v1/videos/{job}/tracks").json()
    tracks["tracks"] = [{"id": 1, "first_frame": 0, "last_frame": 2, "boxes": [[0, 10, 10, 60, 60]]}]
    assert videos.ask("PUT", f"/v1/videos/{job}/tracks", json=tracks).status_code == 200
    assert problem(videos.ask("POST", f"/v1/videos/{job}/render?copy_untouched=perhaps"), 400) == "invalid_option"
    assert videos.ask("POST", f"/v1/videos/{job}/render?copy_untouched=true").status_code == 202
    result = ended_as(videos, job, "done")["result"]
    assert 0 < result["copied_frames"] < frames and not result["copied"]
    before = frames_of(clip, tmp_path)
    after = frames_of(videos.get(f"/v1/videos/{job}/result").content, tmp_path)
    assert (after[-result["copied_frames"]:] == before[-result["copied_frames"]:]).all()
    assert (after[2] != before[2]).any()


def test_tracks_that_cannot_be_used_are_told_where(videos, clip):
    job = begin(videos, clip, "?render=false")["id"]
    ended_as(videos, job, "analyzed")
    good = videos.get(f"/v1/videos/{job}/tracks").json()
    for change, says in [(lambda t: t["times_us"].pop(), "times"), (lambda t: t["tracks"][0].update(other=1), "other"),
                         (lambda t: t["tracks"][0]["boxes"].append([99999, 1, 1, 5, 5]), "tracks[0]"),
                         (lambda t: t["clip"].update(width=10), "")]:
        bad = json.loads(json.dumps(good))
        change(bad)
        answer = videos.ask("PUT", f"/v1/videos/{job}/tracks", json=bad)
        assert problem(answer, 422) == "invalid_tracks" and says in answer.json()["detail"], answer.text
    for body in (b"", b"{", b"\xff" * 100, b"[" * 100_000):
        assert problem(videos.ask("PUT", f"/v1/videos/{job}/tracks", data=body), 422) == "invalid_tracks"
    packed = videos.ask("PUT", f"/v1/videos/{job}/tracks", json=good, headers={"Content-Encoding": "gzip"})
    assert problem(packed, 415) == "unsupported_media_type"
    assert videos.get(f"/v1/videos/{job}/tracks").json() == good


def test_a_frame_to_look_at_is_redacted_unless_the_original_is_asked_for(videos, clip, tmp_path):
    job = begin(videos, clip, "?render=false")["id"]
    ended_as(videos, job, "analyzed")
    tracks = videos.get(f"/v1/videos/{job}/tracks").json()["tracks"]
    track = max(tracks, key=lambda track: track["best_score"])
    frame, *box = track["boxes"][-1][:5]
    before = frames_of(clip, tmp_path)[frame]
    shown = {}
    for original in ("false", "true"):
        answer = videos.get(f"/v1/videos/{job}/frames/{frame}.jpg?original={original}")
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
        shown[original] = numpy.asarray(Image.open(io.BytesIO(answer.content)).convert("L")).astype(int)
    assert shown["true"].shape == before.shape
    assert abs(box_in(shown["true"], box) - box_in(before.astype(int), box)).mean() < 15
    assert box_in(shown["false"], box).std() < box_in(before, box).std() / 3
    small = Image.open(io.BytesIO(videos.get(f"/v1/videos/{job}/frames/0.jpg?size=100").content))
    assert max(small.size) == 100
    assert problem(videos.get(f"/v1/videos/{job}/frames/25.jpg"), 400) == "invalid_option"
    assert problem(videos.get(f"/v1/videos/{job}/frames/0.jpg?size=5"), 400) == "invalid_option"
    assert problem(videos.get(f"/v1/videos/{job}/frames/0.jpg?wide=5"), 400) == "unknown_option"
    twice = "original=false&original=true"
    assert problem(videos.get(f"/v1/videos/{job}/frames/0.jpg?{twice}"), 400) == "duplicate_option"
    body = videos.post(f"/v1/videos/{job}/render", b"style=fill", kind="application/x-www-form-urlencoded")
    assert problem(body, 400) == "invalid_option"
    for path in ("frames/-1.jpg", "frames/x.jpg", "frames/.jpg", "frames/1.png", "frames", "nothing"):
        assert problem(videos.get(f"/v1/videos/{job}/{path}"), 404) == "not_found", path


def test_ranges(videos, clip):
    job = begin(videos, clip)["id"]
    ended_as(videos, job, "done")
    path = f"/v1/videos/{job}/result"
    whole = videos.get(path)
    size, tag = len(whole.content), whole.headers["ETag"]
    for asked, first, last in [("bytes=0-9", 0, 9), ("bytes=10-", 10, size - 1), ("bytes=-7", size - 7, size - 1),
                               (f"bytes=5-{size * 9}", 5, size - 1)]:
        answer = videos.get(path, headers={"Range": asked, "If-Range": tag})
        assert answer.status_code == 206 and answer.content == whole.content[first:last + 1], asked
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    for ignored in ("bytes=9-3", "lines=1-2", "bytes=0-1,4-5", "bytes=", "x"):
        answer = videos.get(path, headers={"Range": ignored})
        assert answer.status_code == 200 and answer.content == whole.content, ignored
    assert videos.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'}).status_code == 200
    beyond = videos.get(path, headers={"Range": f"bytes={size}-"})
    assert problem(beyond, 416) == "range_not_satisfiable" and beyond.headers["Content-Range"] == f"bytes */{size}"
    for held in (tag, f'"other", W/{tag}', "*"):
        assert videos.get(path, headers={"If-None-Match": held}).status_code == 304, held
    head = videos.ask("HEAD", path, headers={"Range": "bytes=0-9"})
    assert head.status_code == 200 and head.headers["Content-Length"] == str(size) and head.headers["Accept-Ranges"] == "bytes" and not head.content


def test_events_tell_a_job_from_beginning_to_rest(videos, long_clip):
    job = begin(videos, long_clip)["id"]
    states, frames = [], []
    with videos.get(f"/v1/videos/{job}", headers={"Accept": "text/event-stream"}, stream=True) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream" and stream.headers["Cache-Control"] == "no-store"
        for line in stream.iter_lines(decode_unicode=True):
            if not line.startswith("data: "):
                assert line in ("", "event: job", ":")
                continue
            told = json.loads(line[6:])
            states.append(told["state"])
            if told["progress"]:
                frames.append((told["progress"]["stage"], told["progress"]["frames"]))
    assert states[-1] == "done" and "analyzing" in states and "rendering" in states
    assert len({count for stage, count in frames if stage == "analyze"}) >= 2
    assert frames == sorted(frames)


def test_deleting_in_the_midst_ends_the_work_and_frees_the_room(videos, long_clip):
    job = begin(videos, long_clip)["id"]
    wait_for(lambda: videos.get(f"/v1/videos/{job}").json()["state"] == "analyzing", "work", 60)
    with videos.get(f"/v1/videos/{job}", headers={"Accept": "text/event-stream"}, stream=True) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(lines) == "event: job"
        assert videos.ask("DELETE", f"/v1/videos/{job}").status_code == 204
        assert "event: gone" in list(lines)
    assert problem(videos.get(f"/v1/videos/{job}"), 404) == "job_gone"
    wait_for(lambda: len(clip_workers(videos)) == 1, "the end of the worker", 10)  # the spare


def test_every_path_tells_its_methods(videos):
    gone = "0" * 32
    right = {"": "POST, OPTIONS", f"/{gone}": "GET, HEAD, DELETE, OPTIONS", f"/{gone}/tracks": "GET, HEAD, PUT, OPTIONS",
             f"/{gone}/frames/0.jpg": "GET, HEAD, OPTIONS", f"/{gone}/render": "POST, OPTIONS",
             f"/{gone}/result": "GET, HEAD, OPTIONS", f"/{gone}/receipt": "GET, HEAD, OPTIONS"}
    for path, allowed in right.items():
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(allowed.split(", ")):
            answer = videos.ask(method, "/v1/videos" + path)
            assert problem(answer, 405) == "method_not_allowed" and answer.headers["Allow"] == allowed, (method, path)
        assert videos.ask("OPTIONS", "/v1/videos" + path).headers["Allow"] == allowed
        if "GET" in allowed:
            answer = videos.get("/v1/videos" + path)
            assert problem(answer, 404) == "job_gone" and "restarted" in answer.json()["detail"]
    assert problem(videos.ask("POST", f"/v1/videos/{gone}/render"), 404) == "job_gone"
    assert problem(videos.ask("PUT", f"/v1/videos/{gone}/tracks", data=b"{}"), 404) == "job_gone"
    assert problem(videos.ask("DELETE", f"/v1/videos/{gone}"), 404) == "job_gone"


@pytest.mark.parametrize("options, code", [
    ("?format=png", "unknown_option"), ("?quality=5", "unknown_option"), ("?audio=loud", "invalid_option"),
    ("?detect_every=0", "invalid_option"), ("?render=maybe", "invalid_option"), ("?video_codec=theora", "invalid_option"),
    ("?container=exe", "invalid_option"), ("?style=fill&style=blur", "duplicate_option"),
    ("?audio=keep&audio=keep", "duplicate_option"), ("?margin=9", "invalid_option")])
def test_options_are_checked_before_the_clip_is_read(videos, clip, options, code):
    assert problem(videos.post("/v1/videos" + options, clip, kind="video/mp4"), 400) == code


# Hostile clips

def hostile(clip, folder):
    yield "empty", b"", 400, "missing_video"
    yield "a photo", photo(), 415, "not_a_video"
    yield "a playlist", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 415, "not_a_video"
    yield "garbage", os.urandom(4000), 415, "not_a_video"
    yield "truncated", clip[:len(clip) // 2], None, "damaged_video"
    yield "a head only", clip[:600], None, "damaged_video"
    yield "a playlist in a clip's clothes", clip[:32] + b"#EXTM3U\nfile:///etc/passwd\n" * 100, None, "damaged_video"
    small, large = make_clip(folder / "small.ts", size="320x240"), make_clip(folder / "large.ts", size="480x340")
    yield "a size that changes", small.read_bytes() + large.read_bytes(), None, "unsupported_video"
    key = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0" * 32, "-encryption_kid", "1" * 32]
    encrypted = make_clip(folder / "encrypted.mp4", codec=("-c:v", "libx264", *key))
    yield "encrypted", encrypted.read_bytes(), None, "unsupported_video"
    sound = folder / "sound.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=440:d=1", sound], check=True)
    yield "no video", sound.read_bytes(), None, "not_a_video"


def test_a_clip_that_cannot_be_trusted_has_a_code_and_no_result(videos, clip, tmp_path):
    for name, body, status, code in hostile(clip, tmp_path):
        answer = videos.post("/v1/videos", body, kind="video/mp4")
        if status:
            assert problem(answer, status) == code, name
            continue
        assert answer.status_code == 202, (name, answer.text)
        job = answer.json()["id"]
        failed = ended_as(videos, job, "failed")
        assert failed["problem"]["code"] == code and failed["result"] is None, (name, failed)
        assert problem(videos.get(f"/v1/videos/{job}/result"), 409) == "job_not_ready", name
        assert problem(videos.get(f"/v1/videos/{job}/frames/0.jpg?original=true"), 409) == "job_not_ready", name


def test_mutated_clips_end_in_an_error_or_a_result(videos, clip):
    chance = numpy.random.default_rng(7)
    jobs = []
    for _ in range(20):
        body = bytearray(clip)
        for at in chance.integers(40, len(body), 12):
            body[at] = int(chance.integers(0, 256))
        answer = videos.post("/v1/videos?render=true", bytes(body), kind="video/mp4")
        assert answer.status_code in (202, 415), answer.text
        if answer.status_code == 202:
            jobs.append(answer.json()["id"])
    for job in jobs:
        found = rested(videos, job)
        assert found["state"] == "done" or found["problem"]["code"] in (
            "damaged_video", "unsupported_video", "too_many_pixels", "too_many_frames", "too_costly", "not_a_video"), found
        videos.ask("DELETE", f"/v1/videos/{job}")
    assert videos.get("/readyz").status_code == 200


# Workers that die

def test_a_worker_that_is_killed_again_and_again_fails_its_job_alone(videos, clip, long_clip):
    job = begin(videos, long_clip)["id"]
    end = time.monotonic() + 60
    while videos.get(f"/v1/videos/{job}").json()["state"] not in RESTING and time.monotonic() < end:
        for worker in clip_workers(videos):
            try:
                os.kill(worker, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.1)
    failed = ended_as(videos, job, "failed")
    assert failed["problem"]["code"] in ("too_costly", "internal_error")
    assert problem(videos.get(f"/v1/videos/{job}/result"), 409) == "job_not_ready"
    assert videos.post("/v1/blur", photo()).status_code == 200
    ended_as(videos, begin(videos, clip)["id"], "done")


def test_a_clip_that_takes_more_than_its_process_may_fails(clip, long_clip):
    with Service("--threads", 1, "--profile", "thorough", "--video-worker-cpu", 2) as service:
        failed = ended_as(service, begin(service, long_clip)["id"], "failed")
        assert failed["problem"]["code"] == "too_costly"
        assert service.get("/readyz").status_code == 200


# Limits

def test_places_and_room_are_limited(clip, long_clip):
    with Service("--threads", 2, "--profile", "fast", "--video-jobs", 2, "--max-video-body", len(long_clip)) as service:
        first = begin(service, long_clip)["id"]
        begin(service, clip)
        full = service.post("/v1/videos", clip, kind="video/mp4")
        assert problem(full, 429) == "too_many_jobs" and int(full.headers["Retry-After"]) >= 1
        assert service.ask("DELETE", f"/v1/videos/{first}").status_code == 204
        wait_for(lambda: service.post("/v1/videos", clip, kind="video/mp4").status_code == 202, "a place", 20)
        assert problem(service.post("/v1/videos", long_clip + b"1", kind="video/mp4"), 413) == "too_many_bytes"
        with service.connect() as wire:
            wire.request("POST /v1/videos HTTP/1.1", "Transfer-Encoding: chunked", "Content-Type: video/mp4")
    with Service("--threads", 2, "--profile", "fast", "--video-bytes", int(len(long_clip) * 1.2)) as service:
        job = begin(service, long_clip, "?video_codec=av1&render=false")["id"]
        full = service.post("/v1/videos", long_clip, kind="video/mp4")
        assert problem(full, 429) == "too_many_spooled_bytes" and "Retry-After" in full.headers
        chunked = requests.post(service.url("/v1/videos"), data=iter([long_clip[:100_000]] * 20), timeout=60,
                                headers={"Content-Type": "video/mp4"})
        assert problem(chunked, 429) == "too_many_spooled_bytes"
        ended_as(service, job, "analyzed")
        service.ask("POST", f"/v1/videos/{job}/render")
        assert ended_as(service, job, "failed")["problem"]["code"] in ("too_many_spooled_bytes", "too_costly")


def test_a_job_that_nobody_asks_for_is_forgotten(clip):
    with Service("--threads", 2, "--profile", "fast", "--video-ttl", 2) as service:
        job = begin(service, clip)["id"]
        ended_as(service, job, "done")
        assert service.get(f"/v1/videos/{job}").json()["expires_in_seconds"] == 2
        wait_for(lambda: service.metric("face_privacy_video_jobs", state="done") == 0, "the end of its time", 20)
        assert problem(service.get(f"/v1/videos/{job}"), 404) == "job_gone"


def test_clips_in_a_folder_have_no_name_and_leave_nothing(clip, long_clip, tmp_path):
    with Service("--threads", 2, "--profile", "fast", "--spool", tmp_path) as service:
        done = ended_as(service, begin(service, clip)["id"], "done")
        begin(service, long_clip)
        assert list(tmp_path.iterdir()) == []
        result = service.get(f"/v1/videos/{done['id']}/result").content
        assert len(result) == done["result"]["bytes"]
        service.stop(signal.SIGKILL)
        assert list(tmp_path.iterdir()) == []
        service.start()
        answer = service.get(f"/v1/videos/{done['id']}")
        assert problem(answer, 404) == "job_gone" and "restarted" in answer.json()["detail"]


MOUNTS = subprocess.run(["unshare", "-rm", "true"], check=False).returncode == 0


@pytest.mark.skipif(not MOUNTS, reason="no file system can be mounted")
def test_a_full_disk_is_a_full_spool(clip, tmp_path):
    small = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size={len(clip) * 5 // 2 >> 10}k tmpfs {tmp_path} && exec "$@"', "sh"]
    with Service("--threads", 2, "--profile", "fast", "--spool", tmp_path, within=small) as service:
        jobs = [begin(service, clip, "?render=false")["id"] for _ in range(2)]
        full = service.post("/v1/videos", clip, kind="video/mp4")
        assert problem(full, 429) == "too_many_spooled_bytes" and "Retry-After" in full.headers
        ended_as(service, jobs[0], "analyzed")
        service.ask("POST", f"/v1/videos/{jobs[0]}/render")
        assert ended_as(service, jobs[0], "failed")["problem"]["code"] == "too_many_spooled_bytes"
        assert service.ask("DELETE", f"/v1/videos/{jobs[1]}").status_code == 204
        service.ask("POST", f"/v1/videos/{jobs[0]}/render")
        ended_as(service, jobs[0], "done")


def test_keys_hold_for_clips(clip, tmp_path):
    import hashlib
    keys = tmp_path / "keys.txt"
    keys.write_text("tests " + hashlib.sha256(b"secret").hexdigest() + "\n")
    with Service("--threads", 1, "--profile", "fast", "--api-keys", keys) as service:
        assert problem(service.post("/v1/videos", clip, kind="video/mp4"), 401) == "unauthorized"
        assert problem(service.get("/v1/videos/" + "0" * 32), 401) == "unauthorized"
        job = begin(service, clip, headers={"X-API-Key": "secret"})["id"]
        assert problem(service.get(f"/v1/videos/{job}"), 401) == "unauthorized"
        assert service.get(f"/v1/videos/{job}", headers={"X-API-Key": "secret"}).status_code == 200


def test_sigterm_does_not_wait_for_clips(long_clip):
    service = Service("--threads", 1, "--profile", "thorough", "--drain-timeout", 10).start()
    job = begin(service, long_clip)["id"]
    wait_for(lambda: service.get(f"/v1/videos/{job}").json()["state"] == "analyzing", "work", 30)
    told = []
    def listen():
        with requests.get(service.url(f"/v1/videos/{job}"), headers={"Accept": "text/event-stream"}, stream=True, timeout=30) as stream:
            told.extend(line for line in stream.iter_lines(decode_unicode=True) if line.startswith("data: "))
    listener = threading.Thread(target=listen)
    listener.start()
    wait_for(lambda: told, "an event", 10)
    start = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - start < 5
    listener.join(10)
    last = json.loads(told[-1][6:])
    assert last["state"] == "failed" and last["problem"]["code"] == "draining"


def test_photos_are_answered_while_twenty_clips_wait(long_clip):
    with Service("--threads", 2, "--profile", "fast", "--video-jobs", 20) as service:
        jobs = [begin(service, long_clip)["id"] for _ in range(20)]
        assert problem(service.post("/v1/videos", long_clip, kind="video/mp4"), 429) == "too_many_jobs"
        body, times = photo(), []
        for _ in range(60):
            start = time.monotonic()
            assert service.post("/v1/blur", body).status_code == 200
            times.append(time.monotonic() - start)
        states = [service.get(f"/v1/videos/{job}").json()["state"] for job in jobs]
        assert sum(state in ("analyzing", "rendering") for state in states) <= 1
        assert "queued" in states
        assert sorted(times)[-2] < 2, times
        for job in jobs:
            assert service.ask("DELETE", f"/v1/videos/{job}").status_code == 204


def test_nothing_of_a_clip_is_logged(videos, clip):
    job = begin(videos, clip, "?color=red")["id"]
    ended_as(videos, job, "done")
    assert job not in videos.log_text() and "color" not in videos.log_text()
