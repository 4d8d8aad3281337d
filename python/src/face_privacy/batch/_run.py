"""All shards that have no part of the manifest yet, by an engine that only says who does which."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ._job import Job, open_job
from ._metrics import Metrics, no_metrics
from ._shard import ShardReport, ShardRunner
from ._work import PhotoWorker, TryAgain

_ROUNDS = 3  # over the shards that are still open, in which none was done
_PAUSE_SECONDS = 2.0  # after a round in vain; twice as long after each further one

Engine = Literal["local", "ray"]


@dataclass
class RunReport:
    shards: int = 0  # done in this run
    photos: int = 0
    failed: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    open_shards: int = 0  # that are still to be done
    last_error: str = ""

    def add(self, report: ShardReport) -> None:
        self.shards += 1
        self.photos += report.photos
        self.failed += report.failed
        self.codes.update(report.codes)

    @property
    def failed_share(self) -> float:
        return self.failed / self.photos if self.photos else 0.0


@dataclass
class Settings:
    threads: int | None = None  # photos at once on a machine; none: a core each
    program: str | None = None
    address: str | None = None  # of a Ray cluster; none: the one around this process, or one of this machine
    workers: int | None = None  # machines at once, with Ray; none: all
    metrics: Metrics = field(default_factory=no_metrics)
    progress: Callable[[RunReport], None] = lambda report: None
    stop: threading.Event = field(default_factory=threading.Event)


class Round(Protocol):
    def __call__(self, job: Job, shards: list[int], settings: Settings) -> Iterator[ShardReport | str]:
        """A report for each shard that is done, words for one that is not."""


def run(job: Job | str, *, engine: Engine = "local", settings: Settings | None = None) -> RunReport:
    """Fails with BadJob. What is left open after a few rounds, `open_shards` counts; running it again goes on there."""
    opened = open_job(job) if isinstance(job, str) else job
    chosen = settings or Settings()
    report, start, in_vain = RunReport(), time.monotonic(), 0
    while in_vain < _ROUNDS and not chosen.stop.is_set():
        shards = open_shards(opened)
        if not shards:
            break
        if in_vain:
            chosen.stop.wait(_PAUSE_SECONDS * 2**in_vain)
        before = report.shards
        for told in _round_of(engine)(opened, shards, chosen):
            if isinstance(told, str):
                report.last_error = told
            else:
                report.add(told)
            report.seconds = time.monotonic() - start
            chosen.progress(report)
        in_vain = in_vain + 1 if report.shards == before else 0
    report.open_shards = len(open_shards(opened))
    report.seconds = time.monotonic() - start
    return report


def open_shards(job: Job) -> list[int]:
    done = job.done()
    return [shard for shard in range(job.shards) if shard not in done]


def _round_of(engine: Engine) -> Round:
    if engine == "local":
        return run_here
    from ._ray_engine import run_on_ray

    return run_on_ray


def run_here(job: Job, shards: Iterable[int], settings: Settings) -> Iterator[ShardReport | str]:
    with PhotoWorker(job, settings.threads, settings.program) as worker:
        runner = ShardRunner(job, worker, watch=settings.metrics.photo, stop=settings.stop)
        for shard in shards:
            if settings.stop.is_set():
                return
            try:
                report = runner.run(shard)
            except TryAgain as error:
                settings.metrics.shard("again")
                yield str(error)
                continue
            settings.metrics.shard("done" if report.new else "already")
            yield report


class Progress:
    """A line on a terminal that is written over; nothing where there is none."""

    def __init__(self, job: Job) -> None:
        self._job, self._shown = job, False
        self._before = len(job.done()) if sys.stderr.isatty() else 0

    def __call__(self, report: RunReport) -> None:
        if not sys.stderr.isatty():
            return
        rate = report.photos / report.seconds if report.seconds else 0
        text = f"{self._before + report.shards} of {self._job.shards} shards, {report.photos} photos, {rate:.1f}/s"
        if report.failed:
            text += f", {report.failed} failed"
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()
        self._shown = True

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\n")
