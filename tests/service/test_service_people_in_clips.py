"""People who may be seen in clips, over HTTP: references beside a clip, tokens, what is refused, and what of it stays: nothing."""

import pytest
from PIL import ImageOps

import running_service
from people import anna, anna_again, changed_share, clip_of, faces_of, frames_of, needs_recognizer, program_without_weights, side_by_side, stranger
from running_service import Service, encoded, problem, wait_for
from test_service_people import NAME, memory_of, unit_vectors

pytestmark = needs_recognizer


@pytest.fixture(scope="module")
def hers():
    return encoded(anna(), "png")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """She, and somebody else, for a second."""
    pictures = [ImageOps.fit(face(), (300, 360)) for face in (anna_again, stranger)]
    return clip_of([side_by_side(*pictures, height=300)] * 25, tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


@pytest.fixture(scope="module")
def videos():
    with Service("--threads", 2, "--profile", "fast", "--video-jobs", 64) as running:
        yield running


def send(service, clip, *references, headers=None, **fields):
    files = [(f"reference[{name}]", ("r.png", content)) for name, content in references]
    return service.ask("POST", "/v1/videos", headers=headers,
                       files=[*files, ("clip", ("c.mp4", clip)), *[(name, (None, value)) for name, value in fields.items()]])


def rested(service, answer):
    assert answer.status_code == 202, answer.text
    path = f"/v1/videos/{answer.json()['id']}"
    return wait_for(lambda: (job := service.get(path).json())["state"] in ("analyzed", "done", "failed") and job, "a job at rest", 120)


def test_photos_of_a_person_with_the_clip(videos, clip, hers, tmp_path):
    job = rested(videos, send(videos, clip, ("anna", hers)))
    assert (job["state"], job["kept_tracks"], job["asked_tracks"]) == ("done", 1, 0)
    tracks = videos.get(f"/v1/videos/{job['id']}/tracks").json()["tracks"]
    kept, = (track for track in tracks if track["keep"])
    assert kept["match"]["person"] == "anna" and kept["match"]["verdict"] == "keep" and kept["match"]["score"] >= 0.6
    for name, content in (("before", clip), ("after", videos.get(f"/v1/videos/{job['id']}/result").content)):
        (tmp_path / f"{name}.mp4").write_bytes(content)
    for before, after in zip(frames_of(tmp_path / "before.mp4"), frames_of(tmp_path / "after.mp4"), strict=True):
        her, other = (changed_share(before, after, face["box"], inner=0.6) for face in faces_of(before))
        assert her < 0.1 and other > 0.6


def test_an_edited_file_decides_and_is_counted(videos, clip, hers):
    job = rested(videos, send(videos, clip, ("anna", hers), render="false"))
    path = f"/v1/videos/{job['id']}"
    tracks = videos.get(f"{path}/tracks").json()
    for track in tracks["tracks"]:
        track["keep"] = False
    assert videos.ask("PUT", f"{path}/tracks", json=tracks).json()["kept_tracks"] == 0
    assert videos.get(f"{path}/tracks").json() == tracks


def test_a_token_stands_for_the_photos(videos, clip, hers):
    token = videos.ask("POST", "/v1/references", files=[("reference[anna]", ("r.png", hers))]).json()["token"]
    assert rested(videos, send(videos, clip, references=token, render="false"))["kept_tracks"] == 1
    raw = videos.post(f"/v1/videos?render=false&references={token}", clip, kind="video/mp4")
    assert rested(videos, raw)["kept_tracks"] == 1
    assert problem(send(videos, clip, ("anna", hers), references=token), 400) == "invalid_option"
    assert problem(send(videos, clip, references="x"), 400) == "invalid_option"
    assert problem(videos.post("/v1/videos?references=x", clip, kind="video/mp4"), 400) == "invalid_option"
    assert problem(videos.post(f"/v1/videos?references={token}&references={token}", clip, kind="video/mp4"), 400) == "duplicate_option"
    assert problem(videos.ask("POST", f"/v1/videos/{'0' * 32}/render?references={token}"), 404) == "job_gone"


def test_what_is_refused(videos, clip, hers):
    answer = send(videos, clip, ("anna", hers), ("ben", b"text"))
    assert problem(answer, 422) == "bad_reference" and (answer.json()["index"], answer.json()["reason"]) == (1, "unreadable")
    assert problem(send(videos, clip, ("anna", hers), detect="false"), 400) == "invalid_option"
    assert problem(send(videos, clip, ("anna", hers), stlye="fill"), 400) == "unknown_option"
    assert problem(send(videos, b"", ("anna", hers)), 400) == "missing_video"
    assert problem(send(videos, clip, ("x" * 65, hers)), 400) == "invalid_option"


def test_a_service_without_the_weights_says_so(clip, hers, tmp_path, monkeypatch):
    monkeypatch.setattr(running_service, "PROGRAM", program_without_weights(tmp_path))
    with Service("--threads", 1, "--profile", "fast") as poor:
        assert problem(send(poor, clip, ("anna", hers)), 501) == "no_recognizer"
        assert problem(send(poor, clip, references="abcd"), 501) == "no_recognizer"
        assert rested(poor, send(poor, clip))["state"] == "done"


def test_counts_and_nothing_stays_in_memory_or_in_the_log(clip, hers, tmp_path):
    with Service("--threads", 1, "--profile", "fast") as fresh:
        assert rested(fresh, send(fresh, clip, render="false"))["kept_tracks"] == 0
        assert fresh.metric("face_privacy_video_people_clips_total") == 0
        tables_of_libraries = unit_vectors(memory_of(fresh, tmp_path))
        job = rested(fresh, send(fresh, clip, (NAME, hers)))
        assert job["state"] == "done" and job["kept_tracks"] == 1
        assert [fresh.metric(f"face_privacy_video_people_{what}_total") for what in ("clips", "kept", "asked")] == [1, 1, 0]
        assert unit_vectors(memory_of(fresh, tmp_path)) <= tables_of_libraries, "while the job is there"
        assert fresh.ask("DELETE", f"/v1/videos/{job['id']}").status_code == 204
        fresh.session.close()
        assert fresh.get("/livez").status_code == 200
        memory = memory_of(fresh, tmp_path)
        assert NAME not in fresh.log_text()
    assert NAME.encode() not in memory
    assert hers[3000:3064] not in memory
    assert unit_vectors(memory) <= tables_of_libraries
