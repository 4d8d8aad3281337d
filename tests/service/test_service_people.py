"""People who may be seen, over HTTP: references, tokens, groups, what is refused, and what of it stays in memory: nothing."""

import io
import json
import pathlib
import subprocess

import numpy
import pytest
from PIL import Image, ImageOps

import running_service
from people import (ANNA_IN_SAMPLE_3, anna, anna_again, demo, faces_of, is_clear, is_covered, needs_recognizer, program_without_weights,
                    stranger)
from running_service import DEMO, Service, encoded, problem

pytestmark = needs_recognizer
PHOTO = (DEMO / "sample3.jpg").read_bytes()
NAME = "a-name-that-is-nowhere-else-in-any-memory"


@pytest.fixture(scope="module")
def hers():
    return encoded(anna(), "png")


def parts(*references, photo=PHOTO, **fields):
    """A form as `requests` takes it."""
    files = [(f"reference[{name}]", ("r.png", content)) for name, content in references]
    return [*files, *([("photo", ("p.jpg", photo))] if photo else []), *[(name, (None, value)) for name, value in fields.items()]]


def send(service, path, *references, headers=None, **more):
    return service.ask("POST", path, files=parts(*references, **more), headers=headers)


def verdicts(answer):
    return [face["match"]["verdict"] for face in sorted(answer.json()["faces"], key=lambda face: face["box"]["x"]) if face["score"] > 0.8]


def test_photos_of_a_person_with_the_photo(service, hers):
    answer = send(service, "/v1/blur", ("anna", hers))
    assert answer.status_code == 200
    assert (answer.headers["X-Kept-Count"], answer.headers["X-Asked-Count"]) == ("1", "0")
    assert "match;dur=" in answer.headers["Server-Timing"]
    after = Image.open(io.BytesIO(answer.content)).convert("RGB")
    for place, face in enumerate(faces_of(demo("sample3.jpg"))):
        assert (is_clear if place == ANNA_IN_SAMPLE_3 else is_covered)(demo("sample3.jpg"), after, face), place


def test_detect_tells_who(service, hers):
    answer = send(service, "/v1/detect", ("anna", hers))
    assert verdicts(answer) == ["cover", "keep", "cover"]
    kept, = (face["match"] for face in answer.json()["faces"] if face["match"]["verdict"] == "keep")
    assert kept["person"] == "anna" and 0.6 <= kept["score"] <= 1 and kept["why"] is None


def test_a_token_stands_for_the_photos(service, hers):
    sealed = send(service, "/v1/references", ("anna", hers), photo=None)
    assert sealed.status_code == 200 and sealed.headers["Cache-Control"] == "no-store"
    document = sealed.json()
    assert document["expires_in"] == 900 and document["people"] == [{"name": "anna"}]
    assert verdicts(send(service, "/v1/detect", references=document["token"])) == ["cover", "keep", "cover"]
    assert verdicts(service.post("/v1/detect?references=" + document["token"], PHOTO)) == ["cover", "keep", "cover"]
    assert send(service, "/v1/blur", references=document["token"]).headers["X-Kept-Count"] == "1"


def test_what_is_no_token_of_this_process_is_refused(service, hers):
    token = send(service, "/v1/references", ("anna", hers), photo=None).json()["token"]
    with Service("--threads", "1", "--profile", "fast") as other:
        assert problem(send(other, "/v1/detect", references=token), 400) == "invalid_option"
    for wrong in (token[:-4], token[:40] + ("A" if token[40] != "A" else "B") + token[41:], "x", "", "é"):
        assert problem(send(service, "/v1/blur", references=wrong), 400) == "invalid_option", wrong
    assert problem(send(service, "/v1/blur", ("anna", hers), references=token), 400) == "invalid_option"
    assert problem(service.post(f"/v1/blur?references={token}&references={token}", PHOTO), 400) == "duplicate_option"


def test_a_token_is_for_the_key_that_it_was_asked_for_with(hers, tmp_path):
    import hashlib
    keys = tmp_path / "keys"
    keys.write_text("".join(f"{name} {hashlib.sha256(key.encode()).hexdigest()}\n" for name, key in [("a", "k1"), ("b", "k2")]))
    with Service("--threads", "1", "--profile", "fast", "--api-keys", keys) as fresh:
        token = send(fresh, "/v1/references", ("anna", hers), photo=None, headers={"X-API-Key": "k1"}).json()["token"]
        assert send(fresh, "/v1/blur", references=token, headers={"X-API-Key": "k1"}).status_code == 200
        assert problem(send(fresh, "/v1/blur", references=token, headers={"X-API-Key": "k2"}), 400) == "invalid_option"
        assert problem(send(fresh, "/v1/references", ("anna", hers), photo=None), 401) == "unauthorized"


