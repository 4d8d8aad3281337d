"""Crops beside corrections: sealed so that the service cannot read them, others in them redacted, gone after their time."""

import io
import json
import os
import sqlite3
import stat
import subprocess

import numpy
import pytest
from PIL import Image

from running_service import DEMO, PROGRAM, Service, encoded, problem, wait_for
from test_service_feedback import MODEL, all_bytes, erase, program

SIDE = 320


def crop_of_three():
    """The demo photo with three faces, as small as a crop may be; with metadata that must not stay."""
    picture = Image.open(DEMO / "sample3.jpg").convert("RGB").resize((SIDE, 225))
    exif = Image.Exif()
    exif[0x010E] = "a-description-that-is-nowhere-else"
    return encoded(picture, quality=92, exif=exif)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crops")
    assert program("key", "new", folder / "key").returncode == 0
    return folder


@pytest.fixture(scope="module")
def file(folder):
    (folder / "store").mkdir()
    return folder / "store/feedback.db"


@pytest.fixture(scope="module")
def service(folder, file):
    with Service("--threads", 1, "--profile", "fast", "--feedback", file, "--feedback-key", folder / "key.pub",
                 "--feedback-per-minute", 1000) as service:
        yield service


@pytest.fixture(scope="module")
def faces(service):
    found = service.post("/v1/detect?profile=thorough&min_score=0.8", crop_of_three()).json()["faces"]
    assert len(found) == 3
    return sorted((face["box"] for face in found), key=lambda box: box["x"])


def report(*boxes):
    return {"image": {"width": 4000, "height": 3000}, "profile": "balanced", "model": MODEL, "boxes": list(boxes)}


def reported(crop_box, action="moved", **more):
    return {"box": {"x": 812, "y": 640, "width": 210, "height": 280}, "action": action, "score": 0.4, "crop": crop_box} | more


def send(service, body, **crops):
    files = {"report": (None, json.dumps(body), "application/json")}
    return service.ask("POST", "/v1/feedback", files=files | {name: (name, content, "image/jpeg") for name, content in crops.items()})


def exported(folder, file, name):
    done = program("export", "--feedback", file, "--key", folder / "key", "-o", folder / name)
    assert done.returncode == 0, done.stderr
    return folder / name, {line["image"]: line for line in map(json.loads, (folder / name / "truth.jsonl").open())}


def test_the_service_says_that_it_takes_crops(service):
    assert service.get("/v1/feedback").json() == {"keep_days": 365, "crops": True, "keep_crop_days": 90}
    assert service.post("/v1/detect", crop_of_three()).headers["X-Feedback"] == "numbers, crops"


