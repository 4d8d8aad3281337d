"""People who may be seen, over HTTP: references, tokens, what is refused, and what of it stays in memory: nothing."""

import io
import pathlib
import subprocess

import numpy
import pytest
from PIL import Image

import running_service
from people import (ANNA_IN_SAMPLE_3, anna, demo, faces_of, is_clear, is_covered, needs_recognizer, program_without_weights,
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
