"""Keys, TLS, and what the log and the disk get to know."""

import hashlib
import json
import os
import pathlib
import ssl
import subprocess
import warnings

import pytest
import requests

from running_service import DEMO, Service, photo, problem, wait_for

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # but in one test
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PHOTO_ROUTES = ["/v1/blur", "/v1/detect", "/detect_faces"]


@pytest.fixture(scope="module")
def grass():
    return photo(name=None, size=(64, 64))


# Keys

@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys") / "keys.txt"
    keys.write_text("# who may send photos\n\n" + "".join(
        f"{name} {hashlib.sha256(key.encode()).hexdigest()}\r\n" for name, key in [("website", "first-key"), ("batch", "second-key")]))
    with Service("--threads", "1", "--api-keys", keys) as service:
        yield service


@pytest.mark.parametrize("route", PHOTO_ROUTES)
def test_photos_need_a_key(locked, grass, route):
    for headers in [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic first-key"}, {"X-API-Key": ""},
                    {"Authorization": "Bearer first-ke"}, {"Authorization": "Bearer first-keyy"},
                    {"X-API-Key": hashlib.sha256(b"first-key").hexdigest()}, {"X-API-Key": "website"}]:
        answer = locked.post(route, grass, headers=headers)
        assert problem(answer, 401) == "unauthorized"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for headers in [{"Authorization": "Bearer first-key"}, {"Authorization": "bearer second-key"}, {"X-API-Key": "second-key"}]:
        assert locked.post(route, grass, headers=headers).status_code == 200


def test_everything_else_needs_none(locked):
    for path in ("/livez", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"):
        assert locked.get(path).status_code == 200


def test_the_log_names_the_key_and_never_shows_it(locked, grass):
    answer = locked.post("/v1/blur", grass, headers={"X-API-Key": "second-key"})
    assert locked.logged(answer.headers["X-Request-Id"])["key"] == "batch"
    assert "second-key" not in locked.log_text() and "wrong" not in locked.log_text()


def test_a_key_is_asked_for_before_the_body(locked):
    with locked.connect() as wire:
        answer = wire.request("POST /v1/blur HTTP/1.1", "Content-Length: 5000000", "Expect: 100-continue").answer()
        assert answer.status == 401 and wire.ended()


# TLS

@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    with Service("--threads", "1", "--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem", "--header-timeout", "1",
                 metrics=True) as service:
        service.certificate = str(folder / "cert.pem")
        yield service


def test_photos_go_over_tls(secure):
    faces = (DEMO / "sample3.jpg").read_bytes()
    answer = requests.post(secure.url("/v1/blur"), files={"p": ("p.jpg", faces, "image/jpeg")}, verify=secure.certificate, timeout=60)
    assert answer.status_code == 200 and int(answer.headers["X-Face-Count"]) >= 3
    assert answer.headers["Strict-Transport-Security"]
    with requests.Session() as session:
        session.trust_env, session.verify = False, secure.certificate
        for _ in range(3):
            assert session.post(secure.url("/v1/detect"), data=faces, timeout=60).status_code == 200
    assert "https://" in secure.output_text()


def test_old_tls_and_no_tls_are_refused(secure):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with secure.connect() as wire, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(wire.socket)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{secure.port}/livez", timeout=10)
    with secure.connect() as silent:  # shakes no hands
        assert silent.ended()
    assert secure.get("/livez").status_code == 200


# A listener of its own for metrics

def test_metrics_may_have_an_address_of_their_own(secure, grass):
    assert problem(secure.get("/metrics"), 404) == "not_found"
    inside = f"http://{secure.instance}"
    assert "face_privacy_ready 1" in requests.get(inside + "/metrics", timeout=10).text
    for path in ("/livez", "/healthz", "/readyz"):
        assert requests.get(inside + path, timeout=10).status_code == 200
    for path in ("/", "/docs", "/openapi.json"):
        assert requests.get(inside + path, timeout=10).status_code == 404
    assert requests.post(inside + "/v1/blur", data=grass, timeout=10).status_code == 404
    assert f"metrics on {inside}/metrics" in secure.output_text()


# The log

def test_a_request_is_one_line_of_json(service):
    answer = service.post("/v1/blur", photo(), headers={"traceparent": TRACE})
    line = service.logged(answer.headers["X-Request-Id"])
    assert line["event"] == "request" and line["level"] == "info" and line["time"].endswith("Z")
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/blur", 200)
    assert line["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736" and line["parent_id"] == "00f067aa0ba902b7"
    assert line["faces"] == int(answer.headers["X-Face-Count"])
    assert line["received_bytes"] == len(photo()) and line["sent_bytes"] == len(answer.content)
    assert list(line["ms"]) == ["receive", "queue", "decode", "detect", "match", "redact", "encode", "send", "total"]
    assert "trace_id" not in service.logged(service.get("/livez", headers={"traceparent": "00-garbage"}).headers["X-Request-Id"])
    refused = service.post("/v1/blur?style=sepia", photo())
    assert service.logged(refused.headers["X-Request-Id"])["code"] == "invalid_option"


def test_the_log_says_nothing_of_photos_or_what_was_asked(service, grass):
    secrets = ["marker-file", "marker-query", "marker-field", "marker-agent", "marker-path", "marker-type", "marker-host"]
    requests.post(service.url("/v1/blur?marker-query=marker-query"), files={"marker-field": ("marker-file.jpg", grass, "image/jpeg")}, timeout=60)
    requests.post(service.url("/v1/blur?color=marker-query"), data=grass, headers={"User-Agent": "marker-agent"}, timeout=60)
    requests.post(service.url("/v1/detect"), files={"p": ("marker-file.jpg", b"marker-file" * 10, "image/marker-type")}, timeout=60)
    answer = requests.get(service.url("/marker-path?a=marker-query"), headers={"Host": "marker-host", "Referer": "marker-agent"}, timeout=60)
    assert service.logged(answer.headers["X-Request-Id"])["route"] == "other"
    text = service.log_text() + service.output_text() + service.metrics()
    for secret in secrets:
        assert secret not in text, secret
    for line in service.log_text().splitlines():
        assert isinstance(json.loads(line), dict)


def test_nothing_is_logged_where_nobody_wants_it(grass):
    with Service("--threads", "1", log_level="off") as service:
        service.post("/v1/blur", grass)
        service.stop()
        assert service.log_text() == ""


# The disk

def test_no_photo_touches_the_disk(tmp_path):
    """Every file that is opened to write, or made, while photos are worked on: none."""
    faces = photo()
    with Service("--threads", "1", "--profile", "fast", environment={"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}) as service:
        before = pathlib.Path(f"/proc/{service.process.pid}/io").read_text()
        for kind in ("jpeg", "png", "webp", "tiff", "gif"):
            assert service.post("/v1/blur?format=avif" if kind == "tiff" else "/v1/blur", photo(kind)).status_code == 200
        assert service.post("/v1/blur", faces + bytes(9_000_000)).status_code == 200
        descriptors = [os.readlink(entry) for entry in pathlib.Path(f"/proc/{service.process.pid}/fd").iterdir() if entry.is_symlink()]
        after = pathlib.Path(f"/proc/{service.process.pid}/io").read_text()
    assert not list(tmp_path.rglob("*"))
    assert not [path for path in descriptors if path.startswith("/") and not path.startswith(("/dev/", "/tmp/#", "/proc/"))], descriptors
    written = [int(dict(line.split(": ") for line in text.splitlines())["write_bytes"]) for text in (before, after)]
    assert written[1] - written[0] < 100_000  # the log, which this test keeps in a file
    wait_for(lambda: service.process.poll() is not None, "end", 20)
