"""The page's container, without the container: Debian's nginx runs what deploy/docker/page renders, in
front of the real service, as a user who may write to one folder only."""

import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import pytest
import requests

from conftest import PROGRAM, ROOT

PAGE = ROOT / "deploy/docker/page"
LIMIT = 1 << 20
NOBODY = 65534
WAIT_SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what):
    """Asks again until it holds; fails after a time that only a fault takes."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        with contextlib.suppress(requests.ConnectionError, ConnectionError):
            if result := condition():
                return result
        assert time.monotonic() < end, f"{what} did not happen in {WAIT_SECONDS} s"
        time.sleep(0.05)


def stop(process, how=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(how)
    return process.wait(timeout=WAIT_SECONDS)


@contextlib.contextmanager
def running_service(port=0):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FACE_PRIVACY_")}
    process = subprocess.Popen([PROGRAM, "serve", "--host", "127.0.0.1", "--port", str(port)],
                               env={**environment, "FACE_PRIVACY_MAX_BODY": "1MiB"},
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = re.search(r"http://\S+", process.stdout.readline())[0]
        wait_for(lambda: requests.get(f"{url}/readyz").status_code == 200, "the service's start")
        yield url
    finally:
        stop(process)


class Page:
    """nginx, started by the entry point."""

    def __init__(self, folder, upstream, **environment):
        self.run_dir = folder / "run"
        self.run_dir.mkdir()
        self.log_file = folder / "log"
        self.log_file.touch()
        self.log_file.chmod(0o666)
        if os.getuid() == 0:
            os.chown(self.run_dir, NOBODY, NOBODY)
        for name in ("entrypoint.sh", "nginx.conf.template"):
            shutil.copy(PAGE / name, folder)
        shutil.copytree(ROOT / "web/dist", folder / "web")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["/bin/sh", folder / "entrypoint.sh"],
            env={"PATH": "/usr/sbin:/usr/bin:/bin", "FACE_PRIVACY_UPSTREAM": upstream,
                 "FACE_PRIVACY_MAX_BODY": "1MiB", "PAGE_PORT": str(port), "PAGE_ROOT": str(folder / "web"),
                 "PAGE_RUN_DIR": str(self.run_dir), **environment},
            stdout=self.log_file.open("a"), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            **({"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}))
        try:
            wait_for(self.is_up, "the page server's start")
        except BaseException:
            stop(self.process)
            raise

    def is_up(self):
        assert self.process.poll() is None, self.process.stderr.read()
        return requests.get(f"{self.url}/healthz").text == "ok\n"

    def log(self):
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


@pytest.fixture
def start_page():
    """Starts page servers, and stops them afterwards."""
    with contextlib.ExitStack() as cleanup:

        def start(upstream, **environment):
            folder = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="face-privacy-page-")))
            folder.chmod(0o755)  # nobody has to come through to the files
            page = Page(folder, upstream, **environment)
            cleanup.callback(stop, page.process)
            return page

        yield start


@pytest.fixture(scope="module")
def built_page():
    subprocess.run([ROOT / "scripts/build-web"], check=True)


@pytest.fixture(scope="module")
def service():
    with running_service() as url:
        yield url


@pytest.fixture
def page(built_page, service, start_page):
    return start_page(service)


@pytest.fixture
def photo(demo):
    return (demo / "sample3.jpg").read_bytes()


class TestStaticFiles:
    def test_page_comes_with_every_security_header(self, page):
        answer = requests.get(page.url)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', answer.text)[1].replace("&#39;", "'")
        assert answer.headers["Content-Security-Policy"] == f"{policy}; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert re.fullmatch("nginx", answer.headers["Server"]), "no version"
        assert "Strict-Transport-Security" not in answer.headers

    def test_transport_security_is_asked_for_behind_tls(self, page):
        answer = requests.get(page.url, headers={"X-Forwarded-Proto": "https"})
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"

    def test_assets_are_compressed_and_kept_for_ever(self, page):
        names = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', requests.get(page.url).text)
        assert len(names) >= 2
        for name in names:
            answer = requests.get(f"{page.url}/{name}", headers={"Accept-Encoding": "gzip"}, stream=True)
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            built = (ROOT / "web/dist" / name).read_bytes()
            body = answer.raw.read()
            if len(built) >= 512:  # gzip_min_length
                assert answer.headers["Content-Encoding"] == "gzip"
                body = gzip.decompress(body)
            assert body == built
            assert answer.headers["Content-Type"].split(";")[0] in ("text/javascript", "text/css")

    def test_page_itself_is_asked_for_anew_and_cheaply(self, page):
        first = requests.get(page.url)
        assert first.headers["Cache-Control"] == "no-cache"
        again = requests.get(page.url, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304

    def test_nothing_else_is_there(self, page):
        assert requests.get(f"{page.url}/nothing").status_code == 404
        assert requests.get(f"{page.url}/assets/").status_code == 403
        assert requests.post(page.url, data=b"x").status_code == 403
        assert requests.get(f"{page.url}/..%2fentrypoint.sh").status_code in (400, 404)

    def test_what_is_shared_without_a_worker_got_lost(self, page):
        def place(site, body=b"x"):
            answer = requests.post(f"{page.url}/share", data=body, headers={"Sec-Fetch-Site": site}, allow_redirects=False)
            return answer.status_code, answer.headers["Location"]

        assert place("none") == (303, "./?shared")
        assert place("none", bytes(3 * LIMIT)) == (303, "./?shared"), "however much it is"
        assert place("cross-site") == (303, "./")
        assert requests.get(f"{page.url}/share").status_code == 404

    def test_docs_lead_to_the_service(self, page):
        answer = requests.get(f"{page.url}/docs", allow_redirects=False)
        assert answer.status_code == 302
        assert answer.headers["Location"] == "api/docs"


class TestApi:
    def test_answers_are_those_of_the_service(self, page, service, photo):
        def ask(url):
            return requests.post(f"{url}/v1/detect?profile=fast", data=photo,
                                 headers={"Content-Type": "image/jpeg"})

        through, direct = ask(f"{page.url}/api"), ask(service)
        assert through.status_code == 200
        assert len(through.json()["faces"]) == 3
        assert through.json() == direct.json()

    def test_photo_comes_back_redacted_byte_for_byte(self, page, service, photo):
        def ask(url):
            fields = {"detect": "false", "regions": '[{"x":100,"y":100,"width":200,"height":200}]'}
            return requests.post(f"{url}/v1/blur", data=fields, files={"photo": ("photo", photo, "image/jpeg")})

        through, direct = ask(f"{page.url}/api"), ask(service)
        assert through.status_code == 200
        assert through.headers["Content-Type"] == "image/jpeg"
        assert through.content == direct.content != photo

    def test_the_page_policy_is_not_put_on_the_api(self, page, service):
        through = requests.get(f"{page.url}/api/livez")
        direct = requests.get(f"{service}/livez")
        assert through.status_code == 200
        for name in ("Content-Security-Policy", "X-Content-Type-Options"):
            assert through.headers.get(name) == direct.headers.get(name)

    def test_documentation_works_through_it(self, page):
        assert requests.get(f"{page.url}/api/openapi.json").json()["openapi"].startswith("3.1")
        assert requests.get(f"{page.url}/api/docs").status_code == 200

    def test_figures_stay_inside(self, page, service):
        assert requests.get(f"{service}/metrics").status_code == 200
        for path in ("/api/metrics", "/api/%6detrics", "/api//metrics", "/api/v1/../metrics", "/metrics"):
            url = requests.Request("GET", page.url).prepare()
            url.url = page.url + path
            assert requests.Session().send(url).status_code in (400, 404), path

    def test_problems_of_the_service_pass_through(self, page):
        answer = requests.post(f"{page.url}/api/v1/blur", data=b"no photo at all",
                               headers={"Content-Type": "application/octet-stream"})
        assert answer.status_code == 415
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not_a_photo"

    @pytest.mark.parametrize("size, status", [(LIMIT, 415), (LIMIT + 1, 413), (8 * LIMIT, 413)])
    def test_upload_limits_agree(self, page, service, size, status):
        def ask(url):
            return requests.post(f"{url}/v1/detect", data=bytes(size),
                                 headers={"Content-Type": "application/octet-stream"})

        for answer in (ask(f"{page.url}/api"), ask(service)):
            assert answer.status_code == status
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["code"] == {413: "too_many_bytes", 415: "not_a_photo"}[status]

    def test_waits_longer_than_the_service_itself(self, page, program):
        rendered = (page.run_dir / "nginx.conf").read_text()
        waits = int(re.search(r"proxy_read_timeout (\d+)s", rendered)[1])
        help_text = program.run("serve", "--help").stdout.decode()
        limit = int(re.search(r"--request-timeout [^\n]*=(\d+) ", help_text)[1])
        assert limit < waits < 2 * limit


class TestPrivacy:
    def test_log_has_no_name_no_address_no_query(self, page):
        requests.get(f"{page.url}/my-secret-name.jpg?secret=query")
        requests.post(f"{page.url}/api/v1/detect?secret=query", data=b"x",
                      headers={"Content-Type": "image/jpeg", "User-Agent": "secret-agent"})
        wait_for(lambda: len(page.log()) == 2, "the log")
        assert [(line["route"], line["status"]) for line in page.log()] == [("other", 404), ("api_detect", 400)]
        text = page.log_file.read_text()
        assert "secret" not in text
        assert "127.0.0.1" not in text

    def test_photo_goes_through_as_it_comes_and_onto_no_disk(self, built_page, start_page):
        arrived = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as upstream:
            def receive():
                connection, _ = upstream.accept()
                with connection:
                    received = b""
                    while b"\r\n\r\nfirst half" not in received:
                        received += connection.recv(65536)
                    arrived.set()
                    while b"second half" not in received:
                        received += connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

            receiver = threading.Thread(target=receive, daemon=True)
            receiver.start()
            page = start_page(f"http://127.0.0.1:{upstream.getsockname()[1]}")
            with socket.create_connection(("127.0.0.1", int(page.url.rsplit(":", 1)[1]))) as client:
                client.sendall(b"POST /api/v1/blur HTTP/1.1\r\nHost: page\r\nContent-Length: 21\r\n\r\nfirst half")
                assert arrived.wait(WAIT_SECONDS), "the first half waits for the second"
                assert [p for p in page.run_dir.rglob("*") if p.is_file() and p.parent != page.run_dir] == []
                client.sendall(b"second half")
                assert b"200 OK" in client.recv(65536)
            receiver.join(WAIT_SECONDS)


class NameServer:
    """Answers every question for an address with one that the test can change."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                question, client = self.socket.recvfrom(512)
                end = question.index(b"\0", 12) + 5
                is_a = question[end - 4:end - 2] == b"\0\1"
                answer = question[:2] + struct.pack("!HHHHH", 0x8180, 1, int(is_a), 0, 0) + question[12:end]
                if is_a:
                    answer += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 3600, 4) + socket.inet_aton(self.address)
                self.socket.sendto(answer, client)


