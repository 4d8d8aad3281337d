"""What protects the service: limits while reading, a bounded queue, deadlines, clients that go away. Each test
starts a service with the limit it is about, and none depends on how fast the machine is."""

import concurrent.futures
import contextlib
import pathlib
import re
import socket
import threading
import time

import pytest
import requests
from PIL import Image

from hostile import png
from running_service import DEMO, Service, children, encoded, photo, problem, wait_for

LARGE = 8_000_000


@pytest.fixture(scope="module")
def slow_photo():
    """Keeps a compute thread busy for seconds: large, and looked at thoroughly. Nobody waits for it."""
    picture = Image.open(DEMO / "sample6.jpg").resize((3600, 2880))
    return encoded(picture, "png", compress_level=1)


SLOW = "/v1/blur?profile=thorough&format=png"


@pytest.fixture(scope="module")
def tight():
    """Small limits of everything that is checked while a request is read."""
    with Service("--threads", "1", "--profile", "fast", "--max-body", "100000", "--max-pixels", "1000000", "--max-frames", "3",
                 "--max-requests-per-connection", "3", "--header-timeout", "0.5", "--idle-timeout", "1.5",
                 "--stall-timeout", "0.5") as service:
        yield service


# While reading

def test_a_body_announced_too_large_is_refused_before_it_is_sent(tight):
    with tight.connect() as wire:
        answer = wire.request("POST /v1/blur HTTP/1.1", "Content-Length: 100001").answer()
        assert (answer.status, answer.code) == (413, "too_many_bytes")
    with tight.connect() as wire:
        answer = wire.request("POST /v1/blur HTTP/1.1", "Content-Length: 100001", "Expect: 100-continue").answer()
        assert answer.status == 413 and wire.ended()


def test_a_body_that_grows_too_large_is_refused_while_it_comes(tight):
    """In chunks nobody knows how much there will be. The client may go on sending: it still reads the answer."""
    with tight.connect() as wire:
        wire.request("POST /v1/blur HTTP/1.1", "Transfer-Encoding: chunked")
        sent = 0
        with contextlib.suppress(ConnectionError):
            for _ in range(40):
                wire.send(b"8000\r\n" + bytes(0x8000) + b"\r\n")
                sent += 0x8000
        answer = wire.answer()
        assert (answer.status, answer.code) == (413, "too_many_bytes") and sent > 100_000
    assert problem(tight.post("/v1/blur", iter([bytes(60_000)] * 2)), 413) == "too_many_bytes"
    assert tight.post("/v1/blur", photo(name=None, size=(64, 64))).status_code == 200


def test_a_client_that_sends_all_the_same_reads_the_answer(tight):
    """As requests does: the whole body first. A reset by the server would lose the answer."""
    assert problem(tight.post("/v1/blur", bytes(LARGE)), 413) == "too_many_bytes"
    assert problem(requests.post(tight.url("/v1/blur"), files={"p": bytes(2_000_000)}, timeout=60), 413) == "too_many_bytes"


def test_pixels_and_frames_are_counted_in_the_header(tight):
    """A small file of a huge picture is refused for what its header says."""
    bomb = encoded(Image.new("1", (20000, 20000)), "png")
    assert len(bomb) < 100_000
    for too_large in (bomb, photo(name=None, size=(1001, 1000))):
        assert problem(tight.post("/v1/blur", too_large), 422) == "too_many_pixels"
    assert tight.post("/v1/blur", photo(name=None, size=(1000, 1000))).status_code == 200
    frames = [Image.new("RGB", (40, 40), (shade, 0, 0)) for shade in (0, 80, 160, 240)]
    animation = encoded(frames[0], "gif", save_all=True, append_images=frames[1:])
    assert problem(tight.post("/v1/blur", animation), 422) == "too_many_frames"


