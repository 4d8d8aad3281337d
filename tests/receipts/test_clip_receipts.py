"""Receipts of clips, as a user makes and checks them: on the command line and over HTTP."""

import hashlib
import json
import shutil

import pytest

from clip_making import make_clip
from running_service import Service, problem, wait_for
from test_receipts import RECOGNIZER, decoded, key, payload_of, public, verify  # noqa: F401 (a fixture)

H264 = ("-c:v", "libx264", "-preset", "ultrafast")
KINDS = {
    "b_frames.mp4": (*H264, "-bf", "2", "-g", "6"),
    "hevc.mov": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
    "ten_bits.mkv": (*H264, "-pix_fmt", "yuv420p10le"),
    "web.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-an"),
    "transport.ts": (*H264,),
    "old.avi": ("-c:v", "mpeg4", "-q:v", "3"),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip") / "party.mp4", seconds=2)


def blurred(program, clip, out, key, *more):
    done = program.blur(clip, "-o", out, "--json", "--receipt", "--signing-key", key, "--profile", "fast", *more)
    return json.loads(done.stdout), out.with_name(out.name + ".receipt.jws")


def compares_faces(payload, at_least):
    """Where there is a recognizer, which `make recognizer` brings: in the frames of the second look, two in this clip."""
    likeness = payload["checks"]["likeness"]
    if not RECOGNIZER.exists():
        assert likeness == {"verdict": "not_run"} and payload["recognizer"] is None
        return
    assert payload["recognizer"]["sha256"] == hashlib.sha256(RECOGNIZER.read_bytes()).hexdigest()
    assert likeness == {"verdict": "pass", "faces": likeness["faces"], "alike": 0, "alike_from": 0.35}
    assert likeness["faces"] >= at_least


def test_a_receipt_holds_for_its_clip_and_says_nothing_that_links_it_to_the_input(program, clip, key, tmp_path):
    out = tmp_path / "safe.mp4"
    report, receipt = blurred(program, clip, out, key)
    assert verify(program, out, receipt, public(key)) == 0
    payload = payload_of(receipt.read_text())
    content = out.read_bytes()
    assert payload["output"] == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content),
                                 "type": "video/mp4", "width": 480, "height": 340, "frames": 50}
    assert payload["iat"] % 3600 == 0 and "does not prove" in payload["statement"]
    assert payload["counts"]["found"] == payload["counts"]["covered"] == report["tracks"] >= 3
    assert payload["counts"]["covered_frames"] == 50 and payload["reviewed"] is False
    covered = payload["checks"]["covered"]
    assert covered == {"verdict": "pass", "frames": 50, "places": covered["places"], "failed": 0}
    assert covered["places"] >= 2 * 3 * 50 and payload["checks"]["second_look"]["frames"] == 2
    compares_faces(payload, 6)
    assert payload["settings"] == {"detect": True, "profile": "fast", "min_score": payload["settings"]["min_score"],
                                   "style": "blur", "shape": "ellipse", "margin": 0.15, "detect_every": 2,
                                   "audio": "keep", "subtitles": "drop"}
    assert payload["published"] is None and "input" not in payload
    text = decoded(receipt.read_text().split(".")[1])
    assert hashlib.sha256(clip.read_bytes()).hexdigest().encode() not in text
    assert b"party" not in text and b"safe" not in text
    assert set(report["checks"]) - {"compared", "alike"} == {"frames", "places", "showing", "looked_at", "to_review"}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_clip_is_looked_at_frame_by_frame(program, key, tmp_path, name):
    clip = make_clip(tmp_path / name, codec=KINDS[name])
    out = tmp_path / ("safe-" + name)
    _, receipt = blurred(program, clip, out, key)
    assert verify(program, out, receipt, public(key)) == 0
    checks = payload_of(receipt.read_text())["checks"]
    assert checks["covered"]["frames"] == 25 and checks["covered"]["places"] >= 2 * 3 * 25


def test_a_changed_clip_or_anothers_is_noticed(program, clip, key, tmp_path):
    out = tmp_path / "safe.mp4"
    _, receipt = blurred(program, clip, out, key)
    changed = bytearray(out.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "changed.mp4").write_bytes(changed)
    assert verify(program, tmp_path / "changed.mp4", receipt, public(key)) == 7
    assert verify(program, clip, receipt, public(key)) == 7


