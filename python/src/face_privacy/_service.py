"""Requests to the child, by any number of threads, over connections that are kept."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._child import Child
from ._errors import FacePrivacyError

_IDLE_SECONDS = 60.0  # less than the 75 after which the service closes a connection

Piece = bytes | memoryview


@dataclass
class Answer:
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass
class _Line:
    """A connection, and which child it leads to."""

    child: Child
    connection: http.client.HTTPConnection
    used: bool = False
    since: float = field(default_factory=time.monotonic)


class Service:
    """Starts the child at the first request and again after it has died. Thread-safe; a fork of this process gets a
    child of its own."""

    def __init__(self, program: str, arguments: Sequence[str], in_flight: int, timeout: float) -> None:
        self._program, self._arguments = program, tuple(arguments)
        self._in_flight, self._timeout = in_flight, timeout
        self._closed = False
        self._set_up()
        _services.add(self)

    def _set_up(self) -> None:
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(self._in_flight)  # more would only wait over there
        self._child: Child | None = None
        self._idle: list[_Line] = []

    def child(self) -> Child:
        """The one that runs."""
        with self._lock:
            if self._closed:
                raise FacePrivacyError("closed", "this Redactor is closed")
            if self._child is not None and not self._child.runs():
                self._child.stop()
                self._child = None
            if self._child is None:
                self._idle.clear()
                self._child = Child(self._program, self._arguments)
            return self._child

    def ask(self, path: str, pieces: Sequence[Piece] = (), accept: str = "*/*") -> Answer:
        """A POST, or a GET where there is nothing to send; the answer of status 200."""
        with self._room:
            while True:
                line = self._line()
                try:
                    return self._exchange(line, path, pieces, accept)
                except (OSError, http.client.HTTPException) as error:
                    line.connection.close()
                    self._explain(line, error)

    def close(self) -> None:
        """Ends the child after what it works on. Twice is harmless."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
            idle, self._idle = self._idle, []
        for line in idle:
            line.connection.close()
        if child is not None:
            child.stop()

    def forked(self) -> None:
        """In the child of a fork: the connections and the service are the parent's."""
        for line in self._idle:
            with contextlib.suppress(OSError):
                line.connection.close()
        if self._child is not None:
            self._child.let_go()
        self._set_up()

    def _line(self) -> _Line:
        child = self.child()
        with self._lock:
            while self._idle:
                line = self._idle.pop()
                if line.child is child and time.monotonic() - line.since < _IDLE_SECONDS:
                    line.used = True
                    return line
                line.connection.close()
        return _Line(child, http.client.HTTPConnection("127.0.0.1", child.port, timeout=self._timeout))

    def _exchange(self, line: _Line, path: str, pieces: Sequence[Piece], accept: str) -> Answer:
        connection = line.connection
        connection.putrequest("POST" if pieces else "GET", path, skip_accept_encoding=True)
        connection.putheader("Accept", accept)
        if pieces:
            connection.putheader("Content-Type", "application/octet-stream")
            connection.putheader("Content-Length", str(sum(len(piece) for piece in pieces)))
        # An answer may come before all is sent: that the body is too large.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders()
            for piece in pieces:
                connection.send(piece)
        response = connection.getresponse()
        answer = Answer({name.lower(): value for name, value in response.getheaders()}, response.read())
        if response.will_close:
            connection.close()
        else:
            line.since = time.monotonic()
            with self._lock:
                self._idle.append(line)
        if response.status != 200:
            raise _problem(response.status, answer.body)
        return answer

    def _explain(self, line: _Line, error: Exception) -> None:
        """Raises what a broken exchange means; returns where it is worth another try."""
        if isinstance(error, TimeoutError):
            raise FacePrivacyError("no_answer", f"no answer within {self._timeout:g} s") from error
        if line.child.has_died():
            words = line.child.last_words()
            raise FacePrivacyError("worker_died", f"the program ended while it had the photo: {words}") from error
        if not line.used:
            raise FacePrivacyError("no_answer", f"the connection to the program broke: {error}") from error


def _problem(status: int, body: bytes) -> FacePrivacyError:
    try:
        told: dict[str, Any] = json.loads(body)
        return FacePrivacyError(str(told["code"]), str(told.get("detail") or told["title"]), status)
    except (ValueError, KeyError, TypeError):
        return FacePrivacyError("no_answer", "the answer is not the service's", status)


_services: weakref.WeakSet[Service] = weakref.WeakSet()


def _forked() -> None:
    for service in _services:
        service.forked()


os.register_at_fork(after_in_child=_forked)
