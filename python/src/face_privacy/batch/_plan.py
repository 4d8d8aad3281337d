"""From a place with photos, or a list of their keys, to the shards of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ._job import BadJob, Item, Job, Kind, Options, create, in_groups
from ._storage import Entry, Place, open_place

PHOTO_EXTENSIONS = {"jpg", "jpeg", "jpe", "png", "webp", "avif", "heic", "heif", "tif", "tiff", "gif"}
_KINDS: dict[str, Kind] = {**{extension: "photo" for extension in PHOTO_EXTENSIONS}, "tar": "tar", "parquet": "parquet"}
_READ_ONLY = {"heic", "heif"}  # what comes of them is a JPEG


def plan(
    source: str,
    target: str,
    job: str,
    *,
    options: Options | None = None,
    keys: str | None = None,
    photos_per_shard: int = 500,
) -> Job:
    """Writes a job's plan into the place `job`: every photo, tar and parquet file below `source`, or those that the file
    `keys` lists (a line each, or a parquet file with a column `key`), by `photos_per_shard`; a container is a shard by itself.

    Fails with BadJob, StorageError.
    """
    places = open_place(source), open_place(target), open_place(job)
    _check_apart(*places)
    chosen = options or Options()
    if photos_per_shard < 1:
        raise BadJob("a shard needs one photo at least")
    skipped: list[int] = []
    entries = places[0].entries() if keys is None else _listed(keys, places[0])
    return create(places[2], places[0], places[1], chosen, _shards(entries, chosen, photos_per_shard, skipped), skipped)


def _check_apart(source: Place, target: Place, job: Place) -> None:
    """No result may be taken for a photo later, and nothing private may lie among results."""
    if target.url.startswith(source.url) or source.url.startswith(target.url):
        raise BadJob("photos and results need places of which neither lies in the other")
    if job.url.startswith(target.url):
        raise BadJob("the job's place names photos, so it may not lie among the results")
    if job.url.startswith(source.url):
        raise BadJob("the job's place may not lie among the photos")


def _shards(entries: Iterable[Entry], options: Options, size: int, skipped: list[int]) -> Iterator[list[Item]]:
    containers: list[Item] = []

    def photos() -> Iterator[Item]:
        for entry in entries:
            item = item_of(entry, options)
            if item is None:
                skipped.append(1)
            elif item.kind == "photo":
                yield item
            else:
                containers.append(item)

    yield from in_groups(photos(), size)
    yield from ([container] for container in containers)


def item_of(entry: Entry, options: Options) -> Item | None:
    """None for what is called neither photo nor container, or is hidden."""
    kind = _KINDS.get(extension_of(entry.key))
    if kind is None or any(part.startswith(".") for part in entry.key.split("/")):
        return None
    out = entry.key if kind != "photo" else out_name(entry.key, options)
    return Item(kind, entry.key, out, entry.size)


def out_name(key: str, options: Options) -> str:
    """The same key, with a further extension where the format changes, so that no two photos share one."""
    extension, wanted = extension_of(key), str(options.redact.get("format", "keep"))
    if wanted == "keep":
        return f"{key}.jpg" if extension in _READ_ONLY else key
    wanted = "jpg" if wanted == "jpeg" else wanted
    same = extension == wanted or (wanted == "jpg" and extension in ("jpeg", "jpe"))
    return key if same else f"{key}.{wanted}"


def extension_of(key: str) -> str:
    name = key.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _listed(keys: str, source: Place) -> Iterator[Entry]:
    """Whole keys of the bucket, as an S3 Inventory has them, or relative ones."""
    folder, _, name = keys.rpartition("/")
    place = open_place(folder or ".")
    prefix = source.url.partition("://")[2].partition("/")[2] if "://" in source.url else source.url
    seen: set[str] = set()
    for key, size in _parquet_keys(place, name) if name.endswith(".parquet") else _text_keys(place, name):
        relative = key.removeprefix(source.url).removeprefix(prefix) if prefix else key
        if relative in seen:
            raise BadJob("a key is listed twice")
        seen.add(relative)
        yield Entry(relative, size)


def _text_keys(place: Place, name: str) -> Iterator[tuple[str, int]]:
    with place.open(name) as file:
        for line in file:
            if key := line.decode("utf-8").rstrip("\r\n"):
                yield key, 0


def _parquet_keys(place: Place, name: str) -> Iterator[tuple[str, int]]:
    from pyarrow import parquet

    with place.open(name) as file:
        table = parquet.ParquetFile(file)
        names = table.schema_arrow.names
        if "key" not in names:
            raise BadJob(f"{name} has no column `key`, but {', '.join(names)}")
        columns = ["key", "size"] if "size" in names else ["key"]
        for batch in table.iter_batches(columns=columns):
            for row in batch.to_pylist():
                yield str(row["key"]), int(row.get("size") or 0)
