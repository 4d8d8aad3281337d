"""Corrections in a bucket, as services of which several run keep them.

moto plays S3 on the loopback. Before it stands a proxy that lets nothing through whose signature botocore would not
have made, and that fails in the ways in which S3 fails. Run by scripts/verify.
"""

import concurrent.futures
import contextlib
import datetime
import hashlib
import http.client
import http.server
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from corrections import erase, report, send
from running_service import PROGRAM, Service, encoded, free_port, opened, photo, problem, wait_for

REGION = "xx-north-1"
KEY = {"AWS_ACCESS_KEY_ID": "the-key", "AWS_SECRET_ACCESS_KEY": "the-secret"}
LENT = {"AWS_ACCESS_KEY_ID": "the-lent-key", "AWS_SECRET_ACCESS_KEY": "the-lent-secret", "AWS_SESSION_TOKEN": "the+session/token=="}
SECRETS = {KEY["AWS_ACCESS_KEY_ID"]: KEY["AWS_SECRET_ACCESS_KEY"], LENT["AWS_ACCESS_KEY_ID"]: LENT["AWS_SECRET_ACCESS_KEY"]}
STORE_SECONDS = 10  # that long a store may take over one report


def s3_error(status, code):
    return status, {"Content-Type": "application/xml"}, f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()


class Front(http.server.ThreadingHTTPServer):
    """What the program takes for S3."""

    daemon_threads = True

    def __init__(self, behind):
        self.behind, self.fault, self.hang = behind, None, threading.Event()
        self.requests, self.bad_signatures = [], []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def heal(self):
        self.fault = None
        self.hang.set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        if not is_signed(self.command, self.path, self.headers, body):
            self.server.bad_signatures.append((self.command, self.path, dict(self.headers)))
            return self.send(*s3_error(403, "SignatureDoesNotMatch"))
        if self.server.fault == "hang":
            self.server.hang.wait(60)
        elif self.server.fault:
            return self.send(*s3_error(*self.server.fault))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "content-length")}
        connection.request(self.command, self.path, body or None, headers)
        reply = connection.getresponse()
        self.send(reply.status, dict(reply.getheaders()), reply.read())

    do_GET = do_PUT = do_DELETE = do_POST = do_HEAD = answer

    def send(self, status, headers, body):
        with contextlib.suppress(OSError):
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def is_signed(method, path, headers, body):
    """Whether botocore makes the same signature of the same request."""
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
                         headers.get("Authorization", ""))
    if not found or headers.get("x-amz-content-sha256") != hashlib.sha256(body).hexdigest() or found[1] not in SECRETS:
        return False
    names = found[4].split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names) or found[3] != REGION:
        return False
    request = AWSRequest(method, f"http://{headers['Host']}{path}", {name: headers[name] for name in names if name != "host"}, body)
    if "?" in path:
        request.url, query = request.url.split("?", 1)
        request.params = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    request.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials(found[1], SECRETS[found[1]]), "s3", REGION)
    return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request) == found[5]


class Agent(http.server.ThreadingHTTPServer):
    """What ECS has a container ask for its role's credentials."""

    daemon_threads = True

    def __init__(self, seconds):
        self.asked, self.seconds = [], seconds
        agent = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                agent.asked.append((self.path, self.headers.get("Authorization")))
                end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=agent.seconds)
                body = json.dumps({"RoleArn": "arn:aws:iam::1:role/task", "AccessKeyId": LENT["AWS_ACCESS_KEY_ID"],
                                   "SecretAccessKey": LENT["AWS_SECRET_ACCESS_KEY"], "Token": LENT["AWS_SESSION_TOKEN"],
                                   "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ")}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def moto():
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close() is None, "moto", 60)
        yield port
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def s3(moto):
    return boto3.client("s3", endpoint_url=f"http://127.0.0.1:{moto}", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def front(moto):
    front = Front(moto)
    yield front
    front.heal()
    assert not front.bad_signatures, front.bad_signatures
    front.shutdown()
    front.server_close()


@pytest.fixture
def bucket(s3):
    name = f"corrections-{random.getrandbits(48):x}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def environment(front, key=None):
    return {"AWS_REGION": REGION, "AWS_ENDPOINT_URL_S3": front.url, **(KEY if key is None else key)}


def serving(front, bucket, *arguments, key=None, **more):
    return Service("--threads", 1, "--profile", "fast", "--feedback", f"s3://{bucket}/corrections", "--feedback-per-minute", 1000, *arguments,
                   environment=environment(front, key), **more)


def program(front, *arguments, key=None):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FACE_PRIVACY_", "AWS_"))}
    return subprocess.run([PROGRAM, "feedback", *map(str, arguments)], env={**clean, **environment(front, key)}, capture_output=True,
                          text=True, timeout=120)


def keys_of(s3, bucket, folder=""):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix="corrections/" + folder).get("Contents", [])]


