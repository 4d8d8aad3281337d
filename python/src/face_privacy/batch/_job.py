"""What is to be done, written down once: a job's folder.

    job.json                    what, where to, how (never changed)
    noise-key                   where the job pixelates: the secret that its noise is drawn from
    plan/00000042.jsonl.gz      the photos or containers of shard 42 (never changed)
    manifest/00000042.jsonl.gz  what came of each: written whole when the shard is done
    stats/00000042.json         how long it took, where, by which program and weights
    _SUCCESS                    from `verify`

All of it names photos and holds hashes of them, so it is as private as they are. It is the only place that does.
"""

from __future__ import annotations

import gzip
import io
import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar

from ._storage import Place, Unreadable, open_place

FORMAT = 1
Kind = Literal["photo", "tar", "parquet"]
Status = Literal["redacted", "already", "failed"]


class BadJob(Exception):
    """The job, its plan or what it names makes no sense; no other try will mend it."""


@dataclass(frozen=True)
class Options:
    """How photos are redacted: options of the HTTP API, and which further members of tars stay."""

    redact: Mapping[str, Any] = field(default_factory=dict)  # docs/api.md: profile, style, metadata ...
    keep_members: tuple[str, ...] = ("json", "txt", "cls", "caption")  # extensions beside the photos
    column: str = ""  # of parquet files: with the bytes; "" finds it

    @property
    def style(self) -> str:
        return str(self.redact.get("style", "blur"))


@dataclass(frozen=True)
class Item:
    """A line of the plan: a photo, or a container of photos."""

    kind: Kind
    key: str  # below the source
    out: str  # below the target
    size: int


@dataclass(frozen=True)
class Row:
    """A line of the manifest: what came of one photo. A photo in a container has its place after a `#`."""

    key: str
    out: str
    status: Status
    code: str = ""  # of a failure: the HTTP API's, or the Python package's
    faces: int = 0
    regions: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    sha256_in: str = ""
    sha256_out: str = ""  # "" where there is no result
    read_ms: float = 0
    redact_ms: float = 0
    write_ms: float = 0


@dataclass(frozen=True)
class Job:
    place: Place
    id: str
    source: str
    target: str
    options: Options
    shards: int
    items: int
    skipped: int  # files that are called neither photo nor container
    created: str

    def open_source(self) -> Place:
        return open_place(self.source)

    def open_target(self) -> Place:
        return open_place(self.target)

    def items_of(self, shard: int) -> list[Item]:
        try:
            return [Item(**line) for line in read_lines(self.place, plan_key(shard))]
        except (Unreadable, TypeError, ValueError, OSError) as error:
            raise BadJob(f"shard {shard} of the plan cannot be read: {error}") from error

    def rows_of(self, shard: int) -> list[Row] | None:
        """None where the shard is not done."""
        try:
            return [Row(**line) for line in read_lines(self.place, manifest_key(shard))]
        except Unreadable:
            return None
        except (TypeError, ValueError, OSError) as error:
            raise BadJob(f"shard {shard} of the manifest cannot be read: {error}") from error

    def done(self) -> set[int]:
        return {number for entry in self.place.entries("manifest/") if (number := shard_of(entry.key)) is not None}

    def noise_key(self) -> str | None:
        if self.options.style != "pixelate":
            return None
        try:
            return self.place.read("noise-key").decode("ascii").strip()
        except (Unreadable, UnicodeDecodeError) as error:
            raise BadJob("the job's noise-key cannot be read") from error


def plan_key(shard: int) -> str:
    return f"plan/{shard:08d}.jsonl.gz"


def manifest_key(shard: int) -> str:
    return f"manifest/{shard:08d}.jsonl.gz"


def shard_of(key: str) -> int | None:
    digits = key.rpartition("/")[2].partition(".")[0]
    return int(digits) if digits.isdecimal() else None


def create(place: Place, source: Place, target: Place, options: Options, shards: Iterable[list[Item]], skipped: list[int]) -> Job:
    """Writes the plan, and last of all job.json: before it there is no job. `skipped` is read after `shards`."""
    if place.exists("job.json"):
        raise BadJob(f"there is a job in {place.url} already; a plan is never changed")
    if options.style == "pixelate":
        place.create("noise-key", secrets.token_hex(32).encode("ascii"))
    count = items = 0
    for count, shard in enumerate(shards, 1):
        items += len(shard)
        if not place.create(plan_key(count - 1), pack_lines(map(asdict, shard))):
            raise BadJob(f"there is a part of a plan in {place.url} already; begin in an empty place")
    if count == 0:
        raise BadJob(f"there are no photos in {source.url}")
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    job = Job(place, secrets.token_hex(8), source.url, target.url, options, count, items, sum(skipped), created)
    place.create("job.json", _described(job))
    return job


def open_job(url: str) -> Job:
    place = open_place(url)
    try:
        told: dict[str, Any] = json.loads(place.read("job.json"))
        if told.pop("format") != FORMAT:
            raise BadJob(f"the job in {place.url} was made by another version")
        options = told.pop("options")
        options["keep_members"] = tuple(options["keep_members"])
        return Job(place, options=Options(**options), **told)
    except Unreadable as error:
        raise BadJob(f"there is no job in {place.url}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadJob(f"the job in {place.url} makes no sense: {type(error).__name__}") from error


def _described(job: Job) -> bytes:
    told = {one.name: getattr(job, one.name) for one in fields(job) if one.name not in ("place", "options")}
    options = {**asdict(job.options), "redact": dict(job.options.redact)}
    return (json.dumps({"format": FORMAT, **told, "options": options}, indent=1) + "\n").encode()


def pack_lines(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """The same lines give the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file:
        for line in lines:
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=True).encode() + b"\n")
    return packed.getvalue()


def read_lines(place: Place, key: str) -> Iterator[dict[str, Any]]:
    for line in gzip.decompress(place.read(key)).splitlines():
        yield json.loads(line)


T = TypeVar("T")


def in_groups(things: Iterable[T], size: int) -> Iterator[list[T]]:
    group: list[T] = []
    for thing in things:
        group.append(thing)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
