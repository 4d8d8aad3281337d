"""Counters of a run, for Prometheus: by a port, by a file for the node exporter's textfile collector, or by Ray."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ._job import Row

PHOTOS = "face_privacy_batch_photos"
SHARDS = "face_privacy_batch_shards"
BYTES = "face_privacy_batch_bytes"
FACES = "face_privacy_batch_faces"
SECONDS = "face_privacy_batch_stage_seconds"

_COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    PHOTOS: ("Photos that have their row", ("status", "code")),
    SHARDS: ("Shards by what came of them", ("outcome",)),
    BYTES: ("Bytes of photos read and of results written", ("direction",)),
    FACES: ("Faces that were found", ()),
    SECONDS: ("Seconds that photos spent in a stage, together", ("stage",)),
}


class Counter(Protocol):
    def add(self, value: float, **labels: str) -> None: ...


class Metrics:
    """Counts rows and shards. Names of photos are in none of it."""

    def __init__(self, counters: dict[str, Counter]) -> None:
        self._counters = counters

    def photo(self, row: Row) -> None:
        self._add(PHOTOS, 1, status=row.status, code=row.code)
        self._add(BYTES, row.bytes_in, direction="in")
        self._add(BYTES, row.bytes_out, direction="out")
        self._add(FACES, row.faces)
        for stage in ("read", "redact", "write"):
            self._add(SECONDS, getattr(row, f"{stage}_ms") / 1000, stage=stage)

    def shard(self, outcome: str) -> None:
        self._add(SHARDS, 1, outcome=outcome)

    def flush(self) -> None:
        """Writes what is kept in a file."""

    def _add(self, name: str, value: float, **labels: str) -> None:
        if name in self._counters and value >= 0:
            self._counters[name].add(value, **labels)


class _Prometheus(Metrics):
    def __init__(self, port: int | None, file: str | None) -> None:
        prometheus_client: Any = importlib.import_module("prometheus_client")  # only part of it is typed
        prometheus_client.disable_created_metrics()
        self._library, self._file = prometheus_client, file
        self._registry = prometheus_client.CollectorRegistry()
        super().__init__(
            {name: _PrometheusCounter(prometheus_client.Counter(name, help_, labels, registry=self._registry), labels)
             for name, (help_, labels) in _COUNTERS.items()}
        )
        if port is not None:
            prometheus_client.start_http_server(port, registry=self._registry)

    def shard(self, outcome: str) -> None:
        super().shard(outcome)
        self.flush()

    def flush(self) -> None:
        if self._file is not None:
            Path(self._file).parent.mkdir(parents=True, exist_ok=True)
            self._library.write_to_textfile(self._file, self._registry)


class _PrometheusCounter:
    def __init__(self, counter: Any, labels: Sequence[str]) -> None:
        self._counter, self._labels = counter, labels

    def add(self, value: float, **labels: str) -> None:
        (self._counter.labels(**labels) if self._labels else self._counter).inc(value)


class _RayCounter:
    def __init__(self, name: str, help_: str, labels: Sequence[str]) -> None:
        from ray.util.metrics import Counter as RayMetric

        self._counter: Any = RayMetric(f"{name}_total", help_, tuple(labels))

    def add(self, value: float, **labels: str) -> None:
        if value > 0:  # Ray takes no zero
            self._counter.inc(value, labels)


def no_metrics() -> Metrics:
    return Metrics({})


def prometheus(port: int | None, file: str | None) -> Metrics:
    """Needs prometheus_client where one of them is wanted."""
    return no_metrics() if port is None and file is None else _Prometheus(port, file)


def ray() -> Metrics:
    """Of the process that calls: Ray gathers them on each node and prefixes their names with `ray_`."""
    return Metrics({name: _RayCounter(name, help_, labels) for name, (help_, labels) in _COUNTERS.items()})