def all_bytes(s3, bucket):
    """Of all that was written: keys, bodies, and what goes with an object by somebody's wish."""
    parts = []
    for key in keys_of(s3, bucket):
        found = s3.get_object(Bucket=bucket, Key=key)
        parts += [key.encode(), found["Body"].read(), json.dumps(found["Metadata"]).encode(), found["ContentType"].encode()]
        assert not s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return b"\n".join(parts)


def test_two_services_share_a_bucket(front, bucket, s3, tmp_path):
    with serving(front, bucket) as one, serving(front, bucket) as other:
        receipt = send(one, report()).json()
        place = f"/v1/feedback/{receipt['id']}"
        assert other.get(place).json() == {"id": receipt["id"], "status": "received", "data_set": None}
        done = program(front, "export", "--feedback", f"s3://{bucket}/corrections", "-o", tmp_path / "set")
        assert done.returncode == 0, done.stderr
        assert one.get(place).json()["status"] == "in data set v1"
        line, = map(json.loads, (tmp_path / "set/reports.jsonl").open())
        assert line["faces"][0]["box"] == [812.5, 625, 187.5, 312.5] and line["faces"][0]["score"] == 0.99
        assert line["candidates"] == {"from": 0.05, "passed_over": [0.07, 0.12]} and line["day"] == time.strftime("%Y-%m-%d", time.gmtime())
        assert problem(erase(other, receipt | {"erase_token": "wrong"}), 403) == "wrong_erase_token"
        assert erase(other, receipt).status_code == 204
        assert problem(one.get(place), 404) == "feedback_gone" and problem(erase(one, receipt), 404) == "feedback_gone"
        assert receipt["id"].encode() not in all_bytes(s3, bucket)
        again = program(front, "export", "--feedback", f"s3://{bucket}/corrections", "-o", tmp_path / "none")
        assert again.returncode == 2 and "there is no report" in again.stderr


def test_stats_and_export_of_many(front, bucket, tmp_path):
    place = f"s3://{bucket}/corrections"
    boxes = [{"box": {"x": 1, "y": 1, "width": 99, "height": 99}, "action": "confirmed", "score": 0.9},
             {"box": {"x": 1, "y": 1, "width": 99, "height": 99}, "action": "removed", "score": 0.22},
             {"box": {"x": 1, "y": 1, "width": 99, "height": 99}, "action": "moved", "score": 0.31}]
    with serving(front, bucket) as service:
        for _ in range(30):
            assert send(service, report(boxes=boxes, min_score=0.2, candidates={"from": 0.05, "passed_over": [0.1]})).status_code == 201
        assert service.metric("face_privacy_feedback_reports") == 30
        assert 0 < service.metric("face_privacy_feedback_bytes") < 64 << 10
    profile, = json.loads(program(front, "stats", "--feedback", place, "--json", "--precision", 0.9).stdout)["profiles"]
    assert profile["reports"] == 30 and profile["proposed"]["min_score"] == 0.23 and profile["proposed"]["precision"] == 1
    for version in (1, 2):
        done = program(front, "export", "--feedback", place, "-o", tmp_path / str(version), "--json")
        assert json.loads(done.stdout)["data_set"] == version, done.stderr


def test_the_objects_hold_no_name_no_address_no_pixel_and_no_time(front, bucket, s3):
    with serving(front, bucket) as service:
        picture = photo()
        found = service.post("/v1/detect", picture, headers={"Content-Type": "image/jpeg"}).json()
        name = "a-file-name-that-is-nowhere-else"
        before = int(time.time())
        receipts = [send(service, report(image=found["image"], boxes=[
            {"box": face["box"], "action": "confirmed", "score": face["score"]} for face in found["faces"]]),
            **{"User-Agent": name, "Referer": f"http://x/{name}.jpg", "X-Forwarded-For": "203.0.113.77", "X-Request-Id": name}).json()
            for _ in range(20)]
        after = int(time.time())
    content = all_bytes(s3, bucket)
    assert all(receipt["id"].encode() in content for receipt in receipts), "else this test looks in the wrong place"
    for text in (name, "203.0.113.77", "127.0.0.1", "sample3", *(receipt["erase_token"] for receipt in receipts)):
        assert text.encode() not in content, text
    for address in ("127.0.0.1", "203.0.113.77"):
        assert socket.inet_aton(address) not in content, address
    for moment in range(before - 5, after + 6):
        for scale in (1, 1000, 1_000_000):
            assert str(moment * scale).encode()[: None if scale == 1 else -3] not in content
        for width, order in ((4, "big"), (4, "little"), (8, "big"), (8, "little")):
            assert moment.to_bytes(width, order) not in content
        assert time.strftime("%H:%M", time.gmtime(moment)).encode() not in content
        assert time.strftime("%H%M%S", time.gmtime(moment)).encode() not in re.sub(rb"[0-9a-f]{32,}", b"", content)
    pieces = {piece for piece in (picture[place:place + 8] for place in range(20, len(picture) - 8)) if len(set(piece)) > 3}
    assert pieces and not any(content[place:place + 8] in pieces for place in range(len(content) - 8))
    order = [receipt["id"] for receipt in receipts]
    assert order != sorted(order) and [key.split("/")[-1][:32] for key in keys_of(s3, bucket, "reports/")] == sorted(order)
    # What the program sends to S3 beside that: nothing of who sent the report.
    for method, path, headers, body in front.requests:
        sent = f"{method} {path} {headers}".encode() + body
        assert name.encode() not in sent and b"203.0.113.77" not in sent and "Referer" not in headers


