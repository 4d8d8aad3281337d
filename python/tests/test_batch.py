"""Batches over folders: every photo one row, results that are the command line's bytes, and nothing lost or doubled
whatever ends in between. Buckets and Ray are in tests/batch, which scripts/verify runs."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from face_privacy import batch
from face_privacy._program import find_program
from face_privacy._service import Service
from face_privacy.batch import _job, _plan, _side_files, _storage

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "third_party/node_modules/@vladmandic/face-api/demo"
FAST = batch.Options({"profile": "fast"})
TWO = batch.Settings(threads=2)


def photo(name: str) -> bytes:
    return (DEMO / name).read_bytes()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos, one with a name of two lines, and two that are none."""
    folder = tmp_path_factory.mktemp("raw")
    (folder / "day one").mkdir()
    for number in range(1, 5):
        shutil.copy(DEMO / f"sample{number}.jpg", folder / f"{number}.jpg")
    shutil.copy(DEMO / "sample5.jpg", folder / "day one/ünï\ncode.JPG")
    shutil.copy(DEMO / "sample6.jpg", folder / "day one/6.jpeg")
    (folder / "cut.jpg").write_bytes(photo("sample1.jpg")[:9000])
    (folder / "text.png").write_text("no photo")
    (folder / "notes.txt").write_text("left out")
    shutil.copy(DEMO / "sample1.jpg", folder / ".hidden.jpg")
    return folder


@pytest.fixture
def places(tmp_path: Path) -> tuple[str, str]:
    return f"{tmp_path}/safe", f"{tmp_path}/job"


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "face_privacy.batch", *arguments],
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT / "python/src")), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def rows_of(job: batch.Job) -> list[batch.Row]:
    return [row for shard in range(job.shards) for row in job.rows_of(shard) or ()]


