"""Batches from bucket to bucket, by Ray on two machines and by a plain loop, and what ends them on purpose.

moto plays S3 on the loopback; the machines are Ray's own, each with its processes. Run by scripts/verify.
"""

import collections
import concurrent.futures
import contextlib
import hashlib
import io
import os
import pathlib
import re
import socket
import subprocess
import sys
import tarfile
import time

import boto3
import pytest
import ray
from botocore.exceptions import ClientError
from ray.cluster_utils import Cluster

from face_privacy import batch
from face_privacy._program import find_program
from face_privacy.batch._storage import open_place

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "third_party/node_modules/@vladmandic/face-api/demo"
PHOTOS = {f"day {n % 2}/{n:03d}.jpg": (DEMO / f"sample{(1, 2, 3, 5, 6)[n % 5]}.jpg").read_bytes() for n in range(30)}
POISON = {"day 1/poison.jpg": (DEMO / "sample4.jpg").read_bytes()}
BROKEN = {"day 0/cut.jpg": PHOTOS["day 0/000.jpg"][:9000], "day 1/text.jpg": b"no photo"}
GONE = ["day 0/gone.jpg"]
OPTIONS = batch.Options({"profile": "fast"})
COMMAND = [sys.executable, "-m", "face_privacy.batch"]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(condition, what, seconds=240):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Storage:
    """S3, as moto plays it; `log` has a line for each request."""

    def __init__(self, folder):
        self.log = folder / "moto.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        moto = pathlib.Path(sys.executable).parent / "moto_server"
        port = self.url.rpartition(":")[2]
        self.process = subprocess.Popen([moto, "-H", "127.0.0.1", "-p", port], stdout=self.log.open("wb"), stderr=subprocess.STDOUT)
        os.environ.update(AWS_ENDPOINT_URL_S3=self.url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
        self.client = boto3.client("s3")
        wait_for(self._answers, "moto")

    def _answers(self):
        with contextlib.suppress(Exception):
            self.client.list_buckets()
            return True
        return False

    def make(self, name, objects):
        self.client.create_bucket(Bucket=name)
        for key, content in objects.items():
            self.client.put_object(Bucket=name, Key=key, Body=content)

    def keys(self, name):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=name)
        return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", ())}

    def read(self, name):
        return {key: self.client.get_object(Bucket=name, Key=key)["Body"].read() for key in self.keys(name)}


@pytest.fixture(scope="session")
def storage(tmp_path_factory):
    made = Storage(tmp_path_factory.mktemp("moto"))
    made.make("raw", {**PHOTOS, **BROKEN})
    made.make("poisoned", {**dict(list(PHOTOS.items())[:8]), **POISON})
    yield made
    made.process.terminate()
    made.process.wait()


def blurred_by_command_line(folder, profile):
    """The bytes that `face-privacy blur` makes of each photo."""
    for number in range(1, 7):
        (folder / f"{number}.jpg").write_bytes((DEMO / f"sample{number}.jpg").read_bytes())
    subprocess.run([find_program(), "blur", folder, "-o", folder / "out", "--profile", profile], check=True, capture_output=True)
    return {(folder / f"{n}.jpg").read_bytes(): (folder / f"out/{n}.jpg").read_bytes() for n in range(1, 7)}


@pytest.fixture(scope="session")
def by_command_line(tmp_path_factory):
    return blurred_by_command_line(tmp_path_factory.mktemp("cli"), "fast")