def test_crops_are_sealed_and_go_with_their_report(front, bucket, s3, tmp_path):
    assert program(front, "key", "new", tmp_path / "key").returncode == 0
    with serving(front, bucket, "--feedback-key", (tmp_path / "key.pub").read_text().strip()) as service:
        picture = encoded(opened(photo()).resize((320, 225)), quality=92)
        face = service.post("/v1/detect?profile=thorough&min_score=0.8", picture).json()["faces"][0]["box"]
        body = report(boxes=[{"box": {"x": 812, "y": 640, "width": 210, "height": 280}, "action": "moved", "score": 0.4, "crop": face}])
        receipts = []
        for _ in range(2):
            answer = service.form("/v1/feedback", files={"report": (None, json.dumps(body), "application/json"), "crop[0]": ("x.jpg", picture)})
            assert answer.status_code == 201, answer.text
            receipts.append(answer.json())
        assert len(keys_of(s3, bucket, "crops/")) == 2 and b"\xff\xd8\xff" not in all_bytes(s3, bucket)
        done = program(front, "export", "--feedback", f"s3://{bucket}/corrections", "--key", tmp_path / "key", "-o", tmp_path / "set")
        assert done.returncode == 0, done.stderr
        truth = list(map(json.loads, (tmp_path / "set/truth.jsonl").open()))
        assert {line["image"] for line in truth} == {f"{receipt['id']}-0.jpg" for receipt in receipts}
        assert opened((tmp_path / "set" / truth[0]["image"]).read_bytes()).size == (320, 225)
        for receipt in receipts:
            assert erase(service, receipt).status_code == 204
        assert not keys_of(s3, bucket, "crops/") and not keys_of(s3, bucket, "reports/") and not keys_of(s3, bucket, "in-data-set/")


def test_what_is_too_old_goes_when_a_service_starts(front, bucket, s3):
    with serving(front, bucket) as first:
        old, new = (send(first, report()).json()["id"] for _ in range(2))
        today = time.strftime("%Y-%m-%d", time.gmtime())
        key = f"corrections/reports/{old}-{today}.json"
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.delete_object(Bucket=bucket, Key=key)
        s3.put_object(Bucket=bucket, Key=key.replace(today, "2019-02-03"), Body=body)
        s3.put_object(Bucket=bucket, Key=f"corrections/crops/{'7' * 32}-3-2019-02-03", Body=b"left by nobody")
    with serving(front, bucket) as second:
        wait_for(lambda: second.metric("face_privacy_feedback_events_total", event="purged") == 1, "the purge", 30)
        assert problem(second.get("/v1/feedback/" + old), 404) == "feedback_gone"
        assert second.get("/v1/feedback/" + new).status_code == 200
        assert keys_of(s3, bucket, "reports/") == [f"corrections/reports/{new}-{today}.json"] and not keys_of(s3, bucket, "crops/")


def test_a_full_bucket_refuses_reports_and_nothing_else(front, bucket):
    with serving(front, bucket, "--feedback-bytes", "64KiB") as full:
        boxes = report()["boxes"] * 100
        answer = next(answer for answer in (send(full, report(boxes=boxes)) for _ in range(50)) if answer.status_code != 201)
        assert problem(answer, 507) == "feedback_full"
        assert full.post("/v1/detect", photo()).status_code == 200


def test_a_bucket_with_versions_is_not_written_to(front, bucket, s3):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with serving(front, bucket) as service:
        assert problem(send(service, report()), 503) == "feedback_unavailable"
        assert not keys_of(s3, bucket, "reports/")
        assert wait_for(lambda: "keeps versions" in service.log_text(), "a line about versions", 20)


