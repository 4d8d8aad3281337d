"""One `face-privacy serve` as a child: started, watched, ended with this process."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import select
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ._errors import FacePrivacyError
from ._program import environment_for

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.005
_STOP_SECONDS = 10.0
_END_SECONDS = 0.5


class Child:
    """A running service on a free port of the loopback. Ready to take photos once it is made.

    Its standard input is a pipe from here: whatever ends this process closes it, and the service ends (a signal at the
    parent's death would come at the end of the thread that started the child, not of the process). Where memory is short
    the system ends the child, not this process.
    """

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self._log = open(os.memfd_create("face-privacy-log"), "r+b")  # noqa: SIM115  # where no disk can be written, too
        self._log_lock, self._words = threading.Lock(), ""
        command = [program, "serve", "--host", "127.0.0.1", "--port", "0", "--until-stdin-ends", "--log-level", "error"]
        try:
            self._process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment_for(program, arguments),
                start_new_session=True,  # Ctrl-C is for this process
            )
        except OSError as error:
            self._log.close()
            raise FacePrivacyError("no_program", f"{program} cannot be run: {error.strerror}") from error
        with contextlib.suppress(OSError):
            Path(f"/proc/{self._process.pid}/oom_score_adj").write_text("1000", encoding="ascii")
        try:
            self.port = self._read_port(time.monotonic() + _START_SECONDS)
            self._wait_until_ready(time.monotonic() + _START_SECONDS)
        except BaseException:
            self.stop(at_once=True)
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def runs(self) -> bool:
        return self._process.poll() is None

    def has_died(self) -> bool:
        """After a connection broke: the end of a process is seen a little later than that of its sockets."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        return not self.runs()

    def stop(self, at_once: bool = False) -> None:
        """Lets it finish what it has, or ends it."""
        process = self._process
        if at_once:
            process.kill()
        self.let_go()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.last_words()
        with self._log_lock:
            self._log.close()

    def let_go(self) -> None:
        """Closes this side's ends of the pipes: all that a fork of the parent may do."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def last_words(self) -> str:
        """The end of its log, also once another thread has stopped it."""
        with self._log_lock:
            if not self._log.closed:
                text = os.pread(self._log.fileno(), 1 << 16, 0).decode("utf-8", "replace").strip()
                self._words = text[-500:]
        return self._words or f"exit status {self._process.poll()}"

    def _failed(self) -> FacePrivacyError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return FacePrivacyError("start_failed", f"the program does not start: {self.last_words()}")

    def _read_port(self, deadline: float) -> int:
        assert self._process.stdout is not None
        pipe, line = self._process.stdout.fileno(), b""
        waiting = select.poll()
        waiting.register(pipe, select.POLLIN)
        while not line.endswith(b"\n"):
            readable = waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)
            more = os.read(pipe, 4096) if readable else b""
            if not more:
                raise self._failed()
            line += more
        found = re.search(rb"http://127\.0\.0\.1:(\d+)", line)
        if not found:
            raise self._failed()
        return int(found[1])

    def _wait_until_ready(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            if not self.runs():
                raise self._failed()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_START_SECONDS)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            time.sleep(_LOOK_SECONDS)
        raise self._failed()
