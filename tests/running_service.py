"""`face-privacy serve` as its users meet it: a process, an address, a log; and ways to talk to it that no
well-behaved client would use."""

import io
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import requests
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("FACE_PRIVACY_PROGRAM", ROOT / "build/release/bin/face-privacy"))
DEMO = ROOT / "third_party/node_modules/@vladmandic/face-api/demo"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=120):
    """The first true value of `condition`; connections that are refused count as false."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except (requests.ConnectionError, ConnectionError):
            value = None
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def children(process):
    """Processes that it started and that still run."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == process and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def encoded(picture, kind="jpeg", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def photo(kind="jpeg", name="sample3.jpg", size=(480, 340), mode="RGB", **options):
    """A demo photo with three faces, small, so that a test is not about speed; or grass."""
    if name is None:
        picture = Image.new("RGB", size, (90, 140, 60))
    else:
        picture = Image.open(DEMO / name).convert("RGB").resize(size)
    return encoded(picture.convert(mode), kind, **options)


def opened(content):
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


class Service:
    """One `face-privacy serve` on a free port of the loopback, which it keeps when it is started again."""

    def __init__(self, *arguments, metrics=False, environment=None, log_level="info", within=()):
        self.port = free_port()
        self.metrics_port = free_port() if metrics else None
        self.arguments = [*map(str, arguments), "--log-level", log_level]
        if metrics:
            self.arguments += ["--metrics-port", str(self.metrics_port)]
        self.environment = environment or {}
        self.within = within  # a command that runs another one
        self.scheme = "https" if "--tls-cert" in self.arguments else "http"
        self.session = requests.Session()
        self.session.trust_env = False  # else a CA bundle in the environment wins over what follows
        self.session.verify = False
        self.process = None

    def launch(self):
        """Starts it and does not wait until it is ready."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("FACE_PRIVACY_")}
        self.log_file, self.output_file = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*self.within, PROGRAM, "serve", "--host", "127.0.0.1", "--port", str(self.port), *self.arguments],
            env={**clean, **self.environment}, stdout=self.output_file, stderr=self.log_file)
        return self

    def start(self):
        self.launch()

        def ready():
            assert self.process.poll() is None, self.log_text()
            return requests.get(self.url("/readyz"), verify=False, timeout=10).status_code == 200
        wait_for(ready, "readyz")
        return self

    def stop(self, how=signal.SIGTERM):
        """The exit status."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=60) if self.process else None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=60)
            raise

    @property
    def instance(self):
        return f"127.0.0.1:{self.metrics_port or self.port}"

    def url(self, path=""):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def ask(self, method, path, **more):
        more.setdefault("timeout", 60)
        more.setdefault("allow_redirects", False)
        return self.session.request(method, self.url(path), **more)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, kind="image/jpeg", headers=None, **more):
        return self.ask("POST", path, data=body, headers={"Content-Type": kind, **(headers or {})}, **more)

    def form(self, path, fields=None, files=None, **more):
        return self.ask("POST", path, data=fields, files=files, **more)

    def metrics(self):
        return requests.get(f"http://{self.instance}/metrics", timeout=10).text

    def metric(self, name, **labels):
        """One sample, by all of its labels; 0 where it is not there yet."""
        for found, pairs, value in re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", self.metrics(), re.MULTILINE):
            if found == name and dict(re.findall(r'(\w+)="([^"]*)"', pairs)) == labels:
                return float(value)
        return 0.0

    def log_text(self):
        self.log_file.flush()
        return os.pread(self.log_file.fileno(), 1 << 26, 0).decode()

    def output_text(self):
        return os.pread(self.output_file.fileno(), 1 << 20, 0).decode()

    def log(self):
        return [json.loads(line) for line in self.log_text().splitlines() if line.startswith("{")]

    def logged(self, request_id):
        """The log's line about a request; it is written by a thread of its own."""
        return wait_for(lambda: next((line for line in self.log() if line.get("id") == request_id), None),
                        f"a line about {request_id}", 20)

    def resident_bytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024

    def peak_bytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self, timeout=60):
        return Wire(socket.create_connection(("127.0.0.1", self.port), timeout=timeout))


def problem(answer, status):
    """The code of an error answer, after what all of them have in common."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == "urn:face-privacy:problem:" + document["code"]
    assert document["status"] == status and document["title"]
    assert document["request_id"] == answer.headers["X-Request-Id"]
    return document["code"]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json()["code"]


class Wire:
    """Bytes to a server and answers from it, with nothing between that would make a request proper."""

    def __init__(self, connection):
        self.socket = connection
        self.file = connection.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, content):
        self.socket.sendall(content if isinstance(content, bytes) else content.encode("latin-1"))
        return self

    def request(self, line, *headers, body=None):
        """A head with Host, and with Content-Length where there is a body."""
        lines = [line, "Host: test", *headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines) + "\r\n\r\n")
        if body:
            self.send(body)
        return self

    def head(self):
        status = self.file.readline()
        assert status.startswith(b"HTTP/1.1 "), status
        headers = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode("latin-1").split(":", 1)
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value.strip()
        return int(status.split()[1]), headers

    def answer(self, method="GET"):
        status, headers = self.head()
        length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
        body = self.file.read(length)
        assert len(body) == length, "the answer is cut off"
        return Answer(status, headers, body)

    def ended(self):
        """True where the server has closed its side and nothing else was sent."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


def multipart(*parts, boundary="b", end="--b--\r\n"):
    """(headers, content) pairs as a body."""
    body = b""
    for headers, content in parts:
        content = content if isinstance(content, bytes) else content.encode()
        body += f"--{boundary}\r\n{headers}\r\n\r\n".encode() + content + b"\r\n"
    return body + end.encode()


def part(name, content, file_name=None, kind=None):
    headers = f'Content-Disposition: form-data; name="{name}"'
    if file_name is not None:
        headers += f'; filename="{file_name}"'
    if kind is not None:
        headers += f"\r\nContent-Type: {kind}"
    return headers, content


def in_memory(process, mark):
    """Whether `mark` lies anywhere in what the process can write to."""
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{process}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(edge, 16) for edge in place.split("-"))
            try:
                memory.seek(begin)
                while begin < end:
                    piece = memory.read(min(end - begin, 1 << 24))
                    if not piece:
                        break
                    if mark in piece:
                        return True
                    begin += len(piece)
            except OSError:
                continue
    return False