def test_a_bad_reference_is_named_with_its_reason(service, hers):
    nobody = encoded(Image.new("RGB", (200, 200), (90, 140, 60)))
    for content, reason in [(nobody, "no_face"), (PHOTO, "several_faces"), (b"text", "unreadable"), (encoded(stranger(), "png"), "two_people")]:
        for path in ("/v1/blur", "/v1/detect", "/v1/references"):
            answer = send(service, path, ("ben", encoded(stranger(), "png")), ("anna", hers), ("anna", content))
            assert problem(answer, 422) == "bad_reference"
            document = answer.json()
            assert document["reason"] == reason and document["index"] in ((1, 2) if reason == "two_people" else (2,))
            assert "anna" not in answer.text


def test_forms_that_say_nothing_sensible(service, hers):
    assert problem(send(service, "/v1/references", photo=PHOTO), 400) == "missing_photo"
    assert problem(service.post("/v1/references", PHOTO), 400) == "missing_photo"
    assert problem(send(service, "/v1/blur", ("anna", hers), photo=None), 400) == "missing_photo"
    assert problem(send(service, "/v1/blur", *[("anna", hers)] * 11), 400) == "invalid_option"
    assert problem(send(service, "/v1/blur", ("x" * 65, hers)), 400) == "invalid_option"
    assert problem(send(service, "/v1/blur", ("", hers)), 400) == "invalid_option"
    assert problem(send(service, "/v1/blur", ("anna", hers), detect="false"), 400) == "invalid_option"
    assert problem(send(service, "/detect_faces", ("anna", hers)), 400) == "unknown_option"
    assert problem(service.post("/v1/references?profile=fast", PHOTO), 400) == "unknown_option"


def test_a_service_without_the_weights_says_so(hers, tmp_path, monkeypatch):
    monkeypatch.setattr(running_service, "PROGRAM", program_without_weights(tmp_path))
    with Service("--threads", "1", "--profile", "fast") as poor:
        for path, photo in [("/v1/blur", PHOTO), ("/v1/detect", PHOTO), ("/v1/references", None)]:
            assert problem(send(poor, path, ("anna", hers), photo=photo), 501) == "no_recognizer"
        assert problem(group(poor, ("1", hers)), 501) == "no_recognizer"
        assert problem(send(poor, "/v1/blur", references="abcd"), 501) == "no_recognizer"
        assert poor.post("/v1/blur", PHOTO).status_code == 200


def test_the_recognizer_is_loaded_when_it_is_needed_first(hers):
    def processes(service):
        children = {}
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(status.parent.name))
        return children.get(service.process.pid, [])

    with Service("--threads", "1", "--profile", "fast") as fresh:
        assert fresh.post("/v1/blur", PHOTO).status_code == 200
        assert "X-Kept-Count" not in fresh.post("/v1/blur", PHOTO).headers
        assert len(processes(fresh)) == 1, "one host, which has no recognizer"
        send(fresh, "/v1/blur", ("anna", hers))
        assert len(processes(fresh)) == 2
        assert fresh.metric("face_privacy_people_photos_total") == 1
        assert fresh.metric("face_privacy_people_kept_total") == 1
        assert fresh.metric("face_privacy_people_asked_total") == 0


