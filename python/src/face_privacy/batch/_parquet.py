"""A parquet file with photos in a column: the same rows in the same row groups, with redacted photos, and two further columns:
how many faces were found, and why a photo has become null.

Columns that are named like a photo's place, EXIF or hash are left out, as in tars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ._containers import BadContainer, SinkFile, redact_container
from ._job import Item, Options, Row
from ._side_files import is_private
from ._storage import Sink, Unreadable
from ._work import Outcome, PhotoWorker, Suspect

if TYPE_CHECKING:
    import pyarrow

_BATCH = 64
_IN_FLIGHT = 3


def redact_parquet(item: Item, worker: PhotoWorker, options: Options, check: Callable[[], None]) -> list[Row]:
    """The rows of its photos, once the whole result is there."""
    return redact_container(item, worker, lambda sink: _write(sink, item, worker, options, check))


def _write(sink: Sink, item: Item, worker: PhotoWorker, options: Options, check: Callable[[], None]) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    try:
        with worker.source.open(item.key) as file, ThreadPoolExecutor(worker.redactor.threads * _IN_FLIGHT) as pool:
            source = parquet.ParquetFile(file)
            column, field = photo_column(source.schema_arrow, options.column)
            schema = _result_schema(source.schema_arrow)
            number = 0
            with parquet.ParquetWriter(SinkFile(sink), schema) as target:
                for group in range(source.num_row_groups):
                    parts = []
                    for batch in source.iter_batches(_BATCH, row_groups=[group]):
                        check()
                        contents = _contents(batch.column(column), field)
                        outcomes = _redact_all(contents, worker, pool)
                        parts.append(_redacted_batch(batch, column, field, outcomes, schema))
                        for outcome in outcomes:
                            if outcome is not None:
                                yield outcome.row(f"{item.key}#{number}", f"{item.out}#{number}")
                            number += 1
                    target.write_table(pyarrow.Table.from_batches(parts, schema), row_group_size=max(1, source.metadata.row_group(group).num_rows))
    except Unreadable as error:
        raise BadContainer("unreadable") from error
    except pyarrow.ArrowException as error:
        raise BadContainer("damaged_container") from error


def photo_column(schema: pyarrow.Schema, wanted: str) -> tuple[str, str]:
    """The column's name, and that of the field in it that has the bytes ("" where it is bytes itself): `wanted`, or the only
    one that it can be."""
    import pyarrow

    def is_bytes(kind: Any) -> bool:
        return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))

    found = []
    for column in schema:
        if is_bytes(column.type):
            found.append((column.name, ""))
        elif pyarrow.types.is_struct(column.type):
            found += [(column.name, inside.name) for inside in column.type if is_bytes(inside.type)]
    chosen = [pair for pair in found if not wanted or wanted in (pair[0], ".".join(pair))]
    if len(chosen) != 1:
        raise BadContainer("no_photo_column")
    return chosen[0]


def _result_schema(schema: pyarrow.Schema) -> pyarrow.Schema:
    import pyarrow

    kept = [column for column in schema if not is_private(column.name) and column.name not in ("faces", "error")]
    return pyarrow.schema([*kept, pyarrow.field("faces", pyarrow.int32()), pyarrow.field("error", pyarrow.string())])


def _contents(column: Any, field: str) -> list[bytes | None]:
    values = column.to_pylist()
    return [None if value is None else value[field] if field else value for value in values]


def _redact_all(contents: list[bytes | None], worker: PhotoWorker, pool: ThreadPoolExecutor) -> list[Outcome | None]:
    """None for a null. Photos at which the child ended come again, alone."""

    def one(content: bytes | None) -> Outcome | None:
        if content is None:
            return None
        try:
            return worker.redact(content)
        except Suspect as suspect:
            return Outcome(None, f"?{suspect.code}", bytes_in=len(content))

    outcomes = list(pool.map(one, contents))
    for index, content in enumerate(contents):
        outcome = outcomes[index]
        if content is not None and outcome is not None and outcome.code.startswith("?"):
            again = one(content)
            assert again is not None
            again.code = again.code.removeprefix("?")
            outcomes[index] = again
    return outcomes


def _redacted_batch(
    batch: pyarrow.RecordBatch, column: str, field: str, outcomes: list[Outcome | None], schema: pyarrow.Schema
) -> pyarrow.RecordBatch:
    import pyarrow

    images = [None if outcome is None else outcome.image for outcome in outcomes]
    arrays = []
    for kept in schema:
        if kept.name == column:
            arrays.append(pyarrow.array([_value(field, kept.type, image) for image in images], kept.type))
        elif kept.name == "faces":
            arrays.append(pyarrow.array([0 if one is None else one.faces for one in outcomes], pyarrow.int32()))
        elif kept.name == "error":
            codes = [None if one is None or one.image is not None else one.code for one in outcomes]
            arrays.append(pyarrow.array(codes, pyarrow.string()))
        else:
            arrays.append(batch.column(kept.name))
    return pyarrow.RecordBatch.from_arrays(arrays, schema=schema)


def _value(field: str, kind: Any, image: bytes | None) -> Any:
    """Of a struct the bytes alone are kept: beside them Hugging Face has the original's path."""
    if image is None or not field:
        return image
    return {inside.name: image if inside.name == field else None for inside in kind}
