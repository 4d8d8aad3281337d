#!/usr/bin/env python3
"""What starting costs: processor time of whole runs of two builds of the program, in turn.

usage: start_cost.py OLD NEW PHOTO [--rounds N]

PHOTO should be a small JPEG, so that the work on it is little. The service has started when it says that it is ready;
its processes' time until then counts. Prints a table of Markdown: medians of the rounds, and their ratio.
"""

import argparse
import resource
import statistics
import subprocess
import tempfile

from compare_programs import CORES, processor_seconds
from http_throughput import Service, wait_until_ready
from process_usage import adopt_orphans, wait_for_all


def run(program, *arguments):
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    subprocess.run([program, *arguments], stdout=subprocess.DEVNULL, check=True)
    wait_for_all()
    return spent() - before


def start_service(program):
    with Service(program, CORES) as service:
        wait_until_ready(service.port)
        spent = processor_seconds(service.process.pid)
    wait_for_all()
    return spent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("photo")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as scratch:
        def blur(program, result, *options):
            return run(program, "blur", given.photo, "-o", f"{scratch}/{result}", *options)

        ways = {
            "`--version`": lambda program: run(program, "--version"),
            "`blur --no-detect --region`": lambda program: blur(program, "a.jpg", "--no-detect", "--region", "8,8,64,64"),
            "`blur --profile fast`": lambda program: blur(program, "b.jpg", "--profile", "fast"),
            "the same to a PNG": lambda program: blur(program, "c.png", "--profile", "fast"),
            "`serve`, until it is ready": start_service,
        }
        times = {name: ([], []) for name in ways}
        for _ in range(given.rounds):
            for name, measure in ways.items():
                for program, results in zip((given.old, given.new), times[name]):
                    results.append(1e3 * measure(program))
    print("| CPU ms | old | new | old / new |\n|---|---|---|---|")
    for name, results in times.items():
        old, new = map(statistics.median, results)
        print(f"| {name} | {old:.1f} | {new:.1f} | {old / new:.1f} |")


if __name__ == "__main__":
    main()