def unit_vectors(memory, dimensions=128):
    """All that could be templates: so many floats of length 1."""
    with numpy.errstate(invalid="ignore"):
        values = numpy.frombuffer(memory[:len(memory) // 4 * 4], dtype="<f4").astype(numpy.float64)
    values = numpy.where(numpy.isfinite(values) & (abs(values) < 1), values, 2.0)
    sums = numpy.concatenate([[0.0], numpy.cumsum(values * values)])
    lengths = sums[dimensions:] - sums[:-dimensions]
    windows = (values[at:at + dimensions] for at in numpy.flatnonzero(abs(lengths - 1) < 1e-4))
    # A face's values are of both signs, and none is large or nothing.
    return {window.tobytes() for window in windows
            if abs(numpy.dot(window, window) - 1) < 3e-6 and 0.3 < (window < 0).mean() < 0.7 and abs(window).max() < 0.6
            and (abs(window) < 1e-9).sum() < 8}


def memory_of(service, folder):
    done = subprocess.run(["gcore", "-o", folder / "core", str(service.process.pid)], capture_output=True)
    dump = folder / f"core.{service.process.pid}"
    if done.returncode != 0 or not dump.exists():
        pytest.skip("gcore may not look at processes here")
    return dump.read_bytes()


def test_the_scan_finds_what_it_looks_for():
    template = numpy.random.default_rng(1).normal(size=128)
    template /= numpy.linalg.norm(template)
    noise = numpy.random.default_rng(2).integers(0, 256, 4000, dtype=numpy.uint8).tobytes()
    assert len(unit_vectors(noise + template.astype("<f4").tobytes() + noise)) == 1
    assert not unit_vectors(noise)


def test_nothing_of_it_stays_in_memory_or_in_the_log(hers, tmp_path):
    with Service("--threads", "1", "--profile", "fast") as fresh:
        assert fresh.post("/v1/blur", PHOTO).status_code == 200
        tables_of_libraries = unit_vectors(memory_of(fresh, tmp_path))
        assert send(fresh, "/v1/detect", (NAME, hers)).status_code == 200
        token = send(fresh, "/v1/references", (NAME, hers), photo=None).json()["token"]
        assert send(fresh, "/v1/detect", references=token).status_code == 200
        assert send(fresh, "/v1/blur", references=token).status_code == 200
        fresh.session.close()
        assert fresh.get("/livez").status_code == 200
        memory = memory_of(fresh, tmp_path)
        log = fresh.log_text()
    assert NAME not in log and "anna" not in log
    assert len(memory) > 1 << 20 and b"face_privacy_people_kept_total" in memory
    assert NAME.encode() not in memory
    assert token[:32].encode() not in memory and token[100:132].encode() not in memory
    assert hers[3000:3064] not in memory and PHOTO[90_000:90_064] not in memory
    assert unit_vectors(memory) <= tables_of_libraries


# Groups

def group(service, *faces, **said):
    """`faces`: the photo that each is from, and its picture."""
    files = [(f"face[{photo}]", ("f.png", picture)) for photo, picture in faces]
    return service.ask("POST", "/v1/groups", files=[*files, *[(name, (None, json.dumps(pairs))) for name, pairs in said.items()]])


@pytest.fixture(scope="module")
def class_photos(hers):
    """Anna, somebody, Anna again in another photo, and a wall."""
    wall = encoded(Image.new("RGB", (200, 200), (90, 140, 60)))
    others = [encoded(ImageOps.contain(face, (400, 400)), "png") for face in (stranger(), anna_again())]
    return [("1", hers), ("1", others[0]), ("2", others[1]), ("2", wall)]


def test_faces_of_one_person_are_one_group(service, class_photos):
    answer = group(service, *class_photos)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {"groups": [[0, 2], [1]], "alike": [], "not_compared": [{"face": 3, "why": "landmarks"}]}


def test_two_faces_of_one_photo_are_two_people(service, class_photos):
    one_photo = [("1", picture) for _, picture in class_photos[:3]]
    assert group(service, *one_photo).json() == {"groups": [[0], [1], [2]], "alike": [], "not_compared": []}


def test_what_somebody_said_of_faces_counts(service, class_photos):
    assert group(service, *class_photos, different=[[0, 2]]).json()["groups"] == [[0], [1], [2]]
    assert group(service, *class_photos, same=[[2, 1]]).json()["groups"][0] == [1, 2]


def test_what_cannot_be_a_picture_of_a_face_is_not_compared(service, hers):
    large = encoded(anna().resize((600, 600)), "png")
    answer = group(service, ("1", hers), ("2", b"text"), ("3", large), ("4", PHOTO))
    assert answer.json()["groups"] == [[0]]
    assert answer.json()["not_compared"] == [{"face": face, "why": "failed"} for face in (1, 2, 3)]


def test_forms_of_faces_that_say_nothing_sensible(service, hers):
    assert problem(group(service), 400) == "missing_photo"
    assert problem(service.post("/v1/groups", PHOTO), 400) == "unknown_option"
    assert problem(group(service, *[("1", b"x")] * 513), 400) == "invalid_option"
    assert problem(send(service, "/v1/groups", ("anna", hers), photo=None), 400) == "unknown_option"
    for wrong in ([[0, 2]], [[0, 0]], [[0]], [0, 1], {"0": 1}, [["0", 1]], [[-1, 0]], [[0, 0.5]]):
        assert problem(group(service, ("1", hers), ("2", hers), same=wrong), 400) == "invalid_option", wrong
    assert problem(service.ask("POST", "/v1/groups", files=[("face[1]", ("f", hers)), ("same", (None, "[]")), ("same", (None, "[]"))]), 400) == "duplicate_option"
    for path in ("/v1/blur", "/v1/detect", "/v1/references"):
        assert problem(service.ask("POST", path, files=[("face[1]", ("f", hers)), ("photo", ("p", PHOTO))]), 400) == "unknown_option"


def test_nothing_of_a_grouping_stays_in_memory(class_photos, tmp_path):
    with Service("--threads", "1", "--profile", "fast") as fresh:
        assert fresh.post("/v1/blur", PHOTO).status_code == 200
        tables_of_libraries = unit_vectors(memory_of(fresh, tmp_path))
        assert group(fresh, *class_photos).json()["groups"][0] == [0, 2]
        fresh.session.close()
        assert fresh.get("/livez").status_code == 200
        memory = memory_of(fresh, tmp_path)
    assert unit_vectors(memory) <= tables_of_libraries
    assert class_photos[0][1][3000:3064] not in memory
