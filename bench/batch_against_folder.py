#!/usr/bin/env python3
"""bench/batch_against_folder.py [PHOTOS [ROUNDS]]: a batch over a folder against the command line on the same folder, in turns,
by the clock and, as root, by processor time, and the batch's memory in each quarter of its last run. The photos are links to
the demo's; profile fast, two at once. Whoever else uses the machine changes the clock's ratio, and hardly the other one."""

import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEMO = ROOT / "third_party/node_modules/@vladmandic/face-api/demo"
PROGRAM = os.environ.get("FACE_PRIVACY_PROGRAM", ROOT / "build/release/bin/face-privacy")
BATCH = [sys.executable, "-m", "face_privacy.batch"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "python/src")}


def resident_mb(pid):
    """Of the process, and of all below it."""
    below = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            below.setdefault(int((entry / "stat").read_text().rpartition(")")[2].split()[1]), []).append(int(entry.name))
        except (OSError, ValueError, IndexError):
            continue
    family, waiting = [], [pid]
    while waiting:
        family.append(waiting.pop())
        waiting += below.get(family[-1], [])
    return [sum(size(one) for one in part) / 1024 for part in ([pid], family[1:])]


def size(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1])
    except (OSError, StopIteration):
        return 0


class Accounts:
    """A control group that counts the processor time of all in it. The workers that photos are worked on in are nobody's to wait
    for, so times of children do not have theirs."""

    def __init__(self):
        base = pathlib.Path("/sys/fs/cgroup")
        old = (base / "cpuacct").is_dir()
        self.folder = (base / "cpuacct" if old else base) / f"batch-against-folder-{os.getpid()}"
        self.usage = self.folder / ("cpuacct.usage" if old else "cpu.stat")
        self.unit = 1e9 if old else 1e6
        try:
            self.folder.mkdir()
        except OSError:
            self.folder = None

    def enter(self):
        if self.folder:
            (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self):
        """nan for who may not count."""
        return float(self.usage.read_text().split()[-1 if self.unit == 1e9 else 1]) / self.unit if self.folder else math.nan

    def close(self):
        if self.folder:
            self.folder.rmdir()


def seconds(command, accounts, samples=None):
    """Of a command by the clock, and of processors; `samples` takes its memory, twice a second."""
    start, before = time.monotonic(), accounts.seconds()
    with subprocess.Popen(list(map(str, command)), env=ENVIRONMENT, stdout=subprocess.DEVNULL, preexec_fn=accounts.enter) as running:
        while running.poll() is None:
            if samples is not None:
                samples.append(resident_mb(running.pid))
            time.sleep(0.5 if samples is not None else 0.05)
    assert running.returncode == 0, running.returncode
    return time.monotonic() - start, accounts.seconds() - before


def round_of(raw, place, accounts):
    """Seconds of the command line, and of a batch with its memory."""
    scratch = tempfile.mkdtemp(dir=place)
    job, samples = f"{scratch}/job", []
    alone = seconds([PROGRAM, "blur", raw, "-o", f"{scratch}/cli", "--profile", "fast", "--threads", "2"], accounts)
    subprocess.run([*BATCH, "plan", raw, f"{scratch}/safe", job, "--profile", "fast"], env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    batch = seconds([*BATCH, "run", job, "--threads", "2"], accounts, samples)
    subprocess.run([*BATCH, "verify", job], env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    return alone, batch, samples


def main():
    count, rounds = (int(given) for given in (sys.argv[1:] + ["2000", "3"][len(sys.argv) - 1:])[:2])
    accounts = Accounts()
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as scratch:
        raw = pathlib.Path(scratch) / "raw"
        raw.mkdir()
        for number in range(count):
            (raw / f"{number:06d}.jpg").symlink_to(DEMO / f"sample{number % 6 + 1}.jpg")
        measured = [round_of(raw, scratch, accounts) for _ in range(rounds)]
    accounts.close()
    for kind, unit in enumerate(("second", "second of a processor")):
        for number, name in enumerate(("command line", "batch")):
            print(f"{name}: {', '.join(f'{count / one[number][kind]:.1f}' for one in measured)} photos a {unit}")
        ratios = [alone[kind] / batch[kind] for alone, batch, _ in measured]
        print(f"batch / command line: {statistics.median(ratios):.2f} (median; {min(ratios):.2f} to {max(ratios):.2f})")
    samples = measured[-1][2]
    quarter = max(1, len(samples) // 4)
    for part in range(4):
        some = samples[part * quarter:(part + 1) * quarter] or samples[-1:]
        print(f"quarter {part + 1}: at most {max(own for own, _ in some):.0f} MB in Python, {max(below for _, below in some):.0f} MB below it")


if __name__ == "__main__":
    main()
