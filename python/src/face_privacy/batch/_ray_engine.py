"""Ray Data says which machine does which shard, and again elsewhere where a machine is lost. Rows are numbers of shards: no
photo goes through Ray's store, and what Ray knows may be lost, since the manifest says what is done.

Shards are tasks and no actors: an actor whose machine is lost waits, and its work with it, until a machine has room for it.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import _metrics
from ._job import BadJob, Job, open_job
from ._shard import ShardReport, ShardRunner
from ._work import PhotoWorker, TryAgain

if TYPE_CHECKING:
    from ._run import Settings

_MOST_BLOCKS = 10_000
_RETRIES = 3  # of a shard whose machine is lost; what fails after that is for another round


class Worker:
    """A machine's child, and the shards it is given."""

    def __init__(self, job_url: str, threads: int, program: str | None) -> None:
        self._job = open_job(job_url)
        self._metrics = _metrics.ray()
        self._worker = PhotoWorker(self._job, threads, program)
        self._runner = ShardRunner(self._job, self._worker, watch=self._metrics.photo)

    def close(self) -> None:
        self._worker.close()

    def do(self, shard: int) -> str:
        try:
            report = self._runner.run(shard)
        except (TryAgain, BadJob) as error:
            self._metrics.shard("again" if isinstance(error, TryAgain) else "bad")
            return json.dumps({"shard": shard, "error": str(error), "bad": isinstance(error, BadJob)})
        self._metrics.shard("done" if report.new else "already")
        return json.dumps(asdict(report))


# Of a process that Ray keeps between tasks: the last job's, so that a machine has one child.
_kept: dict[tuple[str, int, str | None], Worker] = {}


def do_shards(batch: dict[str, Any], job_url: str, threads: int, program: str | None) -> dict[str, list[str]]:
    """A task. It takes all cores of its machine, so there is one at a time."""
    key = (job_url, threads, program)
    if key not in _kept:
        while _kept:
            _kept.popitem()[1].close()
        _kept[key] = Worker(*key)
    return {"told": [_kept[key].do(int(shard)) for shard in batch["shard"]]}


def run_on_ray(job: Job, shards: list[int], settings: Settings) -> Iterator[ShardReport | str]:
    ray: Any = importlib.import_module("ray")  # only part of it is typed
    importlib.import_module("ray.data")
    if not ray.is_initialized():
        ray.init(address=settings.address, log_to_driver=False, logging_level=logging.WARNING)
    machines = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]
    if not machines:
        yield "the cluster has no machine with a core"
        return
    cores = settings.threads or min(int(node["Resources"]["CPU"]) for node in machines)
    numbers = [{"shard": shard} for shard in shards]
    work = ray.data.from_items(numbers, override_num_blocks=min(len(shards), _MOST_BLOCKS)).map_batches(
        do_shards,
        fn_kwargs={"job_url": job.place.url, "threads": cores, "program": settings.program},
        batch_size=1,
        num_cpus=cores,
        compute=ray.data.TaskPoolStrategy(size=settings.workers),
        max_retries=_RETRIES,
    )
    try:
        for row in work.iter_rows():
            yield _told(json.loads(row["told"]))
    except ray.exceptions.RayError as error:
        yield f"Ray gave up: {type(error).__name__}"


def _told(line: dict[str, Any]) -> ShardReport | str:
    if line.get("bad"):
        raise BadJob(line["error"])
    return line["error"] if "error" in line else ShardReport(**line)
