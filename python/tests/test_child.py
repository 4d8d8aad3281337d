"""The child process: started late, restarted, ended with its parent."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest

from face_privacy import FacePrivacyError, Redactor


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def photos_at(redactor: Redactor) -> int:
    """How many photos its child has at the moment."""
    child = redactor._service._child
    assert child is not None
    with urllib.request.urlopen(f"http://127.0.0.1:{child.port}/metrics") as answer:
        found = re.search(r"^face_privacy_requests_in_flight (\d+)", answer.read().decode(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def is_gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def run_python(code: str, *arguments: str) -> str:
    """A new interpreter that has the package of this one."""
    package = str(Path(sys.modules["face_privacy"].__file__ or "").parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": package},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_started_or_loaded_by_importing() -> None:
    told = run_python(
        "import sys, os, face_privacy; "
        "print(sorted({'numpy', 'PIL', 'ray', 'datasets', 'fiftyone'} & set(sys.modules)), "
        "open(f'/proc/self/task/{os.getpid()}/children').read().split())"
    )
    assert told.strip() == "[] []"


def test_a_child_that_dies_is_started_again_and_only_its_photos_fail(photo: bytes) -> None:
    with Redactor(threads=2, profile="fast") as redactor:
        first = redactor.start()
        assert first == redactor.start()
        large = numpy.zeros((4000, 4000, 3), numpy.uint8)
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(redactor.redact, large, profile="thorough")
            wait_until(lambda: photos_at(redactor) == 1)
            os.kill(first, signal.SIGKILL)
            with pytest.raises(FacePrivacyError) as caught:
                working.result()
        assert caught.value.code == "worker_died" and caught.value.status is None
        assert len(redactor.redact(photo).faces) == 3
        assert redactor.start() != first and is_gone(first)


def test_threads_go_on_after_a_child_has_died(photo: bytes) -> None:
    with Redactor(threads=2, profile="fast") as redactor:
        redactor.start()
        stop = threading.Event()
        sent = threading.Semaphore(0)

        def kill_once() -> None:
            for _ in range(8):  # photos are on their way
                sent.acquire()
            os.kill(redactor.start(), signal.SIGKILL)
            stop.set()

        killer = threading.Thread(target=kill_once)
        killer.start()

        def photos() -> object:
            while not stop.is_set():
                sent.release()
                yield photo
            yield from [photo] * 5

        results = list(redactor.redact_many(photos(), threads=4, errors="return"))  # type: ignore[call-overload]
        killer.join()
        failed = [result for result in results if isinstance(result, FacePrivacyError)]
        assert {error.code for error in failed} <= {"worker_died"} and len(failed) <= 8
        assert all(len(result.faces) == 3 for result in results[-5:])


@pytest.mark.parametrize("how", ["end", "kill"])
def test_the_child_ends_with_the_process(how: str) -> None:
    code = """
import os, signal, sys, face_privacy
redactor = face_privacy.Redactor(threads=1)
pid = redactor.start()
print(pid, open(f"/proc/{pid}/oom_score_adj").read().strip(), flush=True)
if sys.argv[1] == "kill":
    os.close(1); os.kill(os.getpid(), signal.SIGKILL)
"""
    package = str(Path(sys.modules["face_privacy"].__file__ or "").parents[1])
    parent = subprocess.Popen(
        [sys.executable, "-c", code, how], env={**os.environ, "PYTHONPATH": package}, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid, score = parent.stdout.readline().split()
    parent.wait(60)
    assert score == "1000"
    wait_until(lambda: is_gone(int(pid)))


def test_a_child_outlives_the_thread_that_started_it(photo: bytes) -> None:
    with Redactor(threads=1, profile="fast") as redactor:
        thread = threading.Thread(target=redactor.start)
        thread.start()
        thread.join()
        pid = redactor.start()
        wait_until(lambda: not Path(f"/proc/self/task/{thread.native_id}").exists())
        assert not is_gone(pid) and len(redactor.redact(photo).faces) == 3
        assert redactor.start() == pid


def test_a_fork_has_a_child_of_its_own(photo: bytes) -> None:
    with Redactor(threads=1, profile="fast") as redactor:
        before = redactor.redact(photo)
        pid = redactor.start()
        forked = os.fork()
        if forked == 0:
            try:
                good = redactor.redact(photo).image == before.image and redactor.start() != pid
                redactor.close()
                os._exit(0 if good else 1)
            finally:
                os._exit(2)
        assert os.waitpid(forked, 0)[1] == 0
        assert redactor.start() == pid and redactor.redact(photo).image == before.image


def test_a_closed_one_says_so(photo: bytes) -> None:
    redactor = Redactor(threads=1)
    pid = redactor.start()
    redactor.close()
    redactor.close()
    assert is_gone(pid)
    with pytest.raises(FacePrivacyError, match="closed"):
        redactor.redact(photo)


def test_a_program_that_does_not_start_says_why(photo: bytes, tmp_path: Path) -> None:
    with pytest.raises(FacePrivacyError, match="cannot be run") as caught:
        Redactor(program=tmp_path / "absent").redact(photo)
    assert caught.value.code == "no_program"
    with pytest.raises(FacePrivacyError, match="absent.onnx") as caught:
        Redactor(model=tmp_path / "absent.onnx").redact(photo)
    assert caught.value.code == "start_failed"


def test_the_environment_changes_no_option(photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACE_PRIVACY_PORT", "1")
    monkeypatch.setenv("FACE_PRIVACY_MIN_SCORE", "1")
    with Redactor(threads=1, profile="fast") as redactor:
        assert len(redactor.redact(photo).faces) == 3
