"""What tars and parquet files have in common: the result is one object, written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ._job import Item, Row
from ._storage import Sink, StorageError, Unreadable
from ._work import PhotoWorker, TryAgain


class BadContainer(Exception):
    """A container of which nothing can be made: it has one row, failed with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def redact_container(item: Item, worker: PhotoWorker, write: Callable[[Sink], Iterable[Row]]) -> list[Row]:
    """`write` puts the result into a sink and gives the rows. Fails with TryAgain."""
    try:
        sink = worker.target.sink(item.out)
    except (StorageError, Unreadable) as error:
        raise TryAgain(f"a result cannot be written: {error}") from error
    try:
        rows = list(write(sink))
        written = sink.commit()
    except BadContainer as error:
        sink.abandon()
        return [Row(item.key, item.out, "failed", error.code, bytes_in=item.size)]
    except (StorageError, Unreadable) as error:
        sink.abandon()
        raise TryAgain(f"a container cannot be read or written: {error}") from error
    except BaseException:
        sink.abandon()
        raise
    # One that was there is that of an earlier attempt, since results appear whole: `verify` looks into it.
    return rows if written else [replace(row, status="already") if row.status == "redacted" else row for row in rows]


class SinkFile(io.RawIOBase):
    """A sink as a file that can be written from its beginning to its end."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        count = self._sink.write(bytes(data))
        self._position += count
        return count
