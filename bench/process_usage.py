"""What a program and the workers it starts take together."""

import ctypes
import os
import subprocess


def adopt_orphans():
    """Workers end after the host that started them; what they took would be nobody's."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def wait_for_all():
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def run(command, **options):
    """Exit status, processor seconds, and the largest resident set of one process in megabytes; after adopt_orphans().
    Standard output should not be a pipe."""
    process = subprocess.Popen(list(map(str, command)), **options)
    seconds, peak = 0.0, 0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return process.returncode, seconds, peak / 1024
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
