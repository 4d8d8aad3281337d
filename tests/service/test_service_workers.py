"""Photos are worked on in processes that may die: whatever a file does there, it does to its own request."""

import io
import os
import pathlib
import random
import signal
import threading
import time

import numpy
import pytest
from PIL import Image

from conftest import TESTDATA
from hostile import FILES, REFUSALS, GoodPhotos, animation, hostile_requests
from running_service import Service, children, encoded, in_memory, photo, problem, wait_for

SECONDS = 3  # --request-timeout


def slow_request():
    """Takes a worker longer than any timeout of these tests."""
    return "/v1/blur?profile=thorough", animation(300, 400)


@pytest.fixture(scope="module")
def workers():
    with Service("--threads", 2, "--request-timeout", SECONDS) as service:
        yield service


def host_of(service):
    return children(service.process.pid)[0]


def test_no_hostile_file_costs_more_than_its_own_request(workers):
    host = host_of(workers)
    with GoodPhotos(workers) as good:
        for name, options, body in hostile_requests():
            start = time.monotonic()
            answer = workers.post("/v1/blur" + options, body, kind="application/octet-stream")
            assert answer.status_code in (200, 422, 504), (name, answer.status_code, answer.text[:300])
            assert time.monotonic() - start < SECONDS + 5, name
            if answer.status_code != 200:
                assert problem(answer, answer.status_code) in REFUSALS, (name, answer.text)
    assert good.answers and not good.wrong()
    assert host_of(workers) == host


def test_a_worker_that_is_late_is_gone_and_counted(workers):
    before = workers.metric("face_privacy_workers_restarted_total", reason="deadline")
    body = (FILES / "arithmetic_97_scans.jpg").read_bytes()
    answer = workers.post("/v1/blur", body)
    if answer.status_code == 504:
        wait_for(lambda: workers.metric("face_privacy_workers_restarted_total", reason="deadline") > before,
                 "a worker counted as late", 10)  # the answer does not wait for its end
        assert workers.metric("face_privacy_worker_killed_seconds_total") > 0

    def quiet():  # the spares alone, which have done nothing
        ticks = [int((pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split())[11])
                 for pid in children(host_of(workers))]
        return len(ticks) == 2 and sum(ticks) < 100
    wait_for(quiet, "no worker at work", 10)


def test_the_service_is_alive_and_ready_while_a_photo_hangs(workers):
    answers = []
    slow = threading.Thread(target=lambda: answers.append(workers.post(*slow_request())))
    slow.start()
    try:
        for _ in range(5):
            assert workers.get("/livez").status_code == 200 and workers.get("/readyz").status_code == 200
    finally:
        slow.join(60)
    assert answers[0].status_code == 504


def test_workers_killed_at_any_moment_cost_no_wrong_answer(workers):
    """FACE_PRIVACY_KILL_SECONDS=60 for the long run."""
    chance = random.Random(1)
    end = time.monotonic() + float(os.environ.get("FACE_PRIVACY_KILL_SECONDS", "6"))
    killed = 0
    with GoodPhotos(workers) as good:
        while time.monotonic() < end:
            found = children(host_of(workers))
            if found:
                try:
                    os.kill(chance.choice(found), signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
            good.end.wait(chance.uniform(0.01, 0.08))
    print(f"{killed} workers killed, {len(good.seconds)} answers, {sum(good.wrong().values())} of them problems")
    assert killed > 10 and len(good.seconds) > 5
    for answer in good.wrong():
        assert answer.startswith("422 ") and '"too_costly"' in answer, answer


def test_a_host_that_is_killed_is_started_again(workers):
    with GoodPhotos(workers) as good:
        host = host_of(workers)
        os.kill(host, signal.SIGKILL)
        wait_for(lambda: children(workers.process.pid) not in ([], [host]), "another host", 20)
    assert workers.post("/v1/blur?style=fill", good.body).content == good.right
    assert not good.wrong()


def test_host_and_workers_do_not_get_the_services_variables():
    """Keys and passwords may be among them, and whoever takes a worker over can read its memory."""
    with Service("--threads", 1, environment={"MLFLOW_TRACKING_PASSWORD": "never-to-be-seen",
                                              "FACE_PRIVACY_PROFILE": "fast"}) as service:
        assert b"never-to-be-seen" in pathlib.Path(f"/proc/{service.process.pid}/environ").read_bytes()
        host = host_of(service)
        for process in (host, *children(host)):
            variables = pathlib.Path(f"/proc/{process}/environ").read_bytes()
            assert b"never-to-be-seen" not in variables and b"FACE_PRIVACY_" not in variables


def middle_of(file):
    return file[len(file) // 2:][:32]


def test_nothing_of_a_photo_stays_in_any_process():
    """Of one that is edited in place, whose worker waits for the next."""
    body = photo(size=(1600, 1200), quality=95)
    with Service("--threads", "1", "--profile", "fast") as service:
        host = host_of(service)
        for _ in range(3):
            answer = service.post("/v1/blur?style=fill", body)
            assert answer.status_code == 200
            marks = middle_of(body), middle_of(answer.content)
            for process in (service.process.pid, host, *children(host)):
                for mark in marks:
                    wait_for(lambda: not in_memory(process, mark), "memory that is wiped", 10)


def test_no_answer_holds_bytes_of_another_clients_photo(workers):
    """A photo with a pattern in every pixel row; then broken files, which must not bring it to light."""
    chance = numpy.random.default_rng(5)
    pattern = chance.integers(0, 256, (64, 64, 3), dtype=numpy.uint8)
    secret = encoded(Image.fromarray(numpy.tile(pattern, (4, 4, 1))), "png")
    needles = {pattern.tobytes()[at:at + 8] for at in range(0, pattern.size - 8, 8)}
    victims = [path.read_bytes() for path in sorted(TESTDATA.glob("codec/*.*"))
               if path.suffix in (".avif", ".png", ".webp", ".jpg", ".heic")]
    assert victims
    for turn in range(100):
        assert workers.post("/v1/blur?detect=false", secret, kind="image/png").status_code == 200
        body = bytearray(victims[turn % len(victims)])
        for _ in range(turn % 7):
            body[int(chance.integers(20, len(body)))] = int(chance.integers(0, 256))
        answer = workers.post("/v1/blur?detect=false&format=png", bytes(body), kind="application/octet-stream")
        if answer.status_code != 200:
            continue
        picture = Image.open(io.BytesIO(answer.content))
        pixels = picture.tobytes()
        assert not any(needle in pixels for needle in needles), turn


def test_the_host_has_no_module_for_formats_that_are_not_read(workers):
    maps = pathlib.Path(f"/proc/{host_of(workers)}/maps").read_text()
    for library in ("libMagick", "libpoppler", "libopenslide", "vips-modules"):
        assert library not in maps


def test_sigterm_ends_everything_whatever_a_worker_does():
    service = Service("--threads", 1, "--request-timeout", 60, "--drain-timeout", 1).start()
    host = host_of(service)
    slow = threading.Thread(target=lambda: service.post(*slow_request()))
    slow.start()
    wait_for(lambda: service.metric("face_privacy_compute_busy_threads") == 1, "work", 20)
    start = time.monotonic()
    service.stop()
    assert time.monotonic() - start < 6
    slow.join(60)
    wait_for(lambda: not pathlib.Path(f"/proc/{host}").exists(), "the end of the host", 10)
