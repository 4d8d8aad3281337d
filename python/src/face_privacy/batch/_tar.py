"""A tar of samples (WebDataset): 000042.jpg, 000042.json, 000042.txt ... belong together by their name.

Samples are read one after another and written in their order. One with a photo that failed is left out with all its
members; members of kinds that nobody named are left out too, since there may be a picture in them.
"""

from __future__ import annotations

import io
import tarfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from ._containers import BadContainer, SinkFile, redact_container
from ._job import Item, Options, Row
from ._plan import PHOTO_EXTENSIONS, extension_of, out_name
from ._side_files import clean_json
from ._storage import Sink, Unreadable
from ._work import Outcome, PhotoWorker, Suspect

_IN_FLIGHT = 3
_MOST_MEMBER_BYTES = 512 << 20


@dataclass
class Sample:
    name: str
    photos: list[tuple[str, bytes]] = field(default_factory=list)  # member's name, content
    others: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass
class Done:
    rows: list[Row]
    members: list[tuple[str, bytes]]  # to be written


def redact_tar(item: Item, worker: PhotoWorker, options: Options, check: Callable[[], None]) -> list[Row]:
    """The rows of its photos, once the whole result is there."""
    return redact_container(item, worker, lambda sink: _write(sink, item, worker, options, check))


def _write(sink: Sink, item: Item, worker: PhotoWorker, options: Options, check: Callable[[], None]) -> Iterator[Row]:
    target = tarfile.open(fileobj=SinkFile(sink), mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
    names: set[str] = set()
    for done in _in_order(item, worker, options, check):
        yield from done.rows
        for name, content in done.members:
            if name not in names:
                names.add(name)
                _add(target, name, content)
    target.close()


def _in_order(item: Item, worker: PhotoWorker, options: Options, check: Callable[[], None]) -> Iterator[Done]:
    in_flight = worker.redactor.threads * _IN_FLIGHT
    ahead: deque[tuple[Sample, Future[Done]]] = deque()

    def first() -> Done:
        sample, future = ahead.popleft()
        try:
            return future.result()
        except Suspect:
            for _, other in ahead:  # alone means that nobody else is at work
                other.exception()
            return _alone(sample, item, worker, options)

    with ThreadPoolExecutor(in_flight, "face-privacy-batch") as pool:
        try:
            for sample in samples(item, worker):
                check()
                ahead.append((sample, pool.submit(_redact, sample, item, worker, options)))
                if len(ahead) >= in_flight:
                    yield first()
            while ahead:
                yield first()
        finally:
            for _, future in ahead:
                future.cancel()


def samples(item: Item, worker: PhotoWorker) -> Iterator[Sample]:
    try:
        with worker.source.open(item.key) as file, tarfile.open(fileobj=file, mode="r|") as source:
            current = Sample("")
            for member in source:
                if not member.isreg():
                    continue
                if member.size > _MOST_MEMBER_BYTES:
                    raise BadContainer("too_large")
                name = stem_of(member.name)
                if name != current.name:
                    yield current
                    current = Sample(name)
                content = source.extractfile(member)
                assert content is not None
                group = current.photos if extension_of(member.name) in PHOTO_EXTENSIONS else current.others
                group.append((member.name, content.read()))
            yield current
    except tarfile.TarError as error:
        raise BadContainer("damaged_container") from error
    except Unreadable as error:
        raise BadContainer("unreadable") from error


def stem_of(name: str) -> str:
    """Up to the first dot of the last part, as WebDataset has it."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(".")[0]


def _redact(sample: Sample, item: Item, worker: PhotoWorker, options: Options) -> Done:
    return _finish(sample, item, options, [worker.redact(content) for _, content in sample.photos])


def _alone(sample: Sample, item: Item, worker: PhotoWorker, options: Options) -> Done:
    """Each photo by itself, twice where the child ends."""
    outcomes = []
    for _, content in sample.photos:
        outcome = Outcome(None, bytes_in=len(content))
        for _ in range(2):
            try:
                outcome = worker.redact(content)
                break
            except Suspect as suspect:
                outcome.code = suspect.code
        outcomes.append(outcome)
    return _finish(sample, item, options, outcomes)


def _finish(sample: Sample, item: Item, options: Options, outcomes: list[Outcome]) -> Done:
    """A sample is whole or left out."""
    failed = next((outcome.code for outcome in outcomes if outcome.image is None), "")
    rows: list[Row] = []
    members: list[tuple[str, bytes]] = []
    for (name, _), outcome in zip(sample.photos, outcomes, strict=True):
        if failed and outcome.image is not None:
            outcome.image, outcome.sha256_out, outcome.code = None, "", "sample_left_out"
        out = out_name(name, options)
        rows.append(outcome.row(f"{item.key}#{name}", f"{item.out}#{out}"))
        if outcome.image is not None:
            members.append((out, outcome.image))
    if not failed:
        members += [(name, content) for name, given in sample.others if (content := _side_file(name, given, options)) is not None]
    return Done(rows, members)


def _side_file(name: str, content: bytes, options: Options) -> bytes | None:
    extension = extension_of(name)
    if extension not in options.keep_members:
        return None
    return clean_json(content) if extension == "json" else content


def _add(target: tarfile.TarFile, name: str, content: bytes) -> None:
    """Without owner and times, so that the same samples give the same bytes."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o644
    target.addfile(member, io.BytesIO(content))