def test_a_crop_shows_the_reported_face_alone_and_only_to_the_private_key(service, folder, file, faces):
    crop = crop_of_three()
    receipt = send(service, report(reported(faces[1])), **{"crop[0]": crop}).json()
    content = all_bytes(file)
    assert receipt["id"].encode() in content
    assert b"JFIF" not in content and b"\xff\xd8\xff" not in content and b"nowhere-else" not in content
    pieces = {crop[place:place + 8] for place in range(700, len(crop) - 8)}
    assert not any(content[place:place + 8] in pieces for place in range(len(content) - 8))

    done = subprocess.run([PROGRAM, "feedback", "key", "new", folder / "other"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    done = program("export", "--feedback", file, "--key", folder / "other", "-o", folder / "not")
    assert done.returncode == 2 and "another key" in done.stderr and not (folder / "not").exists()

    out, truth = exported(folder, file, "set")
    image = f"{receipt['id']}-0.jpg"
    box = truth[image]["faces"][0]["box"]
    assert truth[image]["faces"][0]["kind"] == "moved"
    assert box == [round(faces[1][side]) for side in ("x", "y", "width", "height")]
    kept = Image.open(out / image)
    assert kept.size == (SIDE, 225) and not kept.getexif() and b"nowhere-else" not in (out / image).read_bytes()
    before, after = (numpy.asarray(Image.open(picture).convert("RGB"), float) for picture in (io.BytesIO(crop), out / image))

    def change(face):
        x, y, width, height = (int(face[side]) for side in ("x", "y", "width", "height"))
        return abs(before - after)[y:y + height, x:x + width].mean()

    assert change(faces[1]) < 3 < 12 < min(change(faces[0]), change(faces[2]))
    seen = service.post("/v1/detect?profile=thorough&min_score=0.5", (out / image).read_bytes()).json()["faces"]
    assert [abs(face["box"]["x"] - faces[1]["x"]) < 8 for face in seen] == [True]
    for path in out.iterdir():
        assert path.suffix in (".jpg", ".jsonl", ".json")
    assert erase(service, receipt).status_code == 204


def test_eval_reads_the_set(service, folder, file, faces):
    sent = [send(service, report(reported(faces[1])), **{"crop[0]": crop_of_three()}),
            send(service, report(reported(faces[1], "removed")), **{"crop[0]": crop_of_three()})]
    out, truth = exported(folder, file, "set-for-eval")
    assert sorted(len(line["faces"]) for line in truth.values()) == [0, 1]
    done = subprocess.run([PROGRAM, "eval", "--images", out, "--truth", out / "truth.jsonl", "--json"],
                          capture_output=True, text=True, timeout=300)
    figures = json.loads(done.stdout)
    assert done.returncode == 0 and figures["photos"] == 2 and figures["all"]["recall"] == 1 and figures["all"]["false_alarms"] >= 1
    for answer in sent:
        erase(service, answer.json())


def test_a_face_that_was_not_found_is_kept_and_every_found_one_is_covered(service, folder, file, faces):
    nobody = {"x": 2, "y": 190, "width": 30, "height": 30}
    receipt = send(service, report(reported(nobody, "removed")), **{"crop[0]": crop_of_three()}).json()
    out, _ = exported(folder, file, "set-covered")
    seen = service.post("/v1/detect?profile=thorough&min_score=0.5", (out / f"{receipt['id']}-0.jpg").read_bytes()).json()["faces"]
    assert seen == []
    erase(service, receipt)


def test_erased_and_old_crops_leave_no_byte(service, folder, file, faces, tmp_path):
    receipt = send(service, report(reported(faces[1])), **{"crop[0]": crop_of_three()}).json()
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        (sealed,), = database.execute("SELECT sealed FROM crops WHERE report = ?", [receipt["id"]])
    parts = [sealed[place:place + 32] for place in range(0, len(sealed) - 32, 200)]
    assert all(part in all_bytes(file) for part in parts[:1])
    assert erase(service, receipt).status_code == 204
    content = all_bytes(file)
    assert not any(part in content for part in parts)

    (tmp_path / "store").mkdir()
    old = tmp_path / "store/f.db"
    arguments = ("--threads", 1, "--profile", "fast", "--feedback", old, "--feedback-key", folder / "key.pub", "--feedback-crop-days", 30)
    with Service(*arguments) as first:
        receipt = send(first, report(reported(faces[1])), **{"crop[0]": crop_of_three()}).json()
    with sqlite3.connect(old) as database:
        (sealed,), = database.execute("SELECT sealed FROM crops")
        database.execute("UPDATE crops SET day = day - 31")
    parts = [sealed[place:place + 32] for place in range(0, len(sealed) - 32, 200)]
    with Service(*arguments) as second:
        wait_for(lambda: not any(part in all_bytes(old) for part in parts), "the purge", 30)
        assert second.get("/v1/feedback/" + receipt["id"]).status_code == 200, "the numbers stay"


def test_what_is_refused(service, faces):
    crop = crop_of_three()
    large = encoded(Image.open(DEMO / "sample3.jpg").convert("RGB").resize((321, 225)))
    refused = [send(service, report(reported(faces[1]))),  # named, not there
               send(service, report(reported(faces[1])), **{"crop[1]": crop}),
               send(service, report(reported(faces[1])), **{"crop[0]": crop, "crop[1]": crop}),
               send(service, report(reported(faces[1])), **{"crop[0]": crop, "photo": crop}),
               send(service, report(reported(faces[1])), **{"crop[0]": large}),
               send(service, report(reported({"x": 400, "y": 1, "width": 9, "height": 9})), **{"crop[0]": crop}),
               send(service, report(*[reported(faces[1])] * 9), **{f"crop[{number}]": crop for number in range(9)}),
               service.ask("POST", "/v1/feedback", files={"crop[0]": ("c", crop)}),
               service.ask("POST", "/v1/feedback", data=json.dumps(report(reported(faces[1]))), headers={"Content-Type": "application/json"})]
    for number, answer in enumerate(refused):
        assert problem(answer, 422) == "invalid_feedback", number
    assert problem(send(service, report(reported(faces[1])), **{"crop[0]": b"no picture"}), 415) == "not_a_photo"
    assert problem(send(service, report(reported(faces[1])), **{"crop[0]": crop * 400}), 413) == "too_many_bytes"
    assert service.metric("face_privacy_feedback_reports") == 0


def test_without_a_key_no_crop_is_taken(faces, tmp_path):
    with Service("--threads", 1, "--profile", "fast", "--feedback", tmp_path / "f.db") as plain:
        assert problem(send(plain, report(reported(faces[1])), **{"crop[0]": crop_of_three()}), 415) == "unsupported_media_type"
        assert plain.get("/v1/feedback").json()["crops"] is False


def test_keys_are_made_for_their_owner_and_checked(folder, tmp_path):
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert (folder / "key.pub").read_text().startswith("face-privacy-feedback-public 1 ")
    assert program("key", "new", folder / "key").returncode == 1, "it is there already"
    serve = [PROGRAM, "serve", "--port", "0", "--feedback", tmp_path / "f.db"]
    for wrong in (folder / "key", tmp_path / "none"):
        done = subprocess.run([*serve, "--feedback-key", wrong], capture_output=True, text=True, timeout=60)
        assert done.returncode in (1, 2) and wrong.name in done.stderr
    done = subprocess.run([PROGRAM, "serve", "--port", "0", "--feedback-key", folder / "key.pub"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "--feedback" in done.stderr
    (tmp_path / "open").write_text((folder / "key").read_text())
    os.chmod(tmp_path / "open", 0o644)
    done = program("export", "--feedback", tmp_path / "f.db", "--key", tmp_path / "open", "-o", tmp_path / "s")
    assert done.returncode == 2 and "chmod 600" in done.stderr