def test_what_cannot_be_done_is_refused_before_a_pixel_is_decoded(service):
    tall = png(1954, 65500, 1, 0, broken=True)
    assert problem(service.post("/v1/blur?detect=false", tall), 422) == "damaged_photo"
    for query in ("format=webp", "format=avif"):
        assert problem(service.post(f"/v1/blur?{query}", tall), 422) == "too_costly", query


def test_a_head_that_comes_too_slowly_is_given_up(tight):
    """Slow-loris: a byte now and then keeps nothing alive beyond the header timeout."""
    with tight.connect() as wire:
        wire.send("GET /livez HTTP/1.1\r\nHost: a\r\n")
        start = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - start < 1.2:
                wire.send("X: y\r\n")
                time.sleep(0.1)
        answer = wire.answer()
        assert (answer.status, answer.code) == (408, "request_timeout") and wire.ended()


def test_a_body_that_stops_is_given_up(tight):
    with tight.connect() as wire:
        wire.request("POST /v1/blur HTTP/1.1", "Content-Length: 1000").send(b"abc")
        answer = wire.answer()
        assert (answer.status, answer.code) == (408, "request_timeout") and wire.ended()


def test_a_body_that_trickles_is_given_up(tight):
    """A byte within each stall timeout is progress, and still far too slow."""
    with tight.connect() as wire:
        wire.request("POST /v1/blur HTTP/1.1", "Content-Length: 100000")
        start = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - start < 3 and not readable(wire):
                wire.send(b"x")
                time.sleep(0.05)
        assert (wire.answer().code) == "request_timeout" and time.monotonic() - start < 3


