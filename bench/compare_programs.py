#!/usr/bin/env python3
"""Two builds of the program against each other, in turn: photos a second and processor time a photo.

usage: compare_programs.py OLD NEW [--rounds N] [--each N] [--folder] FILE...

For each photo FILE both serve it on two threads, `fast`, and are asked for it N times a round by four clients.
With --folder each FILE is a folder, which both blur on the command line. Prints rows of Markdown: medians of
NEW / OLD, with the lowest and the highest round. Processor time holds on a machine that others use, too.
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile

from http_throughput import Service, photos_per_second, wait_until_ready
from process_usage import adopt_orphans, wait_for_all

CORES = 2
TICKS = os.sysconf("SC_CLK_TCK")


def children(process):
    found = []
    for listed in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        found += map(int, listed.read_text().split())
    return found


def processor_seconds(process):
    """Of a process, those that it waited for, and all below it."""
    try:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        below = children(process)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(processor_seconds(child) for child in below)


def served(service, photo, times):
    before = processor_seconds(service.process.pid)
    rate = photos_per_second(service.port, [photo] * times, "?profile=fast", 2 * CORES)
    return rate, (processor_seconds(service.process.pid) - before) / times


def blurred(program, folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([program, "blur", folder, "-o", out + "/out", "--profile", "fast"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_all()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ratios(pairs):
    values = [new / old for old, new in pairs]
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def compare_photo(arguments, name):
    photo = pathlib.Path(name).read_bytes()
    with Service(arguments.old, CORES) as old, Service(arguments.new, CORES) as new:
        for service in (old, new):
            wait_until_ready(service.port)
            served(service, photo, 20)
        rounds = [(served(old, photo, arguments.each), served(new, photo, arguments.each)) for _ in range(arguments.rounds)]
    rates = ratios([(old[0], new[0]) for old, new in rounds])
    costs = [(old[1], new[1]) for old, new in rounds]
    middle = [statistics.median(1000 * pair[i] for pair in costs) for i in (0, 1)]
    return f"| {name} | {rates} | {ratios(costs)} | {middle[0]:.1f} -> {middle[1]:.1f} ms |"


def compare_folder(arguments, name):
    adopt_orphans()
    costs = [(blurred(arguments.old, name), blurred(arguments.new, name)) for _ in range(arguments.rounds)]
    middle = [statistics.median(pair[i] for pair in costs) for i in (0, 1)]
    return f"| {name} | | {ratios(costs)} | {middle[0]:.1f} -> {middle[1]:.1f} s |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--folder", action="store_true")
    arguments = parser.parse_args()
    print("| | photos a second | processor time | of which |\n|---|---|---|---|")
    for name in arguments.files:
        print((compare_folder if arguments.folder else compare_photo)(arguments, name), flush=True)


if __name__ == "__main__":
    main()