class TestUpstream:
    def test_that_is_gone_is_a_problem_in_plain_json(self, built_page, start_page):
        page = start_page(f"http://127.0.0.1:{free_port()}")
        answer = requests.post(f"{page.url}/api/v1/detect", data=b"x", headers={"Content-Type": "image/jpeg"})
        assert answer.status_code == 502
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "unreachable"
        assert requests.get(page.url).status_code == 200

    def test_that_moves_is_found_again(self, built_page, service, start_page):
        names = NameServer("127.0.0.9")  # nobody listens there
        port = service.rsplit(":", 1)[1]
        page = start_page(f"http://service.test:{port}", PAGE_RESOLVER=f"127.0.0.1:{names.port}",
                          PAGE_RESOLVER_VALID="1s")
        assert requests.get(f"{page.url}/api/livez").status_code == 502
        names.address = "127.0.0.1"
        wait_for(lambda: requests.get(f"{page.url}/api/livez").status_code == 200, "a second look-up")
        names.socket.close()


class TestEntryPoint:
    def render(self, folder, **environment):
        """Runs the entry point with a stand-in for nginx, and gives what it rendered."""
        stand_in = folder / "bin/nginx"
        stand_in.parent.mkdir(exist_ok=True)
        stand_in.write_text("#!/bin/sh\nexit 0\n")
        stand_in.chmod(0o755)
        (folder / "index.html").touch()
        done = subprocess.run(
            ["/bin/sh", PAGE / "entrypoint.sh"], capture_output=True, text=True,
            env={"PATH": f"{stand_in.parent}:/usr/bin:/bin", "FACE_PRIVACY_UPSTREAM": "http://api:3000",
                 "PAGE_ROOT": str(folder), "PAGE_RUN_DIR": str(folder), **environment})
        return done, (folder / "nginx.conf").read_text() if done.returncode == 0 else ""

    def test_fills_in_every_value(self, tmp_path):
        done, rendered = self.render(tmp_path)
        assert done.returncode == 0, done.stderr
        assert "${" not in rendered.split("\nworker_processes", 1)[1]
        assert "set $upstream http://api:3000;" in rendered
        assert "listen 8080;" in rendered

    @pytest.mark.parametrize("given, expected", [
        ("64MiB", 64 << 20), ("64MB", 64 << 20), ("5m", 5 << 20), ("100", 100), ("7B", 7), ("2GiB", 2 << 30),
        ("512KiB", 512 << 10)])
    def test_reads_sizes_as_the_service_does(self, tmp_path, given, expected):
        _, rendered = self.render(tmp_path, FACE_PRIVACY_MAX_BODY=given)
        assert f"client_max_body_size {expected};" in rendered

    @pytest.mark.parametrize("name, value", [
        ("FACE_PRIVACY_UPSTREAM", ""),
        ("FACE_PRIVACY_UPSTREAM", "api:3000"),
        ("FACE_PRIVACY_UPSTREAM", "http://"),
        ("FACE_PRIVACY_UPSTREAM", "http://api:3000/v1"),
        ("FACE_PRIVACY_UPSTREAM", "http://api:3000; return 200"),
        ("FACE_PRIVACY_MAX_BODY", "much"),
        ("FACE_PRIVACY_MAX_BODY", "5 apples"),
        ("PAGE_PORT", "80;"),
        ("PAGE_RESOLVER", "127.0.0.1; }"),
        ("PAGE_RESOLVER_VALID", "1s; "),
        ("PAGE_UPSTREAM_TIMEOUT", "soon"),
        ("PAGE_ROOT", "/nowhere"),
        ("PAGE_RUN_DIR", "/tmp;"),
    ])
    def test_refuses_what_is_no_value_in_one_line(self, tmp_path, name, value):
        done, _ = self.render(tmp_path, **{name: value})
        assert done.returncode == 2
        assert done.stderr.startswith("page: ") and done.stderr.count("\n") == 1
        assert name in done.stderr or value in done.stderr

    def test_stops_when_it_is_asked_to(self, page):
        assert stop(page.process, signal.SIGQUIT) == 0

    def test_runs_as_a_user_without_rights(self, page):
        status = pathlib.Path(f"/proc/{page.process.pid}/status").read_text()
        assert not re.search(r"^Uid:\s+0\s", status, re.MULTILINE)