def readable(wire):
    wire.socket.settimeout(0)
    try:
        return bool(wire.socket.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        wire.socket.settimeout(60)


def test_an_idle_connection_is_closed(tight):
    with tight.connect() as fresh, tight.connect() as used:
        used.request("GET /livez HTTP/1.1").answer()
        assert fresh.ended() and used.ended()


def test_a_connection_serves_so_many_requests_and_no_more(tight):
    with tight.connect() as wire:
        for last in (False, False, True):
            answer = wire.request("GET /livez HTTP/1.1").answer()
            assert (answer.headers["connection"] == "close") == last
        assert wire.ended()


def test_more_connections_than_allowed_are_closed_at_once():
    with Service("--threads", "1", "--max-connections", "5", metrics=True) as service:
        wait_for(lambda: service.metric("face_privacy_connections_open") == 1, "none but the scrape's own")
        wires = [service.connect() for _ in range(5)]
        for wire in wires:
            assert wire.request("GET /livez HTTP/1.1").answer().status == 200
        with service.connect() as one_too_many:
            assert one_too_many.ended()
        assert service.metric("face_privacy_rejected_requests_total", reason="connection_limit") == 1
        wires.pop().close()
        wait_for(lambda: service.metric("face_privacy_connections_open") == 5, "one has left")
        with service.connect() as wire:
            assert wire.request("GET /livez HTTP/1.1").answer().status == 200
        for wire in wires:
            wire.close()


# The queue

@pytest.fixture
def busy(slow_photo):
    """One thread with something to do for a while, and room for one more photo to wait."""
    with Service("--threads", "1", "--queue", "1", "--request-timeout", "300") as service:
        with service.connect() as worked_on, service.connect() as waiting:
            worked_on.request(f"POST {SLOW} HTTP/1.1", body=slow_photo)
            wait_for(lambda: service.metric("face_privacy_compute_busy_threads") == 1, "at work")
            waiting.request(f"POST {SLOW} HTTP/1.1", body=slow_photo)
            wait_for(lambda: service.metric("face_privacy_queue_depth") == 1, "one waiting")
            yield service, slow_photo


def test_a_full_queue_is_told_at_once_and_the_rest_of_the_service_goes_on(busy):
    service, content = busy
    with service.connect() as wire:  # known before the body is there, so it is not waited for
        answer = wire.request("POST /v1/blur HTTP/1.1", f"Content-Length: {len(content)}", "Expect: 100-continue").answer()
        assert (answer.status, answer.code) == (429, "queue_full")
        assert 1 <= int(answer.headers["retry-after"]) <= 30
    refused = service.post(SLOW, content)
    assert problem(refused, 429) == "queue_full" and int(refused.headers["Retry-After"]) >= 1
    for path in ("/livez", "/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert service.get(path).status_code == 200
    assert service.metric("face_privacy_rejected_requests_total", reason="queue_full") == 2
    assert service.metric("face_privacy_queue_capacity") == 1
    assert service.metric("face_privacy_requests_in_flight") == 2
    assert service.metric("face_privacy_in_flight_bytes") > 0


def test_a_refused_client_may_use_its_connection_again(busy):
    service, content = busy
    with service.connect() as wire:
        assert wire.request("POST /v1/blur HTTP/1.1", body=content[:500_000]).answer().status == 429
        assert wire.request("GET /livez HTTP/1.1").answer().status == 200


def test_a_photo_that_takes_too_long_is_given_up(slow_photo):
    """The time in the queue counts: the second one never gets to work at all."""
    with Service("--threads", "1", "--request-timeout", "0.2") as service:
        outcomes = []
        crowd = [threading.Thread(target=lambda: outcomes.append(service.post(SLOW, slow_photo))) for _ in range(2)]
        for member in crowd:
            member.start()
        for member in crowd:
            member.join()
        assert [problem(outcome, 504) for outcome in outcomes] == ["deadline_exceeded"] * 2
        assert service.metric("face_privacy_rejected_requests_total", reason="deadline") == 2
        wait_for(lambda: service.metric("face_privacy_compute_busy_threads") == 0, "idle")
        assert service.post("/v1/blur?profile=fast", photo(name=None, size=(64, 64))).status_code == 200


def test_a_photo_whose_time_would_be_over_in_the_queue_is_refused_at_once(slow_photo):
    """The queue has room for it, and it would only wait there for its 504."""
    tiny = photo(name=None, size=(16, 16))
    with Service("--threads", "1", "--queue", "1000", "--request-timeout", "5") as service:
        wires = [service.connect() for _ in range(160)]
        wires[0].request(f"POST {SLOW} HTTP/1.1", body=slow_photo)
        wait_for(lambda: service.metric("face_privacy_compute_busy_threads") == 1, "at work")
        for wire in wires[1:]:  # 50 ms a photo is what a service expects that knows no better yet
            wire.request("POST /v1/blur?profile=fast HTTP/1.1", body=tiny)
        wait_for(lambda: service.metric("face_privacy_rejected_requests_total", reason="queue_full") > 0, "refused")
        for wire in wires:
            wire.close()


def test_work_for_a_client_that_went_away_is_dropped(slow_photo):
    with Service("--threads", "1") as service:
        wires = [service.connect() for _ in range(3)]
        for wire in wires:
            wire.request(f"POST {SLOW} HTTP/1.1", body=slow_photo)
        wait_for(lambda: service.metric("face_privacy_queue_depth") == 2, "two waiting")
        for wire in wires:
            wire.close()
        wait_for(lambda: service.metric("face_privacy_cancelled_requests_total", phase="process") == 3, "all noticed")
        wait_for(lambda: service.metric("face_privacy_compute_busy_threads") == 0, "idle")
        assert service.metric("face_privacy_requests_in_flight") == service.metric("face_privacy_in_flight_bytes") == 0
        assert service.metric("face_privacy_photos_total", operation="blur", profile="thorough", style="blur") == 0
        cancelled = wait_for(lambda: [line for line in service.log() if line.get("cancelled")][2:] and service.log(), "logged")
        assert all(line["status"] == 0 for line in cancelled if line.get("cancelled"))


def test_a_client_that_cuts_off_its_upload_leaves_nothing_behind():
    with Service("--threads", "1") as service:
        for _ in range(20):
            with service.connect() as wire:
                wire.request("POST /v1/blur HTTP/1.1", "Content-Length: 60000000").send(bytes(100_000))
        wait_for(lambda: service.metric("face_privacy_cancelled_requests_total", phase="receive") == 20, "noticed")
        assert service.metric("face_privacy_in_flight_bytes") == 0


def test_bytes_in_flight_are_bounded():
    """Three bodies that are under way, each within the limit of a body, and no room for the third."""
    with Service("--threads", "1", "--max-body", "8MiB", "--max-in-flight", "16MiB") as service:
        half = bytes(7 << 20)
        wires = [service.connect() for _ in range(2)]
        for wire in wires:
            wire.request("POST /v1/blur HTTP/1.1", f"Content-Length: {8 << 20}").send(half)
        wait_for(lambda: service.metric("face_privacy_in_flight_bytes") >= 14 << 20, "both there")
        refused = service.post("/v1/blur", half)
        assert problem(refused, 429) == "too_many_bytes_in_flight" and refused.headers["Retry-After"]
        assert service.metric("face_privacy_in_flight_bytes") <= service.metric("face_privacy_in_flight_limit_bytes") == 16 << 20
        for wire in wires:
            wire.close()
        wait_for(lambda: service.metric("face_privacy_in_flight_bytes") == 0, "both gone")
        assert problem(service.post("/v1/blur", half), 415) == "not_a_photo"


def most_large_workers(service, end):
    """How many processes of its host held more than 80 MB at a time, for as long as it is looked at."""
    most = 0
    while not end.wait(0.02):
        large = 0
        for host in children(service.process.pid):
            for worker in children(host):
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    status = pathlib.Path(f"/proc/{worker}/status").read_text()
                    large += int((re.search(r"RssAnon:\s+(\d+) kB", status) or [0, 0])[1]) > 80_000
        most = max(most, large)
    return most


def test_huge_photos_in_small_files_take_their_memory_one_after_the_other():
    """Forty megapixels of one color each: bodies of some kilobytes, hundreds of megabytes at work."""
    huge = png(8000, 5000, 8, 2)
    assert len(huge) < 200_000
    with Service("--threads", "4", "--max-working-memory", "256MiB") as service:
        end = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(13) as pool:
            watched = pool.submit(most_large_workers, service, end)
            answers = list(pool.map(lambda _: service.post("/v1/detect?profile=fast", huge), range(12)))
            end.set()
            most = watched.result()
    statuses = {answer.status_code for answer in answers}
    assert 200 in statuses and statuses <= {200, 429}, statuses
    for answer in answers:
        if answer.status_code == 429:
            assert problem(answer, 429) == "too_many_bytes_in_flight" and answer.headers["Retry-After"]
    assert most == 1


def test_what_was_announced_and_not_sent_costs_nothing():
    with Service("--threads", "1") as service:
        before = service.resident_bytes()
        wires = [service.connect() for _ in range(50)]
        for wire in wires:
            wire.request("POST /v1/blur HTTP/1.1", "Content-Length: 60000000").send(b"x")
        wait_for(lambda: service.metric("face_privacy_requests_in_flight") == 50, "all there")
        assert service.resident_bytes() - before < 50_000_000
        for wire in wires:
            wire.close()


def test_a_client_that_does_not_read_its_answer_is_given_up(slow_photo):
    with Service("--threads", "1", "--stall-timeout", "0.5") as service:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", service.port))
        connection.sendall(b"POST /v1/blur?detect=false HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(slow_photo) + slow_photo)
        wait_for(lambda: service.metric("face_privacy_rejected_requests_total", reason="slow_client") == 1, "noticed")
        assert service.metric("face_privacy_cancelled_requests_total", phase="send") == 1
        assert service.metric("face_privacy_in_flight_bytes") == 0
        connection.close()
