"""How far a job is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ._job import Job, Row, open_job

_THREADS = 16


@dataclass
class JobStatus:
    shards: int
    shards_done: int
    photos_planned: int  # containers count as one each
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    faces: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


def status(job: Job | str) -> JobStatus:
    opened = open_job(job) if isinstance(job, str) else job
    done = sorted(opened.done())
    told = JobStatus(opened.shards, len(done), opened.items)
    for row in _rows(opened, done):
        told.statuses[row.status] += 1
        if row.status == "failed":
            told.codes[row.code] += 1
        told.faces += row.faces
        told.bytes_in += row.bytes_in
        told.bytes_out += row.bytes_out
    return told


def failed_rows(job: Job | str) -> Iterator[Row]:
    opened = open_job(job) if isinstance(job, str) else job
    return (row for row in _rows(opened, sorted(opened.done())) if row.status == "failed")


def _rows(job: Job, shards: list[int]) -> Iterator[Row]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for rows in pool.map(job.rows_of, shards):
            yield from rows or ()
