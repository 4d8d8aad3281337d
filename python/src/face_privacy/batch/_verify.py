"""Whether a job is done, and done right: asked of the places, not of what the job believes."""

from __future__ import annotations

import hashlib
import json
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ._containers import BadContainer
from ._job import BadJob, Item, Job, Row, open_job
from ._parquet import photo_column
from ._storage import Place, Unreadable

_MOST_TOLD = 1000
_THREADS = 32


@dataclass
class Verdict:
    photos: int = 0
    results: int = 0
    failed: int = 0  # photos without a result, as the manifest says
    codes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)  # what is wrong, with keys; the first thousand
    problem_count: int = 0

    @property
    def good(self) -> bool:
        return self.problem_count == 0


def verify(*jobs: Job | str, listing: bool = True, threads: int = _THREADS) -> Verdict:
    """Looks at every result of the jobs, which share a target: each planned photo has one row; each result is there, with
    the bytes of its row; it is not its original, unless that had no face; what failed has no result. With `listing`,
    nothing else lies in the target. Where all is well, each job gets a `_SUCCESS`. Fails with BadJob, StorageError."""
    opened = [open_job(job) if isinstance(job, str) else job for job in jobs]
    if len({job.target for job in opened}) != 1:
        raise BadJob("jobs that are verified together have one target")
    check = _Check(opened[0].open_target())
    with ThreadPoolExecutor(threads, "verify") as pool:
        for job in opened:
            _drain(pool.map(lambda shard, job=job: check.shard(job, shard), range(job.shards)))
    check.failures_have_no_result()
    if listing:
        check.nothing_else()
    if check.verdict.good:
        for job in opened:
            _succeed(job, check.verdict)
    return check.verdict


class _Check:
    def __init__(self, target: Place) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._expected: set[str] = set()  # outs that have a result
        self._failed: dict[str, str] = {}  # out -> key
        self.verdict = Verdict()

    def shard(self, job: Job, shard: int) -> None:
        rows = job.rows_of(shard)
        if rows is None:
            self._complain(f"shard {shard} is not done")
            return
        items = {item.key: item for item in job.items_of(shard)}
        by_item: dict[str, list[Row]] = {}
        for row in rows:
            key = row.key if row.key in items else row.key.partition("#")[0]
            by_item.setdefault(key, []).append(row)
        for key in by_item.keys() - items.keys():
            self._complain(f"{key}: is in the manifest and not in the plan")
        for key, item in items.items():
            self._item(item, by_item.get(key, []), job.options.column)

    def _item(self, item: Item, rows: list[Row], column: str) -> None:
        keys = Counter(row.key for row in rows)
        for key, count in keys.items():
            if count > 1:
                self._complain(f"{key}: has {count} rows")
        if item.kind == "photo" and len(keys) != 1:
            self._complain(f"{item.key}: has no row")
        for row in rows:
            self._row(row)
        if item.kind == "photo":
            for row in rows:
                self._photo(row)
        else:
            self._container(item, rows, column)

    def _row(self, row: Row) -> None:
        with self._lock:
            self.verdict.photos += 1
            if row.status == "failed":
                self.verdict.failed += 1
                self.verdict.codes[row.code] += 1
            else:
                self.verdict.results += 1
        if row.status == "failed":
            if row.sha256_out or not row.code:
                self._complain(f"{row.key}: failed, and its row tells of a result")
        elif not row.sha256_out or not row.sha256_in:
            self._complain(f"{row.key}: its row has no digest")
        elif row.sha256_out == row.sha256_in and (row.faces or row.regions):
            self._complain(f"{row.key}: the result is the original, which has faces")

    def _photo(self, row: Row) -> None:
        if row.status == "failed":
            with self._lock:
                if row.code != "output_exists":
                    self._failed[row.out] = row.key
            return
        with self._lock:
            self._expected.add(row.out)
        try:
            stored = self._target.sha256(row.out)
        except Unreadable:
            self._complain(f"{row.key}: its result is missing")
            return
        if stored is None:
            self._complain(f"{row.key}: its result cannot be looked at")
        elif stored != row.sha256_out:
            self._complain(f"{row.key}: its result is not what was written")

    def _container(self, item: Item, rows: list[Row], column: str) -> None:
        if [row.key for row in rows] == [item.key]:
            with self._lock:
                self._failed[item.out] = item.key
            return
        with self._lock:
            self._expected.add(item.out)
        wanted = {row.out.partition("#")[2]: row.sha256_out for row in rows if row.status != "failed"}
        try:
            if item.kind == "tar":
                found = dict(_tar_photos(self._target, item.out, set(wanted)))
            else:
                found = dict(_parquet_photos(self._target, item.out, column))
        except Unreadable:
            self._complain(f"{item.key}: its result is missing")
            return
        except (BadContainer, tarfile.TarError, OSError) as error:
            self._complain(f"{item.key}: its result cannot be read: {error}")
            return
        for name in wanted.keys() ^ found.keys():
            self._complain(f"{item.key}#{name}: {'its result is missing' if name in wanted else 'a photo that is in no row'}")
        for name in wanted.keys() & found.keys():
            if wanted[name] != found[name]:
                self._complain(f"{item.key}#{name}: its result is not what was written")

    def failures_have_no_result(self) -> None:
        for out, key in self._failed.items():
            if out not in self._expected and self._target.exists(out):
                self._complain(f"{key}: failed, and there is something in its result's place")

    def nothing_else(self) -> None:
        for entry in self._target.entries():
            if entry.key not in self._expected and entry.key not in self._failed:
                self._complain(f"{entry.key}: lies among the results, and no row tells of it")

    def _complain(self, words: str) -> None:
        with self._lock:
            self.verdict.problem_count += 1
            if len(self.verdict.problems) < _MOST_TOLD:
                self.verdict.problems.append(words)


def _tar_photos(target: Place, key: str, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """Name and digest of each member that is a photo by its row or its name."""
    from ._plan import PHOTO_EXTENSIONS, extension_of

    with target.open(key) as file, tarfile.open(fileobj=file, mode="r|") as source:
        for member in source:
            if member.name in wanted or extension_of(member.name) in PHOTO_EXTENSIONS:
                content = source.extractfile(member)
                assert content is not None
                yield member.name, hashlib.sha256(content.read()).hexdigest()


def _parquet_photos(target: Place, key: str, wanted: str) -> Iterator[tuple[str, str]]:
    from pyarrow import parquet

    with target.open(key) as file:
        source = parquet.ParquetFile(file)
        column, inside = photo_column(source.schema_arrow, wanted)
        number = 0
        for batch in source.iter_batches(64, columns=[column]):
            for value in batch.column(0).to_pylist():
                content = value[inside] if inside and value is not None else value
                if content is not None:
                    yield str(number), hashlib.sha256(content).hexdigest()
                number += 1


def _succeed(job: Job, verdict: Verdict) -> None:
    told = {"verified": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "photos": verdict.photos,
            "results": verdict.results, "failed": verdict.failed, "codes": dict(verdict.codes)}
    job.place.create("_SUCCESS", (json.dumps(told) + "\n").encode())


def _drain(things: Iterable[object]) -> None:
    for _ in things:
        pass
