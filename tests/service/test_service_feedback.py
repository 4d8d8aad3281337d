"""Corrections over real HTTP: what is taken, what of it is kept and found again, and what the program makes of it."""

import json
import os
import pathlib
import random
import socket
import sqlite3
import stat
import subprocess
import time

import numpy
import pytest

from corrections import MODEL, erase, report, send
from running_service import PROGRAM, Service, photo, problem, wait_for

def program(*arguments):
    return subprocess.run([PROGRAM, "feedback", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def all_bytes(file):
    """Of the database, its log and whatever else lies beside it."""
    return b"".join(path.read_bytes() for path in sorted(file.parent.iterdir()) if path.is_file())


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("feedback") / "feedback.db"


@pytest.fixture(scope="module")
def service(file):
    with Service("--threads", 1, "--profile", "fast", "--feedback", file, "--feedback-per-minute", 1000) as service:
        yield service


def test_without_a_file_there_is_no_such_call():
    with Service("--threads", 1, "--profile", "fast") as plain:
        assert problem(send(plain, report()), 404) == "not_found"
        assert problem(plain.get("/v1/feedback"), 404) == "not_found"
        assert "X-Feedback" not in plain.post("/v1/detect", photo()).headers
        assert problem(plain.get("/v1/feedback/" + "0" * 32), 404) == "not_found"


def test_a_report_and_what_becomes_of_it(service, file, tmp_path):
    assert service.get("/v1/feedback").json() == {"keep_days": 365, "crops": False}
    answer = send(service, report())
    receipt = answer.json()
    assert answer.status_code == 201 and set(receipt) == {"id", "erase_token"}
    assert answer.headers["Location"] == "/v1/feedback/" + receipt["id"]
    assert service.get(answer.headers["Location"]).json() == {"id": receipt["id"], "status": "received", "data_set": None}
    done = program("export", "--feedback", file, "-o", tmp_path / "set")
    assert done.returncode == 0, done.stderr
    version = json.loads((tmp_path / "set/data_set.json").read_text())["version"]
    assert service.get(answer.headers["Location"]).json() == {"id": receipt["id"], "status": f"in data set v{version}", "data_set": version}
    line = next(line for line in map(json.loads, (tmp_path / "set/reports.jsonl").open()) if line["image"] == receipt["id"])
    assert line["faces"][0]["box"] == [812.5, 625, 187.5, 312.5] and line["faces"][0]["score"] == 0.99  # 4000 / 64 = 62.5
    assert [face["kind"] for face in line["faces"]] == ["confirmed", "drawn"] and line["removed"][0]["score"] == 0.41
    assert line["candidates"] == {"from": 0.05, "passed_over": [0.07, 0.12]} and line["min_score"] == 0.19
    assert problem(erase(service, receipt, "wrong"), 403) == "wrong_erase_token"
    assert problem(service.ask("DELETE", f"/v1/feedback/{receipt['id']}"), 403) == "wrong_erase_token"
    assert erase(service, receipt).status_code == 204
    assert problem(service.get(answer.headers["Location"]), 404) == "feedback_gone"
    assert problem(erase(service, receipt), 404) == "feedback_gone"


def test_detection_tells_whether_reports_are_taken(service):
    assert service.post("/v1/detect", photo()).headers["X-Feedback"] == "numbers"
    assert "X-Feedback" not in service.post("/v1/blur", photo()).headers
    form = service.post("/v1/blur", photo(), headers={"Accept": "multipart/form-data"})
    assert form.headers["X-Feedback"] == "numbers"


def test_the_threshold_in_force_is_the_services_own_where_none_is_named(service, file, tmp_path):
    body = report()
    del body["min_score"]
    receipt = send(service, body).json()
    assert program("export", "--feedback", file, "-o", tmp_path / "set").returncode == 0
    line = next(line for line in map(json.loads, (tmp_path / "set/reports.jsonl").open()) if line["image"] == receipt["id"])
    default = service.metric("face_privacy_default_min_score_ratio", profile="balanced")
    assert line["min_score"] == pytest.approx(default, abs=0.006)
    erase(service, receipt)


def test_what_is_refused(service):
    for wrong in (report(file="a.jpg"), report(boxes=[]), report(profile="best"), report(model="x"), [], {}, "{", "", b"\xff\xfe"):
        assert problem(send(service, wrong), 422) == "invalid_feedback", wrong
    twice = json.dumps(report()).replace('"profile"', '"profile": "fast", "profile"')
    assert problem(send(service, twice), 422) == "invalid_feedback"
    assert problem(send(service, b" " * (129 << 10)), 413) == "too_many_bytes"
    chunks = (b" " * 4096 for _ in range(40))
    assert problem(service.ask("POST", "/v1/feedback", data=chunks, headers={"Content-Type": "application/json"}), 413) == "too_many_bytes"
    assert problem(service.post("/v1/feedback", photo()), 415) == "unsupported_media_type"
    assert problem(service.ask("POST", "/v1/feedback?name=x", data="{}", headers={"Content-Type": "application/json"}), 400) == "unknown_option"
    assert problem(service.ask("PUT", "/v1/feedback"), 405) == "method_not_allowed"
    for name in ("", "x", "..%2Fetc", "0" * 31, "G" * 32, "0" * 32):
        assert problem(service.get("/v1/feedback/" + name), 404) == "feedback_gone", name


def test_only_so_many_are_taken_in_a_minute(tmp_path):
    with Service("--threads", 1, "--profile", "fast", "--feedback", tmp_path / "f.db", "--feedback-per-minute", 3) as slow:
        answers = [send(slow, report()) for _ in range(4)]
        assert [answer.status_code for answer in answers[:3]] == [201] * 3
        assert problem(answers[3], 429) == "too_much_feedback" and int(answers[3].headers["Retry-After"]) > 0
        assert slow.metric("face_privacy_feedback_events_total", event="refused") == 1
        assert slow.metric("face_privacy_feedback_events_total", event="received") == 3
        assert slow.metric("face_privacy_feedback_boxes_total", action="drawn") == 3
        assert slow.metric("face_privacy_feedback_reports") == 3
        assert 0 < slow.metric("face_privacy_feedback_bytes") < slow.metric("face_privacy_feedback_limit_bytes") == 64 << 20


def test_a_full_file_refuses_reports_and_nothing_else(tmp_path):
    with Service("--threads", 1, "--profile", "fast", "--feedback", tmp_path / "f.db", "--feedback-bytes", "64KiB",
                 "--feedback-per-minute", 1000) as full:
        boxes = report()["boxes"] * 100
        answer = next(answer for answer in (send(full, report(boxes=boxes)) for _ in range(50)) if answer.status_code != 201)
        assert problem(answer, 507) == "feedback_full"
        assert full.post("/v1/detect", photo()).status_code == 200


def test_with_keys_a_report_needs_one(tmp_path):
    import hashlib
    (tmp_path / "keys").write_text("site " + hashlib.sha256(b"k").hexdigest())
    with Service("--threads", 1, "--profile", "fast", "--feedback", tmp_path / "f.db", "--api-keys", tmp_path / "keys") as locked:
        assert problem(send(locked, report()), 401) == "unauthorized"
        receipt = send(locked, report(), **{"X-API-Key": "k"}).json()
        assert problem(erase(locked, receipt), 401) == "unauthorized"
        assert b"site" not in (tmp_path / "f.db").read_bytes()


# What is in the file: of all that a request carries, the numbers alone.

def test_the_file_holds_no_name_no_address_no_pixel_and_no_time(service, file):
    picture = photo()
    found = service.post("/v1/detect", picture, headers={"Content-Type": "image/jpeg"}).json()
    name = "a-file-name-that-is-nowhere-else"
    before = int(time.time())
    receipt = send(service, report(image=found["image"], boxes=[
        {"box": face["box"], "action": "confirmed", "score": face["score"]} for face in found["faces"]]),
        **{"User-Agent": name, "Referer": f"http://x/{name}.jpg", "X-Forwarded-For": "203.0.113.77", "X-Request-Id": name}).json()
    assert problem(send(service, report(file=name)), 422) == "invalid_feedback"
    after = int(time.time())
    content = all_bytes(file)
    assert receipt["id"].encode() in content, "else this test looks in the wrong place"
    for text in (name, "203.0.113.77", "127.0.0.1", receipt["erase_token"], "sample3"):
        assert text.encode() not in content, text
    for address in ("127.0.0.1", "203.0.113.77"):
        assert socket.inet_aton(address) not in content, address
    # Any time of the last minutes, as text or as a number of any usual width.
    for moment in range(before - 5, after + 6):
        for scale in (1, 1000, 1_000_000):
            assert str(moment * scale).encode()[: None if scale == 1 else -3] not in content
        for width, order in ((4, "big"), (4, "little"), (8, "big"), (8, "little")):
            assert moment.to_bytes(width, order) not in content
    assert time.strftime("%H:%M", time.gmtime(before)).encode() not in content
    # Of the photo no eight bytes in a row.
    pieces = {piece for piece in (picture[place:place + 8] for place in range(20, len(picture) - 8)) if len(set(piece)) > 3}
    assert pieces and not any(content[place:place + 8] in pieces for place in range(len(content) - 8))
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        (day,), = database.execute("SELECT day FROM reports WHERE id = ?", [receipt["id"]])
        kinds = {kind for _, kind in database.execute("SELECT DISTINCT 1, typeof(score) FROM boxes")}
    assert day == before // 86400 and kinds <= {"integer", "null"}
    for path in file.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    erase(service, receipt)


def test_erased_bytes_are_gone_while_the_service_runs(service, file):
    marks = ["".join(random.choices("0123456789abcdef", k=64)) for _ in range(6)]
    receipts = [send(service, report(model=mark)).json() for mark in marks]
    assert all(mark.encode() in all_bytes(file) for mark in marks)
    for receipt in receipts[::2]:
        assert erase(service, receipt).status_code == 204
    content = all_bytes(file)
    assert [mark.encode() in content for mark in marks] == [False, True] * 3
    assert [receipt["id"].encode() in content for receipt in receipts] == [False, True] * 3
    for receipt in receipts[1::2]:
        erase(service, receipt)


def test_old_reports_go_when_the_service_starts(tmp_path):
    file = tmp_path / "f.db"
    arguments = ("--threads", 1, "--profile", "fast", "--feedback", file, "--feedback-days", 30)
    with Service(*arguments) as first:
        old, new = (send(first, report(model=mark * 32)).json() for mark in ("0d", "0e"))
        first.ask("GET", "/v1/feedback")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE reports SET day = day - 31 WHERE id = ?", [old["id"]])
    with Service(*arguments) as second:
        wait_for(lambda: second.metric("face_privacy_feedback_events_total", event="purged") == 1, "the purge", 30)
        assert problem(second.get("/v1/feedback/" + old["id"]), 404) == "feedback_gone"
        assert second.get("/v1/feedback/" + new["id"]).status_code == 200
        assert b"0d" * 32 not in all_bytes(file) and b"0e" * 32 in all_bytes(file)


# The commands

def test_stats_as_a_table_and_as_json(tmp_path):
    file = tmp_path / "f.db"
    with Service("--threads", 1, "--profile", "fast", "--feedback", file, "--feedback-per-minute", 1000) as service:
        for number in range(30):
            boxes = [{"box": {"x": 1, "y": 1, "width": 99, "height": 99}, "action": "confirmed", "score": 0.9},
                     {"box": {"x": 1, "y": 1, "width": 99, "height": 99}, "action": "removed", "score": 0.22},
                     {"box": {"x": 1, "y": 1, "width": 99, "height": 99}, "action": "moved", "score": 0.31}]
            assert send(service, report(boxes=boxes, min_score=0.2, candidates={"from": 0.05, "passed_over": [0.1]})).status_code == 201
        profile, = json.loads(program("stats", "--feedback", file, "--json", "--precision", 0.9).stdout)["profiles"]
    assert (profile["profile"], profile["model"], profile["reports"]) == ("balanced", MODEL, 30)
    assert profile["now"]["precision"] == pytest.approx(2 / 3, abs=1e-3) and profile["now"]["recall"] == 1
    assert profile["proposed"]["min_score"] == 0.23 and profile["proposed"]["precision"] == 1
    assert profile["bins"][4] == {"from": 0.2, "confirmed": 0, "moved": 0, "removed": 30, "drawn": 0, "passed_over": 0}
    table = program("stats", "--feedback", file).stdout
    assert "proposed  --min-score 0.11" in table and "in force  --min-score 0.20" in table
    assert program("stats", "--feedback", file, "--precision", 2).returncode == 2


# docs/detection.md of the profile balanced: recall and precision over the score.
CURVE = [(0.05, 0.976, 0.50), (0.10, 0.972, 0.569), (0.15, 0.969, 0.618), (0.20, 0.964, 0.654), (0.25, 0.959, 0.687),
         (0.30, 0.955, 0.709), (0.40, 0.949, 0.743), (0.50, 0.944, 0.766), (0.60, 0.938, 0.785), (0.80, 0.900, 0.850), (1, 0, 1)]
FACES_A_PHOTO = 2.66


def simulated_photos(seed, count):
    """Of each photo the scores of its faces, 0 for one without a candidate, and those of what is no face."""
    chance = numpy.random.default_rng(seed)
    scores, recalls, precisions = numpy.array(CURVE).T
    alarms = recalls * (1 / precisions - 1)

    def drawn(amounts, places):
        return numpy.where(places > amounts[0], 0, numpy.interp(places, amounts[::-1], scores[::-1]))

    return [(drawn(recalls, chance.random(chance.poisson(FACES_A_PHOTO))),
             drawn(alarms, chance.random(chance.poisson(FACES_A_PHOTO * alarms[0])) * alarms[0])) for _ in range(count)]


def corrected(photo, in_force, looked_from=0.05):
    """What somebody reports who removes what is no face and draws what is missing."""
    box = {"x": 1, "y": 1, "width": 99, "height": 99}
    faces, others = photo
    boxes = [{"box": box, "action": "confirmed", "score": score} for score in faces if score >= in_force]
    boxes += [{"box": box, "action": "removed", "score": score} for score in others if score >= in_force]
    boxes += [{"box": box, "action": "drawn"} | ({"best_candidate": score} if score >= looked_from else {})
              for score in faces if score < in_force]
    passed_over = [score for score in others if looked_from <= score < in_force]
    return report(boxes=boxes, min_score=in_force, candidates={"from": looked_from, "passed_over": passed_over})


@pytest.mark.parametrize("in_force", [0.19, 0.5])
def test_two_hundred_corrections_find_the_threshold_of_all_photos(tmp_path, in_force):
    """How often chance spoils it is thresholds_test.cc's to say."""
    wanted, file = 0.646, tmp_path / "f.db"
    with Service("--threads", 1, "--profile", "fast", "--feedback", file, "--feedback-per-minute", 1000) as service:
        for photo_seen in simulated_photos(7, 200):
            body = corrected(photo_seen, in_force)
            assert not body["boxes"] or send(service, body).status_code == 201
    profile, = json.loads(program("stats", "--feedback", file, "--json", "--precision", wanted).stdout)["profiles"]
    everything = simulated_photos(1, 20_000)
    faces, others = (numpy.concatenate(scores) for scores in zip(*everything))

    def truth_at(min_score):
        found = (faces >= min_score).sum()
        return found / len(faces), found / (found + (others >= min_score).sum())

    best = max(recall for recall, precision in (truth_at(percent / 100 - 0.005) for percent in range(5, 100)) if precision >= wanted)
    proposed, _ = truth_at(profile["proposed"]["min_score"] - 0.005)
    assert abs(proposed - best) <= 0.005, (proposed, best, profile["proposed"])


def test_commands_say_what_is_wrong(tmp_path):
    for command in (["stats"], ["export", "-o", tmp_path / "set"]):
        done = program(*command, "--feedback", tmp_path / "nothing.db")
        assert done.returncode == 1 and "nothing.db" in done.stderr
        (tmp_path / "text").write_text("no database at all\n" * 300)
        os.chmod(tmp_path / "text", 0o600)
        done = program(*command, "--feedback", tmp_path / "text")
        assert done.returncode == 2 and "no feedback file" in done.stderr, done.stderr
    assert program("stats").returncode == 2 and program("export", "--feedback", "x").returncode == 2
    for arguments in ([], ["stats"], ["export"]):
        assert "--feedback" in program(*arguments, "--help").stdout


def test_an_export_is_whole_and_new(tmp_path):
    file = tmp_path / "f.db"
    with Service("--threads", 1, "--profile", "fast", "--feedback", file) as service:
        assert program("export", "--feedback", file, "-o", tmp_path / "set").returncode == 2, "there is no report"
        assert not (tmp_path / "set").exists()
        receipt = send(service, report()).json()
        shown = json.loads(program("export", "--feedback", file, "-o", tmp_path / "set", "--json").stdout)
        assert shown == {"data_set": 1, "folder": str(tmp_path / "set"), "reports": 1, "crops": 0}
        assert program("export", "--feedback", file, "-o", tmp_path / "set").returncode == 2, "it is there already"
        assert program("export", "--feedback", file, "-o", tmp_path / "no/where").returncode == 1
        assert program("export", "--feedback", file, "-o", tmp_path / "set-2").returncode == 0
        assert service.get("/v1/feedback/" + receipt["id"]).json()["data_set"] == 1, "the first one"
    assert stat.S_IMODE((tmp_path / "set").stat().st_mode) == 0o700
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("fault", ["mode", "kind", "folder"])
def test_a_file_that_cannot_be_used_is_no_start(tmp_path, fault):
    file = tmp_path / "f.db"
    if fault == "mode":
        file.touch(0o600)
        os.chmod(file, 0o644)
    if fault == "kind":
        file.write_text("text " * 2000)
        os.chmod(file, 0o600)
    done = subprocess.run([PROGRAM, "serve", "--port", "0", "--feedback", tmp_path / "no/f.db" if fault == "folder" else file],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "f.db" in done.stderr and pathlib.Path(file).name in done.stderr