def test_who_is_kept_by_hand_is_counted_and_not_checked(program, clip, key, tmp_path):
    tracks = json.loads(program.run("detect", clip, "--profile", "fast").stdout)
    for track in tracks["tracks"]:
        track["keep"] = True
    file = tmp_path / "tracks.json"
    file.write_text(json.dumps(tracks))
    out = tmp_path / "safe.mp4"
    _, receipt = blurred(program, clip, out, key, "--tracks", file)
    payload = payload_of(receipt.read_text())
    assert payload["counts"]["kept_by_hand"] == payload["counts"]["found"] == len(tracks["tracks"])
    assert payload["reviewed"] is True and payload["settings"]["detect"] is False
    assert payload["checks"]["covered"]["places"] == 0 and verify(program, out, receipt, public(key)) == 0


def test_a_commitment_opens_for_the_clip_alone(program, clip, key, tmp_path):
    out = tmp_path / "safe.mp4"
    done = program.blur(clip, "-o", out, "--json", "--receipt-input", "--signing-key", key, "--profile", "fast")
    opening = json.loads(done.stdout)["receipt_opening"]
    arguments = ["verify", out, tmp_path / "safe.mp4.receipt.jws", "--key", public(key), "--opening", opening, "--input"]
    assert program.run(*arguments, clip).returncode == 0
    assert program.run(*arguments, out).returncode == 9


def test_there_is_no_receipt_without_its_result(program, clip, key, tmp_path):
    other = tmp_path / "safe" / "party.mp4.receipt.jws"  # a photo of that name
    other.parent.mkdir()
    other.write_bytes(b"\xff\xd8\xff\xe0 not of this run")
    copy = tmp_path / "party.mp4"
    shutil.copy(clip, copy)
    done = program.run("blur", copy, other, "-o", other.parent, "--receipt", "--signing-key", key, "--profile", "fast")
    assert done.returncode == 1 and b"would overwrite" in done.stderr
    assert other.read_bytes().startswith(b"\xff\xd8") and not (other.parent / "party.mp4").exists()
    (tmp_path / "half.mp4").write_bytes(clip.read_bytes()[:3000])
    done = program.run("blur", tmp_path / "half.mp4", "--receipt", "--signing-key", key)
    assert done.returncode == 1 and not list(tmp_path.glob("half*.jws"))


def rested(service, job):
    def look():
        found = service.get(f"/v1/videos/{job}").json()
        return found if found["state"] in ("analyzed", "done", "failed") else None
    return wait_for(look, f"{job} at rest", 120)


def test_the_service_signs_what_it_rendered(program, clip, key, tmp_path):
    with Service("--signing-key", str(key), "--profile", "fast") as service:
        job = service.post("/v1/videos?receipt=true", clip.read_bytes(), kind="video/mp4").json()["id"]
        path = f"/v1/videos/{job}/receipt"
        done = rested(service, job)
        assert done["state"] == "done" and done["result"]["checks"]["showing"] == 0
        answer = service.get(path)
        assert answer.headers["Content-Type"] == "application/jose"
        (tmp_path / "clip.mp4").write_bytes(service.get(f"/v1/videos/{job}/result").content)
        (tmp_path / "receipt.jws").write_bytes(answer.content)
        (tmp_path / "keys.json").write_bytes(service.get("/.well-known/face-privacy-keys.json").content)
        assert verify(program, tmp_path / "clip.mp4", tmp_path / "receipt.jws", tmp_path / "keys.json") == 0
        payload = payload_of(answer.text)
        assert payload["reviewed"] is False and payload["counts"]["found"] >= 3
        compares_faces(payload, 6)

        # Reviewed and rendered anew: another receipt, and none while there is no result.
        tracks = service.get(f"/v1/videos/{job}/tracks").json()
        tracks["tracks"][0]["keep"] = True
        service.ask("PUT", f"/v1/videos/{job}/tracks", data=json.dumps(tracks).encode())
        assert problem(service.get(path), 409) == "job_not_ready"
        service.ask("POST", f"/v1/videos/{job}/render?receipt=with-input")
        assert rested(service, job)["state"] == "done"
        again = service.get(path)
        assert payload_of(again.text)["reviewed"] is True and payload_of(again.text)["counts"]["kept_by_hand"] == 1
        assert "commitment" in payload_of(again.text)["input"] and again.headers["X-Receipt-Opening"]
        service.ask("POST", f"/v1/videos/{job}/render?receipt=false")
        rested(service, job)
        assert problem(service.get(path), 409) == "job_not_ready"


def test_without_a_key_no_clip_is_signed(service, clip):
    answer = service.post("/v1/videos?receipt=true", clip.read_bytes(), kind="video/mp4")
    assert problem(answer, 400) == "invalid_option"
    assert problem(service.get(f"/v1/videos/{'0' * 32}/receipt"), 404) == "job_gone"
