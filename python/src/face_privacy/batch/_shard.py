"""One shard, from the plan to its part of the manifest: the same work for every engine."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from typing import Any

from .._version import version
from ._job import BadJob, Item, Job, Row, manifest_key, pack_lines
from ._parquet import redact_parquet
from ._storage import StorageError
from ._tar import redact_tar
from ._work import PhotoWorker, Suspect, TryAgain

_IN_FLIGHT = 3  # photos for each thread of the child: one is read, one is worked on, one is written
_ALONE = 2  # tries of a photo at which the child ended


@dataclass(frozen=True)
class ShardReport:
    shard: int
    photos: int
    failed: int
    codes: dict[str, int]
    bytes_in: int
    bytes_out: int
    seconds: float
    new: bool  # False where another attempt had finished it


class Stopped(TryAgain):
    """Somebody asked for an end."""


Watch = Callable[[Row], None]


class ShardRunner:
    """Does shards of a job, one after another, with one child."""

    def __init__(
        self,
        job: Job,
        worker: PhotoWorker,
        *,
        watch: Watch = lambda row: None,
        stop: threading.Event | None = None,
    ) -> None:
        self._job, self._worker, self._watch = job, worker, watch
        self._stop = stop or threading.Event()

    def run(self, shard: int) -> ShardReport:
        """Fails with BadJob (no other try will mend it), TryAgain. Repeating it is harmless."""
        if not 0 <= shard < self._job.shards:
            raise BadJob(f"there are shards 0 to {self._job.shards - 1}, and no {shard}")
        start = time.monotonic()
        try:
            rows = self._job.rows_of(shard)
            if rows is not None:
                return _report(shard, rows, 0.0, new=False)
            rows = list(self._rows(self._job.items_of(shard)))
            seconds = time.monotonic() - start
            report = _report(shard, rows, seconds, new=True)
            self._job.place.create(f"stats/{shard:08d}.json", self._stats(report))
            if not self._job.place.create(manifest_key(shard), pack_lines(map(asdict, rows))):
                return _report(shard, self._job.rows_of(shard) or rows, seconds, new=False)
            return report
        except StorageError as error:
            raise TryAgain(f"the job's place does not answer: {error}") from error

    def _rows(self, items: list[Item]) -> Iterator[Row]:
        photos = [item for item in items if item.kind == "photo"]
        for row in self._photo_rows(photos):
            self._watch(row)
            yield row
        for item in items:
            if item.kind != "photo":
                yield from self._container_rows(item)

    def _photo_rows(self, photos: list[Item]) -> list[Row]:
        """In the order of the plan."""
        rows: dict[str, Row] = {}
        suspects: list[Item] = []

        def take(item: Item, future: Future[Row]) -> None:
            try:
                rows[item.key] = future.result()
            except Suspect:
                suspects.append(item)

        run_ahead(photos, self._worker.do, self._worker.redactor.threads * _IN_FLIGHT, take, self._check)
        for item in suspects:
            rows[item.key] = self.alone(item)
        return [rows[item.key] for item in photos]

    def alone(self, item: Item) -> Row:
        code = ""
        for _ in range(_ALONE):
            self._check()
            try:
                return self._worker.do(item)
            except Suspect as suspect:
                code = suspect.code
        return Row(item.key, item.out, "failed", code, bytes_in=item.size)

    def _container_rows(self, item: Item) -> Iterator[Row]:
        redact_container = redact_tar if item.kind == "tar" else redact_parquet
        for row in redact_container(item, self._worker, self._job.options, self._check):
            self._watch(row)
            yield row

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped("stopped before the shard was done")

    def _stats(self, report: ShardReport) -> bytes:
        told: dict[str, Any] = asdict(report)
        del told["new"]
        where = {"node": socket.gethostname(), "attempt": attempt(), "version": version, **self._worker.identity}
        return (json.dumps({**told, **where}, indent=1) + "\n").encode()


def attempt() -> int:
    """Of the engine that called, as far as it tells."""
    for name in ("AWS_BATCH_JOB_ATTEMPT", "SLURM_RESTART_COUNT"):
        if (told := os.environ.get(name, "")).isdecimal():
            return int(told)
    return 1


def run_ahead(
    things: list[Item],
    work: Callable[[Item], Row],
    in_flight: int,
    take: Callable[[Item, Future[Row]], None],
    check: Callable[[], None],
) -> None:
    """`work` on each of `things` in threads, no more than `in_flight` at a time. What it raises that `take` does not catch ends
    it, after what is at work."""
    at_work: dict[Future[Row], Item] = {}

    def collect() -> None:
        done, _ = wait(at_work, return_when=FIRST_COMPLETED)
        for future in done:
            take(at_work.pop(future), future)

    with ThreadPoolExecutor(in_flight, "face-privacy-batch") as pool:
        for thing in things:
            check()
            while len(at_work) >= in_flight:
                collect()
            at_work[pool.submit(work, thing)] = thing
        while at_work:
            collect()


def _report(shard: int, rows: list[Row], seconds: float, new: bool) -> ShardReport:
    codes = Counter(row.code for row in rows if row.status == "failed")
    return ShardReport(
        shard,
        len(rows),
        sum(codes.values()),
        dict(sorted(codes.items())),
        sum(row.bytes_in for row in rows),
        sum(row.bytes_out for row in rows),
        round(seconds, 3),
        new,
    )
