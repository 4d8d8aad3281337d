"""Start and stop: one clear line where it cannot start, ready only when it is, and an end without a lost photo."""

import re
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

from running_service import PROGRAM, Service, photo, wait_for


def serve(*arguments, environment=None, seconds=60):
    return subprocess.run([PROGRAM, "serve", *map(str, arguments)], capture_output=True, text=True,
                          timeout=seconds, env={"PATH": "/usr/bin:/bin", **(environment or {})})


def one_line(done, status):
    assert done.returncode == status, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith("{")]
    assert done.stdout == "" or status == 1
    return lines


# Where it cannot start

def test_a_port_that_is_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        lines = one_line(serve("--host", "127.0.0.1", "--port", port), 1)
        assert lines == [f"face-privacy: cannot listen on 127.0.0.1 port {port}: Address already in use"]
        lines = one_line(serve("--host", "127.0.0.1", "--port", 0, "--metrics-port", port), 1)
        assert len(lines) == 1 and str(port) in lines[0]


@pytest.mark.parametrize("arguments, word", [
    (["--model", "/nowhere.onnx"], "/nowhere.onnx"),
    (["--model", "/etc/hostname"], "model"),
    (["--host", "no.such.host.invalid"], "no.such.host.invalid"),
    (["--host", "192.0.2.1"], "192.0.2.1"),
    (["--tls-cert", "/etc/hostname"], "TLS"),
    (["--tls-cert", "/etc/hostname", "--tls-key", "/etc/hostname"], "/etc/hostname"),
    (["--tls-cert", "/nowhere", "--tls-key", "/nowhere"], "/nowhere"),
    (["--api-keys", "/nowhere"], "/nowhere"),
    (["--api-keys", "/etc/passwd"], "line 1"),
    (["--api-keys", "/dev/null"], "no key"),
    (["--web", "/etc"], "/etc"),
])
def test_what_cannot_be_used_is_said_in_one_line(arguments, word):
    lines = one_line(serve("--port", 0, *arguments), 1)
    assert len(lines) == 1 and lines[0].startswith("face-privacy: ") and word in lines[0], lines


@pytest.mark.parametrize("arguments, word", [
    (["--port", "99999"], "--port"), (["--port", "-1"], "--port"), (["--port", "http"], "--port"), (["--no-such-flag"], "--no-such-flag"),
    (["--threads", "0"], "--threads"), (["--profile", "slow"], "--profile"), (["--min-score", "2"], "--min-score"),
    (["--max-body", "many"], "--max-body"), (["--max-pixels", "0"], "--max-pixels"), (["--queue", "-1"], "--queue"),
    (["--request-timeout", "0"], "--request-timeout"), (["--log-level", "loud"], "--log-level"), (["--web", "/nowhere"], "--web"),
    (["extra"], "extra"), (["--max-connections", "0"], "--max-connections"), (["--request-timeout", "nan"], "--request-timeout"),
    (["--min-score", "nan"], "--min-score"),
])
def test_a_bad_flag_is_named_and_is_a_usage_error(arguments, word):
    done = serve(*arguments)
    assert done.returncode == 2 and word in done.stderr and len(done.stderr.strip().splitlines()) <= 2, done.stderr


@pytest.mark.parametrize("name, value, word", [
    ("PORT", "99999", "FACE_PRIVACY_PORT"), ("MODEL", "/nowhere.onnx", "/nowhere.onnx"), ("PROFILE", "slow", "FACE_PRIVACY_PROFILE"),
    ("MAX_BODY", "many", "FACE_PRIVACY_MAX_BODY"), ("API_KEYS", "/nowhere", "/nowhere"), ("THREADS", "none", "FACE_PRIVACY_THREADS"),
])
def test_the_environment_is_read_as_strictly(name, value, word):
    done = serve("--port", 0, environment={f"FACE_PRIVACY_{name}": value}) if name != "PORT" else serve(environment={"FACE_PRIVACY_PORT": value})
    assert done.returncode in (1, 2) and word in done.stderr, done.stderr


def test_help_names_every_flag_with_its_twin():
    text = serve("--help").stdout
    flags = set(re.findall(r"^  --([a-z][a-z-]+)", text, re.MULTILINE))
    twins = set(re.findall(r"Env:(FACE_PRIVACY_\w+)", text))
    assert {"port", "api-keys", "max-in-flight", "drain-timeout"} <= flags
    assert {"FACE_PRIVACY_" + flag.upper().replace("-", "_") for flag in flags} == twins


# Start