def files_in(folder: str) -> dict[str, bytes]:
    root = Path(folder)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def finished(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> batch.Job:
    place = tmp_path_factory.mktemp("finished")
    job = batch.plan(str(photos), f"{place}/safe", f"{place}/job", options=FAST, photos_per_shard=3)
    report = batch.run(job, settings=TWO)
    assert (report.open_shards, report.photos, report.failed) == (0, 8, 2)
    return job


@pytest.fixture
def copied(finished: batch.Job, tmp_path: Path) -> batch.Job:
    """The finished job again, to be broken."""
    for part in ("safe", "job"):
        shutil.copytree(Path(finished.place.url).parent / part, tmp_path / part)
    described = tmp_path / "job/job.json"
    described.write_text(json.dumps({**json.loads(described.read_text()), "target": f"{tmp_path}/safe/"}))
    return batch.open_job(f"{tmp_path}/job")


def test_each_photo_has_one_row_and_results_are_the_command_lines(finished: batch.Job, photos: Path, tmp_path: Path) -> None:
    rows = {row.key: row for row in rows_of(finished)}
    assert len(rows) == len(rows_of(finished)) == 8
    assert {row.code for row in rows.values() if row.status == "failed"} == {"damaged_photo", "not_a_photo"}
    done = subprocess.run(
        [find_program(), "blur", str(photos), "-o", str(tmp_path / "cli"), "--profile", "fast"], capture_output=True, check=False
    )
    assert done.returncode == 1  # of the two
    assert files_in(finished.target) == files_in(str(tmp_path / "cli"))
    for row in rows.values():
        original = (photos / row.key).read_bytes()
        if row.status == "redacted":
            result = (Path(finished.target) / row.out).read_bytes()
            assert row.sha256_out == hashlib.sha256(result).hexdigest() and row.bytes_out == len(result)
            assert result != original and row.faces >= 3
        assert row.sha256_in == hashlib.sha256(original).hexdigest()


def test_verify_is_content_and_says_so_in_the_jobs_place(copied: batch.Job) -> None:
    verdict = batch.verify(copied)
    assert verdict.good and (verdict.photos, verdict.results, verdict.failed) == (8, 6, 2), verdict
    assert json.loads(copied.place.read("_SUCCESS"))["photos"] == 8


def lose_a_result(job: batch.Job, raw: Path) -> None:
    (Path(job.target) / "1.jpg").unlink()


def change_a_result(job: batch.Job, raw: Path) -> None:
    with (Path(job.target) / "1.jpg").open("ab") as file:
        file.write(b"x")


def put_an_original_there(job: batch.Job, raw: Path) -> None:
    shutil.copy(raw / "1.jpg", Path(job.target) / "1.jpg")


def put_something_else_there(job: batch.Job, raw: Path) -> None:
    shutil.copy(raw / "1.jpg", Path(job.target) / "stranger.jpg")


def put_the_failed_original_there(job: batch.Job, raw: Path) -> None:
    shutil.copy(raw / "cut.jpg", Path(job.target) / "cut.jpg")


def lose_a_part(job: batch.Job, raw: Path) -> None:
    (Path(job.place.url) / _job.manifest_key(0)).unlink()


def change_rows(job: batch.Job, change: Any) -> None:
    path = Path(job.place.url) / _job.manifest_key(0)
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    path.write_bytes(_job.pack_lines(change(rows)))


def lose_a_row(job: batch.Job, raw: Path) -> None:
    change_rows(job, lambda rows: rows[1:])


def double_a_row(job: batch.Job, raw: Path) -> None:
    change_rows(job, lambda rows: [*rows, rows[0]])


def invent_a_row(job: batch.Job, raw: Path) -> None:
    change_rows(job, lambda rows: [*rows, {**rows[0], "key": "other.jpg"}])


def let_an_original_through(job: batch.Job, raw: Path) -> None:
    """A row that believes in an original, with faces."""
    digest = hashlib.sha256((raw / "1.jpg").read_bytes()).hexdigest()
    put_an_original_there(job, raw)
    change_rows(job, lambda rows: [{**row, "sha256_out": digest} if row["key"] == "1.jpg" else row for row in rows])


@pytest.mark.parametrize(
    "harm, words",
    [
        (lose_a_result, "missing"),
        (change_a_result, "not what was written"),
        (put_an_original_there, "not what was written"),
        (put_something_else_there, "no row tells of it"),
        (put_the_failed_original_there, "something in its result's place"),
        (lose_a_part, "is not done"),
        (lose_a_row, "has no row"),
        (double_a_row, "has 2 rows"),
        (invent_a_row, "not in the plan"),
        (let_an_original_through, "is the original"),
    ],
)
def test_verify_sees(harm: Any, words: str, copied: batch.Job, photos: Path) -> None:
    harm(copied, photos)
    verdict = batch.verify(copied)
    assert not verdict.good and any(words in problem for problem in verdict.problems), verdict.problems
    assert not copied.place.exists("_SUCCESS")
    assert command("verify", copied.place.url).returncode == 1


def test_a_shard_that_lost_its_part_is_done_again_and_nothing_is_written_twice(copied: batch.Job, photos: Path) -> None:
    before = {name: os.stat(Path(copied.target) / name).st_mtime_ns for name in files_in(copied.target)}
    lose_a_part(copied, photos)
    report = batch.run(copied, settings=TWO)
    assert report.shards == 1
    rows = copied.rows_of(0) or []
    assert {row.status for row in rows if row.code == ""} == {"already"}
    assert {name: os.stat(Path(copied.target) / name).st_mtime_ns for name in files_in(copied.target)} == before
    assert batch.verify(copied).good


def test_a_strangers_file_is_not_taken_for_a_result(photos: Path, places: tuple[str, str]) -> None:
    target, place = places
    Path(target).mkdir()
    shutil.copy(photos / "1.jpg", Path(target) / "1.jpg")
    job = batch.plan(str(photos), target, place, options=FAST)
    batch.run(job, settings=TWO)
    row = next(row for row in rows_of(job) if row.key == "1.jpg")
    assert (row.status, row.code, row.sha256_out) == ("failed", "output_exists", "")
    assert not batch.verify(job).good


def test_a_plan_is_never_changed(copied: batch.Job, photos: Path) -> None:
    with pytest.raises(batch.BadJob, match="already"):
        batch.plan(str(photos), copied.target, copied.place.url)
    assert command("plan", str(photos), copied.target, copied.place.url).returncode == 42


@pytest.mark.parametrize("target, job", [("raw/out", "job"), (".", "job"), ("safe", "safe/job"), ("safe", "raw/job")])
def test_photos_results_and_job_are_kept_apart(tmp_path: Path, target: str, job: str) -> None:
    (tmp_path / "raw").mkdir()
    with pytest.raises(batch.BadJob):
        batch.plan(f"{tmp_path}/raw", f"{tmp_path}/{target}", f"{tmp_path}/{job}")


def test_listed_keys_are_done_and_what_is_not_there_is_unreadable(photos: Path, places: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"1.jpg\n{photos}/2.jpg\ngone.jpg\n")
    job = batch.plan(str(photos), *places, options=FAST, keys=f"{tmp_path}/keys")
    batch.run(job, settings=TWO)
    assert {row.key: row.code for row in rows_of(job)} == {"1.jpg": "", "2.jpg": "", "gone.jpg": "unreadable"}
    assert batch.verify(job).good
    listed = command("status", "--failed", job.place.url).stdout
    assert listed == "gone.jpg\n"


def test_the_photo_at_which_the_child_ends_fails_and_the_others_do_not(
    photos: Path, places: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is killed whenever it has photo 3."""
    job = batch.plan(str(photos), *places, options=FAST)
    poison = (photos / "3.jpg").read_bytes()
    real = Service._exchange

    def exchange(service: Service, line: Any, path: str, pieces: Any, accept: str) -> Any:
        if b"".join(pieces) == poison:
            os.kill(line.child.pid, signal.SIGSTOP)  # so that it surely has the photo when it ends
            threading.Timer(0.3, os.kill, (line.child.pid, signal.SIGKILL)).start()
        return real(service, line, path, pieces, accept)

    monkeypatch.setattr(Service, "_exchange", exchange)
    with batch.PhotoWorker(job, 2) as worker:
        batch.ShardRunner(job, worker).run(0)
    rows = {row.key: row for row in rows_of(job)}
    assert len(rows) == 8 and rows["3.jpg"].code == "worker_died"
    assert {row.code for key, row in rows.items() if key != "3.jpg"} == {"", "damaged_photo", "not_a_photo"}
    assert batch.verify(job).good


def test_pixelate_writes_the_same_bytes_again(photos: Path, places: tuple[str, str], tmp_path: Path) -> None:
    job = batch.plan(str(photos), *places, options=batch.Options({"profile": "fast", "style": "pixelate"}))
    batch.run(job, settings=TWO)
    first = files_in(job.target)
    shutil.rmtree(job.target)
    lose_a_part(job, photos)
    batch.run(job, settings=TWO)
    assert files_in(job.target) == first
    other = batch.plan(str(photos), f"{tmp_path}/other", f"{tmp_path}/other job", options=job.options)
    batch.run(other, settings=TWO)
    assert files_in(other.target).keys() == first.keys() and files_in(other.target)["1.jpg"] != first["1.jpg"]
    secret = job.noise_key()
    assert secret and secret not in json.dumps([asdict(row) for row in rows_of(job)])
    assert secret not in (Path(job.place.url) / "job.json").read_text()


# The command, as arrays call it

def test_a_loop_over_shards_does_all(photos: Path, places: tuple[str, str]) -> None:
    planned = command("plan", str(photos), *places, "--profile", "fast", "--photos-per-shard", "3")
    assert planned.returncode == 0, planned.stderr
    told = json.loads(planned.stdout)
    assert told == {"shards": 3, "items": 8, "skipped": 2}
    names = ("AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID")
    for index, name in enumerate(names):
        done = command("shard", places[1], **{name: str(index)})
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["shard"] == index
        assert ".jpg" not in done.stdout + done.stderr, "a log that names photos"
    assert command("verify", places[1]).returncode == 0
    again = command("shard", places[1], "--index", "1")
    assert again.returncode == 0 and json.loads(again.stdout)["new"] is False


def test_few_children_do_many_shards(photos: Path, places: tuple[str, str]) -> None:
    command("plan", str(photos), *places, "--profile", "fast", "--photos-per-shard", "2")
    done = command("shard", places[1], AWS_BATCH_JOB_ARRAY_INDEX="1", AWS_BATCH_JOB_ARRAY_SIZE="2")
    assert [json.loads(line)["shard"] for line in done.stdout.splitlines()] == [1, 3]


@pytest.mark.parametrize("arguments, status", [
    (["shard", "/nowhere", "--index", "0"], 42),
    (["shard", "JOB", "--index", "99"], 42),
    (["shard", "JOB"], 2),
    (["plan", "gopher://photos", "a", "b"], 2),
    (["verify", "/nowhere"], 42),
])
def test_exit_statuses(arguments: list[str], status: int, copied: batch.Job) -> None:
    done = command(*[copied.place.url if argument == "JOB" else argument for argument in arguments])
    assert done.returncode == status and done.stderr.startswith("face-privacy-batch: "), done.stderr
    assert "Traceback" not in done.stderr


def test_what_may_work_later_is_75(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "safe").write_text("a file where the folder should be")
    command("plan", str(photos), f"{tmp_path}/safe", f"{tmp_path}/job", "--profile", "fast")
    done = command("shard", f"{tmp_path}/job", "--index", "0")
    assert done.returncode == 75, done.stderr
    assert not (tmp_path / "job/manifest").exists()


def test_an_option_that_there_is_not_is_42(photos: Path, places: tuple[str, str]) -> None:
    command("plan", str(photos), *places, "--cells", "60", "--style", "pixelate")
    done = command("shard", places[1], "--index", "0")
    assert done.returncode == 42 and "cells" in done.stderr


def test_sigterm_leaves_the_shard_for_another_try(places: tuple[str, str], tmp_path: Path) -> None:
    raw = tmp_path / "many"
    raw.mkdir()
    for number in range(300):
        os.link(DEMO / "sample1.jpg", raw / f"{number:03d}.jpg")
    job = batch.plan(str(raw), *places, options=batch.Options({"profile": "balanced"}))
    with subprocess.Popen(
        [sys.executable, "-m", "face_privacy.batch", "shard", places[1], "--index", "0"],
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT / "python/src"))},
    ) as running:
        while not Path(job.target).exists():
            time.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 75
    assert job.rows_of(0) is None and not list(Path(job.target).glob(".*"))


# Tars

def tar_of(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as target:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname = len(content), 1_700_000_000, "alice"
            target.addfile(member, io.BytesIO(content))
    return made.getvalue()


def members_of(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as source:
        members = source.getmembers()
        assert all(member.mtime == 0 and member.uname == "" for member in members)
        return {member.name: source.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def test_a_tar_becomes_a_tar_without_faces_failures_and_places(places: tuple[str, str], tmp_path: Path) -> None:
    described = {"caption": "a square", "exif": {"GPSLatitude": 52}, "gps": [1, 2], "sha256": "ab", "width": 3, "deep": {"Latitude": 1}}
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/00000.tar").write_bytes(tar_of({
        "a/1.jpg": photo("sample1.jpg"), "a/1.json": json.dumps(described).encode(), "a/1.txt": b"a square",
        "a/1.depth.bin": b"perhaps a picture",
        "2.jpg": photo("sample2.jpg")[:5000], "2.json": b"{}",
        "3.jpg": photo("sample3.jpg"), "3.json": b"{no json",
    }))
    (tmp_path / "raw/00001.tar").write_bytes(b"no tar" * 200)
    job = batch.plan(f"{tmp_path}/raw", *places, options=FAST)
    batch.run(job, settings=TWO)
    rows = {row.key: row for row in rows_of(job)}
    assert {key: row.code for key, row in rows.items()} == {
        "00000.tar#a/1.jpg": "", "00000.tar#2.jpg": "damaged_photo", "00000.tar#3.jpg": "", "00001.tar": "damaged_container"}
    members = members_of((Path(job.target) / "00000.tar").read_bytes())
    assert list(members) == ["a/1.jpg", "a/1.json", "a/1.txt", "3.jpg"]
    assert json.loads(members["a/1.json"]) == {"caption": "a square", "width": 3, "deep": {}}
    single = subprocess.run([find_program(), "blur", DEMO / "sample1.jpg", "-o", "-", "--profile", "fast"], capture_output=True, check=True)
    assert members["a/1.jpg"] == single.stdout
    assert list(files_in(job.target)) == ["00000.tar"]
    assert batch.verify(job).good
    lose_a_part(job, tmp_path)
    batch.run(job, settings=TWO)
    assert batch.verify(job).good and {row.status for row in job.rows_of(0) or ()} == {"already", "failed"}


def test_verify_looks_into_tars(places: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/0.tar").write_bytes(tar_of({"1.jpg": photo("sample1.jpg"), "2.jpg": photo("sample2.jpg")}))
    job = batch.plan(f"{tmp_path}/raw", *places, options=FAST)
    batch.run(job, settings=TWO)
    result = Path(job.target) / "0.tar"
    members = members_of(result.read_bytes())
    for wrong in ({**members, "2.jpg": photo("sample2.jpg")}, {"1.jpg": members["1.jpg"]}, {**members, "3.jpg": b"more"}):
        result.write_bytes(tar_of(wrong))
        assert not batch.verify(job).good


# Small things

@pytest.mark.parametrize("key, wanted, out", [
    ("a/b.HEIC", "keep", "a/b.HEIC.jpg"), ("a/b.jpg", "keep", "a/b.jpg"), ("b.png", "jpeg", "b.png.jpg"),
    ("b.JPG", "jpeg", "b.JPG"), ("b.jpg", "webp", "b.jpg.webp"),
])
def test_no_two_photos_share_a_result(key: str, wanted: str, out: str) -> None:
    assert _plan.out_name(key, batch.Options({"format": wanted})) == out


@pytest.mark.parametrize("name", ["exif", "EXIF", "gps_info", "GPSLatitude", "latitude", "lat", "lon", "geotag", "location", "sha256", "phash", "image_hash"])
def test_fields_that_tell_of_the_original(name: str) -> None:
    assert _side_files.is_private(name)


@pytest.mark.parametrize("name", ["caption", "width", "original_width", "label", "relation", "latent", "placement", "url"])
def test_fields_that_do_not(name: str) -> None:
    assert not _side_files.is_private(name)


@pytest.mark.parametrize("key", ["../up", "a/../../up", "/etc/passwd", "a//b", "."])
def test_a_key_stays_below_its_folder(key: str, tmp_path: Path) -> None:
    with pytest.raises(_storage.Unreadable):
        _storage.Folder(str(tmp_path / "root")).read(key)


def test_a_file_appears_whole_and_once(tmp_path: Path) -> None:
    place = _storage.Folder(str(tmp_path))
    sink = place.sink("a/b")
    sink.write(b"half")
    assert not (tmp_path / "a/b").exists() and not list(place.entries())
    assert place.create("a/b", b"first")
    assert not sink.commit()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    assert (tmp_path / "a/b").read_bytes() == b"first"