@pytest.mark.parametrize("fault", [(403, "AccessDenied"), (403, "RequestTimeTooSkewed"), (404, "NoSuchBucket"), (503, "SlowDown"), (500, "InternalError")])
def test_what_the_bucket_refuses_is_503_and_in_the_log(front, bucket, fault):
    with serving(front, bucket) as service:
        receipt = send(service, report()).json()
        failed = service.metric("face_privacy_feedback_events_total", event="failed")
        front.fault = fault
        mark = "0e" * 32
        for answer in (send(service, report(model=mark)), service.get("/v1/feedback/" + receipt["id"]), erase(service, receipt)):
            assert problem(answer, 503) == "feedback_unavailable" and int(answer.headers["Retry-After"]) > 0
        assert service.metric("face_privacy_feedback_events_total", event="failed") >= failed + 3  # a purge may have failed as well
        assert service.get("/readyz").status_code == 200 and service.post("/v1/detect", photo()).status_code == 200
        wait_for(lambda: fault[1] in service.log_text(), "a line with the reason", 20)
        for text in (mark, receipt["id"], receipt["erase_token"], bucket, *SECRETS.values()):
            lines = [line for line in service.log_text().splitlines() if text in line]
            assert not lines, lines
        front.heal()
        assert erase(service, receipt).status_code == 204


def test_a_bucket_that_does_not_answer_holds_up_no_photo(front, bucket):
    with serving(front, bucket) as service, concurrent.futures.ThreadPoolExecutor(8) as several:
        receipt = send(service, report()).json()
        front.fault = "hang"
        waiting = [several.submit(send, service, report()) for _ in range(6)]
        wait_for(lambda: len(front.requests) > 6, "reports that wait", 20)
        for _ in range(3):
            assert service.post("/v1/detect", photo()).status_code == 200 and service.get("/readyz").status_code == 200
        assert not any(one.done() for one in waiting), "photos were answered while reports waited"
        start = time.monotonic()
        answers = [one.result(timeout=60) for one in waiting]
        assert time.monotonic() - start < 2 * STORE_SECONDS, "each has an end"
        assert {problem(answer, 503) for answer in answers} == {"feedback_unavailable"}
        front.heal()
        assert erase(service, receipt).status_code == 204


def test_the_service_starts_and_ends_without_its_bucket(front, bucket, s3):
    front.fault = "hang"
    service = serving(front, bucket).start()
    assert service.post("/v1/detect", photo()).status_code == 200
    assert service.stop() == 0
    front.heal()
    gone = Front(0)
    gone.shutdown()
    gone.server_close()
    with serving(gone, bucket) as service:
        assert problem(send(service, report()), 503) == "feedback_unavailable"
        assert service.get("/readyz").status_code == 200


def test_credentials_of_a_container_are_asked_for_again_before_they_end(front, bucket):
    for seconds, again in ((3600, False), (200, True)):
        agent = Agent(seconds)
        key = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{agent.server_port}/v1/credentials?id=1",
               "AWS_CONTAINER_AUTHORIZATION_TOKEN": "agent-token"}
        with serving(front, bucket, key=key) as service:
            for _ in range(3):
                assert send(service, report()).status_code == 201
        assert set(agent.asked) == {("/v1/credentials?id=1", "agent-token")}
        assert (len(agent.asked) > 3) == again and agent.asked
        agent.shutdown()
        agent.server_close()
    lent = [headers for _, _, headers, _ in front.requests]
    assert lent and all(headers["x-amz-security-token"] == LENT["AWS_SESSION_TOKEN"] for headers in lent)


def test_commands_say_what_is_wrong(front, bucket, tmp_path):
    place = f"s3://{bucket}/corrections"
    done = program(front, "stats", "--feedback", "s3://there-is-no-such-bucket")
    assert done.returncode == 1 and "NoSuchBucket" in done.stderr, done.stderr
    for where, key, text in ((place, {}, "there are no credentials"), (place, {"AWS_ACCESS_KEY_ID": "x"}, "AWS_SECRET_ACCESS_KEY"),
                             (place, KEY | {"AWS_REGION": ""}, "AWS_REGION"), ("s3://", KEY, "s3://BUCKET/PREFIX"),
                             (place, KEY | {"AWS_ENDPOINT_URL_S3": "s3.local"}, "http://HOST:PORT"),
                             (place, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.org/"}, "TLS")):
        for command in (["stats"], ["export", "-o", tmp_path / "set"]):
            done = program(front, *command, "--feedback", where, key=key)
            assert done.returncode == 2 and text in done.stderr, (key, done.stderr)
    assert program(front, "stats", "--feedback", place).stdout == "There is no report.\n"