@pytest.fixture(scope="session")
def cluster(storage):
    """A head without cores, and two machines."""
    os.environ["POISON_SHA256"] = hashlib.sha256(next(iter(POISON.values()))).hexdigest()
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 100 << 20})
    made.machines = [made.add_node(num_cpus=2, object_store_memory=100 << 20) for _ in range(2)]
    ray.init(address=made.address, log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": os.environ["PYTHONPATH"]}})
    made.wait_for_nodes()
    yield made
    ray.shutdown()
    made.shutdown()


names = iter(range(1000))


@pytest.fixture
def new_job(storage, tmp_path):
    """A job over the bucket, with three keys that cannot be read as photos and one that is not there."""
    def make(photos_per_shard=4, source="raw", options=OPTIONS, more=()):
        name = f"job{next(names)}"
        for kind in ("safe", "jobs"):
            storage.make(f"{kind}-{name}", {})
        listed = tmp_path / f"{name}.txt"
        listed.write_text("".join(f"{key}\n" for key in [*sorted(storage.keys(source)), *more]))
        return batch.plan(f"s3://{source}/", f"s3://safe-{name}/2026/", f"s3://jobs-{name}/a/", options=options,
                          photos_per_shard=photos_per_shard, keys=str(listed))
    return make


def bucket_of(job):
    return job.target.removeprefix("s3://").partition("/")[0]


def rows_of(job):
    return [row for shard in range(job.shards) for row in job.rows_of(shard) or ()]


def check(job, storage, by_command_line, photos, failed):
    """What holds whatever happened."""
    rows = rows_of(job)
    assert collections.Counter(row.key for row in rows) == collections.Counter([*photos, *failed])
    assert {row.key: row.code for row in rows if row.status == "failed"} == failed
    results = storage.read(bucket_of(job))
    assert results == {f"2026/{key}": by_command_line[content] for key, content in photos.items()}
    originals = {hashlib.sha256(content).digest() for content in [*PHOTOS.values(), *BROKEN.values(), *POISON.values()]}
    assert not originals & {hashlib.sha256(content).digest() for content in results.values()}
    verdict = batch.verify(job)
    assert verdict.good, verdict.problems
    assert (verdict.photos, verdict.failed) == (len(rows), len(failed))


EXPECTED = {"day 0/cut.jpg": "damaged_photo", "day 1/text.jpg": "not_a_photo", "day 0/gone.jpg": "unreadable"}


def settings(cluster, **more):
    return batch.Settings(threads=2, address=cluster.address, **more)


def children():
    """Process ids of the services that run, by the process that started them."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[0] == find_program().encode() and words[1] == b"serve":
                found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def test_two_machines(cluster, storage, new_job, by_command_line):
    job = new_job(more=GONE)
    report = batch.run(job, engine="ray", settings=settings(cluster))
    assert (report.open_shards, report.photos, report.failed) == (0, 33, 3), report
    check(job, storage, by_command_line, PHOTOS, EXPECTED)
    again = batch.run(job, engine="ray", settings=settings(cluster))
    assert again.shards == 0


def test_a_plain_loop_over_shards(storage, new_job, by_command_line):
    job = new_job(photos_per_shard=12, more=GONE)
    for index in range(job.shards):
        done = subprocess.run([*COMMAND, "shard", job.place.url, "--index", str(index)], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert ".jpg" not in done.stdout + done.stderr
    check(job, storage, by_command_line, PHOTOS, EXPECTED)
    again = subprocess.run([*COMMAND, "shard", job.place.url, "--index", "0"], capture_output=True, text=True, timeout=300)
    assert again.returncode == 0 and '"new": false' in again.stdout


def test_a_photo_at_which_the_child_ends(cluster, storage, new_job, by_command_line):
    """poison/sitecustomize.py kills the program whenever it has this photo."""
    job = new_job(source="poisoned")
    report = batch.run(job, engine="ray", settings=settings(cluster))
    assert report.open_shards == 0
    check(job, storage, by_command_line, dict(list(PHOTOS.items())[:8]), {"day 1/poison.jpg": "worker_died"})


def test_the_driver_is_killed_and_run_again(cluster, storage, new_job, by_command_line):
    job = new_job(photos_per_shard=2, more=GONE)
    command = [*COMMAND, "run", job.place.url, "--engine", "ray", "--address", cluster.address, "--threads", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as driver:
        wait_for(lambda: len(storage.keys(bucket_of(job))) >= 6, "results")
        driver.kill()
    wait_for(lambda: not children(), "what the driver had started is still there", 60)
    before = storage.keys(bucket_of(job))
    done = len(job.done())
    assert 0 < len(before) < len(PHOTOS) and done < job.shards
    second = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert second.returncode == 0, second.stderr
    assert f'"shards": {job.shards - done}' in second.stdout
    after = storage.keys(bucket_of(job))
    assert {key: after[key] for key in before} == before
    check(job, storage, by_command_line, PHOTOS, EXPECTED)


def test_conditional_writes_leave_what_is_there(storage, new_job):
    storage.make("conditional", {"there": b"old"})
    place = open_place("s3://conditional/")
    assert not place.create("there", b"new") and place.create("fresh", b"new")
    for key, written in (("there", False), ("large", True)):
        sink = place.sink(key)
        for _ in range(5):
            sink.write(b"x" * (7 << 20))
        assert sink.commit() is written
    lost = place.sink("lost")
    lost.write(b"half")
    lost.abandon()
    assert place.read("there") == b"old" and len(place.read("large")) == 35 << 20
    assert set(storage.keys("conditional")) == {"there", "fresh", "large"}
    assert not storage.client.list_multipart_uploads(Bucket="conditional").get("Uploads")
    assert place.sha256("fresh") == hashlib.sha256(b"new").hexdigest()
    assert place.sha256("large") == hashlib.sha256(b"x" * (35 << 20)).hexdigest()
    with place.open("large") as file:
        file.seek(20 << 20)
        assert file.read(3) == b"xxx"


def test_a_bucket_that_is_not_there_is_for_another_try(storage, new_job, tmp_path):
    job = new_job()
    storage.client.delete_bucket(Bucket=bucket_of(job))
    done = subprocess.run([*COMMAND, "shard", job.place.url, "--index", "0"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 75, done.stderr
    assert job.done() == set()


def test_tars_and_parquet_in_a_bucket(storage, new_job, by_command_line):
    import pyarrow
    from pyarrow import parquet

    photos = list(PHOTOS.values())[:5]
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as target:
        for number, content in enumerate(photos):
            for name, data in ((f"{number}.jpg", content), (f"{number}.json", b'{"exif": {"a": 1}, "label": 3}')):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                target.addfile(member, io.BytesIO(data))
    rows = [{"bytes": content, "path": f"/home/alice/{number}.jpg"} for number, content in enumerate(photos)]
    table = pyarrow.table({"image": [*rows, None, {"bytes": b"no photo", "path": None}], "label": range(7), "gps": ["here"] * 7})
    file = io.BytesIO()
    parquet.write_table(table, file, row_group_size=3)
    storage.make("containers", {"00000.tar": made.getvalue(), "part-0.parquet": file.getvalue(), "bad.parquet": b"PAR1 no"})
    job = new_job(source="containers")
    report = batch.run(job, settings=batch.Settings(threads=2))
    assert report.open_shards == 0
    failed = {row.key: row.code for row in rows_of(job) if row.status == "failed"}
    assert failed == {"part-0.parquet#6": "not_a_photo", "bad.parquet": "damaged_container"}
    results = storage.read(bucket_of(job))
    assert set(results) == {"2026/00000.tar", "2026/part-0.parquet"}
    with tarfile.open(fileobj=io.BytesIO(results["2026/00000.tar"])) as source:
        members = {member.name: source.extractfile(member).read() for member in source}
    assert [members[f"{number}.jpg"] for number in range(5)] == [by_command_line[content] for content in photos]
    assert members["0.json"] == b'{"label": 3}'
    written = parquet.ParquetFile(io.BytesIO(results["2026/part-0.parquet"]))
    assert [written.metadata.row_group(n).num_rows for n in range(written.num_row_groups)] == [3, 3, 1]
    back = written.read().to_pydict()
    assert set(back) == {"image", "label", "faces", "error"} and back["label"] == list(range(7))
    assert [row["bytes"] for row in back["image"][:5]] == [by_command_line[content] for content in photos]
    assert [row["path"] for row in back["image"][:5]] == [None] * 5
    assert back["image"][5:] == [None, None]
    assert back["error"] == [None] * 6 + ["not_a_photo"]
    assert batch.verify(job).good
    # and again, where the manifest is lost and the results are there
    storage.client.delete_object(Bucket=job.place.url.split("/")[2], Key="a/manifest/00000000.jsonl.gz")
    batch.run(job, settings=batch.Settings(threads=2))
    assert batch.verify(job).good and storage.read(bucket_of(job)) == results


def test_counters_for_prometheus(storage, new_job, tmp_path):
    job = new_job(photos_per_shard=16)  # the first day's fifteen and the one that is cut
    port = free_port()
    done = subprocess.run([*COMMAND, "shard", job.place.url, "--index", "0", "--metrics-file", tmp_path / "batch.prom", "--metrics-port", str(port)],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "batch.prom").read_text()
    assert re.search(r'face_privacy_batch_photos_total\{code="",status="redacted"\} 15.0', text), text
    assert 'face_privacy_batch_photos_total{code="damaged_photo",status="failed"} 1.0' in text
    assert 'face_privacy_batch_shards_total{outcome="done"} 1.0' in text
    assert "day" not in text


# Last, since it takes a machine away.
def test_a_machine_is_lost(cluster, storage, new_job, tmp_path):
    job = new_job(photos_per_shard=1, more=GONE, options=batch.Options({"profile": "balanced"}))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(batch.run, job, engine="ray", settings=settings(cluster))
        wait_for(lambda: len(children()) == 2 and len(storage.keys(bucket_of(job))) >= 2, "two children, and results")
        cluster.remove_node(cluster.machines.pop(), allow_graceful=False)
        assert len(job.done()) < job.shards
        report = running.result(300)
    assert report.open_shards == 0
    check(job, storage, blurred_by_command_line(tmp_path, "balanced"), PHOTOS, EXPECTED)
    wait_for(lambda: len(children()) <= 1, "a child without a machine", 60)


def test_raw_photos_were_never_written(storage):
    """Nobody wrote into the buckets of photos but this test."""
    assert set(storage.keys("raw")) == {*PHOTOS, *BROKEN}
    with pytest.raises(ClientError):
        storage.client.head_object(Bucket="raw", Key="plan/00000000.jsonl.gz")
