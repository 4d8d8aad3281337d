"""One photo: read, redacted by the child, written. Whatever goes wrong, no original is written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any

from .._errors import FacePrivacyError
from .._redactor import Redactor, Result
from ._job import BadJob, Item, Job, Row
from ._storage import StorageError, Unreadable

# The child ended, or did not answer, while it had the photo and others: whose fault it was shows a try alone.
SUSPICIOUS = {"worker_died", "no_answer", "deadline_exceeded", "stuck"}
# Not the photo's fault.
_LATER = {"start_failed", "no_program", "closed", "starting", "draining", "queue_full", "in_flight_bytes"}

# The same for each photo.
_WRONG_JOB = {"invalid_option", "unknown_option", "duplicate_option"}


class TryAgain(Exception):
    """Nothing is wrong with the photos: the storage or the program does not work now."""


@dataclass
class Outcome:
    """What came of a photo's bytes; `image` is None where there is no result."""

    image: bytes | None
    code: str = ""
    faces: int = 0
    regions: int = 0
    sha256_in: str = ""
    sha256_out: str = ""
    bytes_in: int = 0
    ms: dict[str, float] = field(default_factory=dict)

    def row(self, key: str, out: str, written: bool = True) -> Row:
        return Row(
            key,
            out,
            "failed" if self.image is None else "redacted" if written else "already",
            self.code,
            self.faces,
            self.regions,
            self.bytes_in,
            len(self.image or b""),
            self.sha256_in,
            self.sha256_out,
            **{f"{stage}_ms": round(value, 2) for stage, value in self.ms.items()},
        )


class PhotoWorker:
    """Keeps one child for as long as the `with` block lasts. Any number of threads may use it."""

    def __init__(self, job: Job, threads: int | None = None, program: str | None = None) -> None:
        self._options: dict[str, Any] = dict(job.options.redact)
        self._key = _KeyFile(job.noise_key())
        self.redactor = Redactor(threads=threads, program=program, arguments=self._key.arguments)
        self.source, self.target = job.open_source(), job.open_target()

    def __enter__(self) -> PhotoWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.redactor.close()
        self._key.close()

    @cached_property
    def identity(self) -> dict[str, str]:
        """Of the weights that the results come from."""
        try:
            model = self.redactor.model()
        except FacePrivacyError as error:
            raise TryAgain(str(error)) from error
        return {"model_name": model.name, "model_sha256": model.sha256, "engine": model.engine}

    def do(self, item: Item) -> Row:
        """Reads, redacts and writes a photo of its own. Raises Suspect where it should be tried alone."""
        times: dict[str, float] = {}
        try:
            with _timed(times, "read"):
                original = self.source.read(item.key)
        except Unreadable:
            return Row(item.key, item.out, "failed", "unreadable", bytes_in=0, read_ms=round(times["read"], 2))
        except StorageError as error:
            raise TryAgain(f"a photo cannot be read: {error}") from error
        outcome = self.redact(original)
        outcome.ms.update(times)
        if outcome.image is None:
            return outcome.row(item.key, item.out)
        try:
            with _timed(outcome.ms, "write"):
                written = self._write(item, outcome)
        except StorageError as error:
            raise TryAgain(f"a result cannot be written: {error}") from error
        return outcome.row(item.key, item.out, written)

    def _write(self, item: Item, outcome: Outcome) -> bool:
        """False where it was there. What is there and not ours takes the result away."""
        assert outcome.image is not None
        written = self.target.create(item.out, outcome.image)
        if not written and self._stored(item.out) not in (None, outcome.sha256_out):
            outcome.image, outcome.sha256_out, outcome.code = None, "", "output_exists"
        return written

    def _stored(self, key: str) -> str | None:
        try:
            return self.target.sha256(key)
        except Unreadable:
            return ""

    def redact(self, original: bytes) -> Outcome:
        """Fails with Suspect, TryAgain, and BadJob where the job asks for what there is not."""
        outcome = Outcome(None, sha256_in=hashlib.sha256(original).hexdigest(), bytes_in=len(original))
        try:
            with _timed(outcome.ms, "redact"):
                result: Result[bytes] = self.redactor.redact(original, **self._options)
        except FacePrivacyError as error:
            if error.code in SUSPICIOUS:
                raise Suspect(error.code) from error
            if error.code in _WRONG_JOB:
                raise BadJob(str(error)) from error
            if error.code in _LATER or error.status in (401, 429, 500, 503):
                raise TryAgain(str(error)) from error
            outcome.code = error.code
            return outcome
        outcome.faces, outcome.regions = len(result.faces), result.regions
        sha256_out = hashlib.sha256(result.image).hexdigest()
        if sha256_out == outcome.sha256_in and (outcome.faces or outcome.regions):
            outcome.code = "unchanged"  # faces, and nothing done about them: a fault of ours, and no result
            return outcome
        outcome.image, outcome.sha256_out = result.image, sha256_out
        return outcome


class Suspect(Exception):
    """The child ended while it had this photo, among others."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _KeyFile:
    """The noise key where the child can read it and no other user can: in memory, without a name."""

    def __init__(self, key: str | None) -> None:
        self._memory = -1
        self.arguments: list[str] = []
        if key is not None:
            self._memory = os.memfd_create("noise-key")
            os.fchmod(self._memory, 0o600)
            os.write(self._memory, key.encode("ascii"))
            self.arguments = ["--noise-key", f"/proc/{os.getpid()}/fd/{self._memory}"]

    def close(self) -> None:
        if self._memory >= 0:
            os.close(self._memory)
            self._memory = -1


@contextlib.contextmanager
def _timed(times: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        times[stage] = (time.perf_counter() - start) * 1000

