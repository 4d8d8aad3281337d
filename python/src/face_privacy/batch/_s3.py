"""A bucket, by boto3. Whatever speaks S3's protocol with conditional writes will do (AWS_ENDPOINT_URL_S3)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit

from ._storage import Entry, Place, Sink, StorageError, Unreadable

_PART_BYTES = 16 << 20  # S3 takes 10,000 parts: 160 GB
_CONNECTIONS = 128
_READ_BYTES = 4 << 20  # a range of a larger object
_CONFLICTS = 5  # two writers of one key at the same moment: one of them is told to try again


class Bucket(Place):
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"{url}: s3://bucket/prefix/ is needed")
        self._name = parts.netloc
        prefix = parts.path.lstrip("/")
        self._prefix = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        self.url = f"s3://{self._name}/{self._prefix}"
        self._client = _client()

    def __reduce__(self) -> tuple[type[Bucket], tuple[str]]:
        return Bucket, (self.url,)

    def entries(self, below: str = "") -> Iterator[Entry]:
        pages = self._client.get_paginator("list_objects_v2")
        with _told_apart():
            for page in pages.paginate(Bucket=self._name, Prefix=self._prefix + below):
                for found in page.get("Contents", ()):
                    key = str(found["Key"])[len(self._prefix) :]
                    if key and not key.endswith("/"):
                        yield Entry(key, int(found["Size"]))

    def read(self, key: str) -> bytes:
        with _told_apart():
            answer = self._client.get_object(Bucket=self._name, Key=self._prefix + key)
            with contextlib.closing(answer["Body"]) as body:
                return bytes(body.read())

    def open(self, key: str) -> IO[bytes]:
        with _told_apart():
            told = self._client.head_object(Bucket=self._name, Key=self._prefix + key)
        file = _Ranges(self._client, self._name, self._prefix + key, int(told["ContentLength"]), str(told["ETag"]))
        return io.BufferedReader(file, _READ_BYTES)

    def create(self, key: str, data: bytes) -> bool:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
        return _unless_there(
            lambda: self._client.put_object(
                Bucket=self._name, Key=self._prefix + key, Body=data, ChecksumSHA256=digest, IfNoneMatch="*"
            )
        )

    def sink(self, key: str) -> Sink:
        return _Upload(self._client, self._name, self._prefix + key)

    def sha256(self, key: str) -> str | None:
        try:
            with _told_apart():
                told = self._client.head_object(Bucket=self._name, Key=self._prefix + key, ChecksumMode="ENABLED")
        except Unreadable as error:
            if isinstance(error.__cause__, Exception) and _status(error.__cause__) == 403:
                return None
            raise
        checksum = str(told.get("ChecksumSHA256", ""))
        if checksum and "-" not in checksum:  # that of an upload in parts is of its parts' checksums
            return base64.b64decode(checksum).hex()
        return hashlib.sha256(self.read(key)).hexdigest()

    def exists(self, key: str) -> bool:
        try:
            with _told_apart():
                self._client.head_object(Bucket=self._name, Key=self._prefix + key)
            return True
        except Unreadable:
            return False


class _Ranges(io.RawIOBase):
    """An object as a file that can be read from any position; one version of it, whatever happens meanwhile."""

    def __init__(self, client: Any, bucket: str, key: str, size: int, tag: str) -> None:
        self._client, self._bucket, self._key, self._size, self._tag = client, bucket, key, size, tag
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        end = min(self._position + len(buffer), self._size)
        if end <= self._position:
            return 0
        with _told_apart():
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._key, Range=f"bytes={self._position}-{end - 1}", IfMatch=self._tag
            )
            with contextlib.closing(answer["Body"]) as body:
                data = body.read()
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class _Upload:
    """An upload in parts. What is abandoned by a process that dies, the bucket's lifecycle rule removes."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        self._held = bytearray()
        self._parts: list[dict[str, Any]] = []
        with _told_apart():
            self._id = str(client.create_multipart_upload(**self._where)["UploadId"])

    def write(self, data: bytes) -> int:
        self._held += data
        while len(self._held) >= _PART_BYTES:
            self._send(_PART_BYTES)
        return len(data)

    def commit(self) -> bool:
        if self._held or not self._parts:
            self._send(len(self._held))
        there = _unless_there(
            lambda: self._client.complete_multipart_upload(
                **self._where, UploadId=self._id, MultipartUpload={"Parts": self._parts}, IfNoneMatch="*"
            )
        )
        if not there:
            self.abandon()
        return there

    def abandon(self) -> None:
        with contextlib.suppress(StorageError, Unreadable), _told_apart():
            self._client.abort_multipart_upload(**self._where, UploadId=self._id)

    def _send(self, count: int) -> None:
        number = len(self._parts) + 1
        with _told_apart():
            answer = self._client.upload_part(
                **self._where, UploadId=self._id, PartNumber=number, Body=bytes(self._held[:count])
            )
        del self._held[:count]
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})


def _client() -> Any:
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "max_attempts": 8}
    config = Config(max_pool_connections=_CONNECTIONS, retries=retries, connect_timeout=10, read_timeout=60)
    return boto3.session.Session().client("s3", config=config)


def _unless_there(write: Any) -> bool:
    for _ in range(_CONFLICTS):
        try:
            with _told_apart():
                write()
            return True
        except (StorageError, Unreadable) as error:
            status = _status(error.__cause__)
            if status == 412:
                return False
            if status != 409:
                raise StorageError(f"it cannot be written: {error}") from error.__cause__
    raise StorageError("it cannot be written: others write it all the time")


def _status(error: BaseException | None) -> int:
    answer = getattr(error, "response", None) or {}
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    """Errors of the library as ours, without what they quote: names of objects stay out of logs."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "")) or "error"
        if _status(error) in (403, 404) and code not in ("NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch"):
            raise Unreadable(code) from error
        raise StorageError(code) from error
    except BotoCoreError as error:
        raise StorageError(type(error).__name__) from error
