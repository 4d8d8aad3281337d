"""A clip on the command line is worked on in a process that may die, as photos are: whatever a file does there, it
does to its own result."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from clips import Studio
from running_service import PROGRAM, children, wait_for
from test_clips import H264


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory, demo):
    """Takes seconds to look through."""
    return Studio(tmp_path_factory.mktemp("studio"), demo / "sample4.jpg", frames=250).make("long.mp4", *H264, "-an")


def has_libav(process):
    return "libavcodec" in pathlib.Path(f"/proc/{process}/maps").read_text()


def worker_at(running):
    """The process that works on the clip: forked by the one that has loaded what reads clips."""
    for host in children(running.pid):
        if has_libav(host):
            return next(iter(children(host)), None)
    return None


@pytest.fixture
def at_work(long_clip, demo, tmp_path):
    """(the run, the process that works on its clip, the folder that the clip and a photo go to)."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    shutil.copy(long_clip, folder / "a.mp4")
    shutil.copy(demo / "sample3.jpg", folder / "b.jpg")
    running = subprocess.Popen([PROGRAM, "blur", folder, "-o", tmp_path / "out", "--profile", "thorough", "--threads", "2"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    yield running, wait_for(lambda: worker_at(running), "a process at work on the clip", 60), tmp_path / "out"
    running.kill()
    running.communicate()


def test_a_clip_that_crashes_its_decoder_is_one_failed_file(at_work):
    running, worker, out = at_work
    os.kill(worker, signal.SIGSEGV)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 1 and b"a.mp4: The file is damaged" in errors, errors
    assert [path.name for path in out.iterdir() if not path.name.startswith(".face-privacy-results")] == ["b.jpg"]


def test_what_reads_a_clip_can_open_nothing_and_the_program_reads_none(at_work):
    running, worker, _ = at_work
    status = pathlib.Path(f"/proc/{worker}/status").read_text()
    assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
    limits = pathlib.Path(f"/proc/{worker}/limits").read_text()
    assert re.search(r"Max address space\s+(\S+)", limits)[1] != "unlimited"
    assert not has_libav(running.pid)


def test_an_interrupt_ends_what_works_on_a_clip(at_work):
    running, worker, out = at_work
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130 and b"interrupted" in errors
    wait_for(lambda: not pathlib.Path(f"/proc/{worker}").exists(), "the end of the worker", 20)
    assert not list(out.glob("*.mp4"))
