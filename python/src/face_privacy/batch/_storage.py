"""Where photos are read and results written: a folder or a bucket, by the same few calls.

Every object appears whole or not at all, and never over another one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

CHUNK_BYTES = 1 << 20


class StorageError(Exception):
    """The place does not answer, or not now: worth another try."""


class Unreadable(Exception):
    """One object that is not there or is closed to us; others may be fine."""


@dataclass(frozen=True)
class Entry:
    key: str  # relative to the place
    size: int  # bytes


class Sink(Protocol):
    """An object in the making; nobody sees it before `commit`, and nobody ever does after `abandon`."""

    def write(self, data: bytes) -> int: ...
    def commit(self) -> bool:
        """Whether it is there now; False where another one has the key."""

    def abandon(self) -> None: ...


class Place(ABC):
    """Objects below one URL. Keys are relative to it, with `/`. Thread-safe. Fails with StorageError or Unreadable."""

    url: str  # with a `/` at its end

    @abstractmethod
    def entries(self, below: str = "") -> Iterator[Entry]:
        """All whose keys begin with `below`, in the order of their keys."""

    @abstractmethod
    def read(self, key: str) -> bytes: ...

    @abstractmethod
    def open(self, key: str) -> IO[bytes]:
        """To read from any position."""

    @abstractmethod
    def create(self, key: str, data: bytes) -> bool:
        """Writes a new object. False where there is one already, which stays as it is."""

    @abstractmethod
    def sink(self, key: str) -> Sink: ...

    @abstractmethod
    def sha256(self, key: str) -> str | None:
        """Of what is stored, in hex, as the place itself knows it or by reading it; None where we may not look."""

    def exists(self, key: str) -> bool:
        return any(entry.key == key for entry in self.entries(key))


class Folder(Place):
    def __init__(self, path: str) -> None:
        self._root = Path(path)
        self.url = f"{self._root.absolute()}/"

    def entries(self, below: str = "") -> Iterator[Entry]:
        start = self._root / below.rpartition("/")[0]
        for key, path in self._files(start):
            if key.startswith(below):
                with contextlib.suppress(FileNotFoundError):
                    yield Entry(key, path.stat().st_size)

    def read(self, key: str) -> bytes:
        with _told_apart():
            return self._path(key).read_bytes()

    def open(self, key: str) -> IO[bytes]:
        with _told_apart():
            return self._path(key).open("rb")

    def create(self, key: str, data: bytes) -> bool:
        sink = self.sink(key)
        try:
            sink.write(data)
            return sink.commit()
        except BaseException:
            sink.abandon()
            raise

    def sink(self, key: str) -> Sink:
        return _NewFile(self._path(key))

    def sha256(self, key: str) -> str | None:
        with _told_apart(), self._path(key).open("rb") as file:
            return sha256_of(file)

    def _path(self, key: str) -> Path:
        if any(part in ("", ".", "..") for part in key.split("/")):
            raise Unreadable(f"{key!r} is no key")
        return self._root / key

    def _files(self, folder: Path) -> Iterator[tuple[str, Path]]:
        try:
            names = sorted(os.scandir(folder), key=lambda entry: entry.name + ("/" if entry.is_dir() else ""))
        except FileNotFoundError:
            return
        for entry in names:
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path).relative_to(self._root).as_posix(), Path(entry.path)


class _NewFile:
    """Written without a name, then given its own, which fails where there is a file. A process that is killed leaves nothing."""

    def __init__(self, path: Path) -> None:
        self._path, self._name = path, ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self._open(), "wb", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise self._failed(error) from error

    def _open(self) -> int:
        try:
            return os.open(self._path.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        except OSError:  # as on NFS: then with a name that is none of a photo
            self._name = str(self._path.parent / f".{secrets.token_hex(8)}.part")
            return os.open(self._name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise self._failed(error) from error
        return len(data)

    def commit(self) -> bool:
        try:
            number = self._file.fileno()
            # Without a folder's number Python would not follow the link, as a file without a name needs it.
            os.link(self._name or f"/proc/self/fd/{number}", self._path, src_dir_fd=number, follow_symlinks=True)
            return True
        except FileExistsError:
            return False
        except OSError as error:
            raise self._failed(error) from error
        finally:
            self.abandon()

    def abandon(self) -> None:
        self._file.close()
        if self._name:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._name)

    def _failed(self, error: OSError) -> StorageError:
        return StorageError(f"{self._path.parent} cannot be written: {error.strerror}")


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise Unreadable(error.strerror) from error
    except OSError as error:
        raise StorageError(str(error.strerror)) from error


def sha256_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def open_place(url: str) -> Place:
    """`s3://bucket/prefix/`, or a folder."""
    if url.startswith("s3://"):
        from ._s3 import Bucket

        return Bucket(url)
    if "://" in url:
        raise ValueError(f"{url}: s3://bucket/prefix/ or a folder is needed")
    return Folder(url)