def test_port_0_prints_the_port():
    process = subprocess.Popen([PROGRAM, "serve", "--host", "127.0.0.1", "--port", "0", "--metrics-port", "0", "--log-level", "off"],
                               stdout=subprocess.PIPE, text=True)
    try:
        api = re.fullmatch(r"face-privacy listens on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())[1]
        metrics = re.fullmatch(r"metrics on (http://127\.0\.0\.1:\d+/metrics)\n", process.stdout.readline())[1]
        assert requests.get(api + "/livez", timeout=20).status_code == 200
        assert "face_privacy_build_info" in requests.get(metrics, timeout=20).text
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_the_environment_sets_what_flags_set_and_flags_win():
    environment = {"FACE_PRIVACY_MAX_BODY": "1KiB", "FACE_PRIVACY_QUEUE": "7", "FACE_PRIVACY_PROFILE": "fast",
                   "FACE_PRIVACY_THREADS": "2", "FACE_PRIVACY_CORS_ORIGIN": "https://a.example,https://b.example"}
    with Service("--threads", "1", environment=environment) as service:
        assert service.post("/v1/blur", bytes(1025)).status_code == 413
        assert service.metric("face_privacy_queue_capacity") == 7
        assert service.metric("face_privacy_compute_threads") == 1
        assert service.post("/v1/blur", photo(name=None, size=(16, 16))).status_code == 200
        assert service.metric("face_privacy_photos_total", operation="blur", profile="fast", style="blur") == 1
        for origin in ("https://a.example", "https://b.example"):
            assert service.get("/livez", headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin


def test_it_is_alive_before_it_is_ready_and_takes_no_photo_before():
    """What is answered while the first inference runs is either 'starting' or, already, 'ready'."""
    service = Service("--threads", "2").launch()
    try:
        seen = []

        def ready():
            answer = requests.get(service.url("/readyz"), timeout=20)
            seen.append(answer.status_code)
            if answer.status_code == 503:
                assert answer.json()["code"] == "starting"
                assert requests.get(service.url("/livez"), timeout=20).status_code == 200
                early = requests.post(service.url("/v1/blur"), data=photo(name=None, size=(16, 16)), timeout=60)
                assert early.status_code == 200 or (early.json()["code"] == "starting" and early.headers["Retry-After"])
            return answer.status_code == 200
        wait_for(ready, "ready")
        assert set(seen) <= {503, 200}
        assert service.metric("face_privacy_ready") == 1
        line = wait_for(lambda: [line for line in service.log() if line["event"] == "ready"], "a line that says so")[0]
        assert line["model"]
    finally:
        assert service.stop() == 0


def test_limits_of_photos_do_not_keep_it_from_starting():
    with Service("--threads", "1", "--max-pixels", "10", "--max-body", "10") as service:
        assert service.get("/readyz").status_code == 200


# Stop

@pytest.mark.parametrize("given", ["a pipe that closes", "a pipe whose owner is killed", "nothing"])
def test_it_ends_with_standard_input_where_that_is_asked_for(given):
    writer = {"a pipe that closes": ["cat"], "a pipe whose owner is killed": ["sleep", "300"]}.get(given)
    owner = subprocess.Popen(writer, stdin=subprocess.PIPE, stdout=subprocess.PIPE) if writer else None
    started = subprocess.Popen([PROGRAM, "serve", "--host", "127.0.0.1", "--port", "0", "--until-stdin-ends"], text=True,
                               stdin=owner.stdout if owner else subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    assert started.stdout.readline().startswith("face-privacy listens on")
    if owner:
        owner.stdin.write(b"what is written there is thrown away" * 100)
        owner.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(1)
        owner.stdin.close() if given == "a pipe that closes" else owner.kill()
        owner.wait(20)
        owner.stdout.close()
    assert started.wait(60) == 0
    started.communicate()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_service_ends_at_once_whatever_connections_are_open(how):
    service = Service("--threads", "1").start()
    wires = [service.connect() for _ in range(5)]
    wires[0].request("GET /livez HTTP/1.1").answer()
    assert service.stop(how) == 0
    assert all(wire.ended() for wire in wires)
    events = [line["event"] for line in service.log()]
    assert events[-2:] == ["draining", "stopped"]


def test_a_drain_finishes_what_runs_and_refuses_what_is_new():
    content = photo("png", size=(800, 560))
    service = Service("--threads", "1", "--request-timeout", "300", "--drain-timeout", "300").start()
    outcomes = []
    crowd = [threading.Thread(target=lambda: outcomes.append(requests.post(service.url("/v1/blur?profile=thorough"), data=content, timeout=300)))
             for _ in range(3)]
    for member in crowd:
        member.start()
    wait_for(lambda: service.metric("face_privacy_queue_depth") == 2, "two waiting")
    with service.connect() as open_before:
        open_before.request("GET /livez HTTP/1.1").answer()
        service.process.send_signal(signal.SIGTERM)
        wait_for(lambda: service.get("/readyz").status_code == 503, "draining")
        assert service.get("/readyz").json()["code"] == "draining"
        refused = service.post("/v1/blur", content)
        assert refused.status_code == 503 and refused.json()["code"] == "draining" and refused.headers["Retry-After"]
        answer = open_before.request("GET /livez HTTP/1.1").answer()
        assert answer.status == 200 and answer.headers["connection"] == "close"
    for member in crowd:
        member.join()
    assert service.process.wait(timeout=60) == 0
    assert [outcome.status_code for outcome in outcomes] == [200, 200, 200]
    assert all(int(outcome.headers["X-Face-Count"]) >= 3 for outcome in outcomes)


@pytest.mark.parametrize("cut", ["drain timeout", "second signal"])
def test_a_drain_that_takes_too_long_is_cut_short_and_says_so(cut):
    content = photo("png", size=(1500, 1050))
    service = Service("--threads", "1", "--drain-timeout", "0.3" if cut == "drain timeout" else "100").start()
    outcomes = []
    crowd = [threading.Thread(target=lambda: outcomes.append(requests.post(service.url("/v1/blur?profile=thorough"), data=content, timeout=300)))
             for _ in range(4)]
    for member in crowd:
        member.start()
    wait_for(lambda: service.metric("face_privacy_queue_depth") == 3, "three waiting")
    service.process.send_signal(signal.SIGTERM)
    if cut == "second signal":
        time.sleep(0.2)
        service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=60) == 1
    for member in crowd:
        member.join()
    assert {outcome.status_code for outcome in outcomes} <= {200, 503} and 503 in [outcome.status_code for outcome in outcomes]
