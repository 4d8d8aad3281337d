#!/usr/bin/python3
"""The HTTP service under load, on the loopback and for a bounded time: throughput when saturated against the
same pipeline in a bare loop, in turn on the same cores; response times at 70 % of that; goodput at five times
as much as it can do. Prints Markdown. Run by scripts/load.

The client runs on the same machine and takes its share of the cores, and so does whatever else runs there:
next to photos a second there is always processor time a photo, which neither changes much."""

import argparse
import collections
import heapq
import json
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import threading
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from running_service import DEMO, PROGRAM, Service, wait_for  # noqa: E402

PHOTOS = [DEMO / f"sample{number}.jpg" for number in range(1, 7)]
CONTENTS = [path.read_bytes() for path in PHOTOS]


def client_cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Connection:
    """Posts photos over one connection that is kept."""

    def __init__(self, service):
        self.service, self.wire = service, None

    def post(self, content):
        """(status, seconds, seconds of work as Server-Timing says)."""
        start = time.monotonic()
        if self.wire is None:
            self.wire = self.service.connect()
        self.wire.request("POST /v1/blur HTTP/1.1", "Content-Type: image/jpeg", body=content)
        answer = self.wire.answer()
        seconds = time.monotonic() - start
        if answer.headers["connection"] == "close":
            self.close()
        stages = dict(stage.strip().split(";dur=") for stage in answer.headers.get("server-timing", "queue;dur=0").split(","))
        return answer.status, seconds, (sum(map(float, stages.values())) - float(stages["queue"])) / 1000

    def close(self):
        if self.wire:
            self.wire.close()
            self.wire = None


def closed_loop(service, connections, seconds):
    """Each connection sends its next photo when it has the answer to the last: (photos/s, CPU s a photo, client's CPU share)."""
    stop, done, lock = time.monotonic() + seconds, [], threading.Lock()

    def work(number):
        connection = Connection(service)
        while time.monotonic() < stop:
            status, _, _ = connection.post(CONTENTS[number % len(CONTENTS)])
            number += 1
            with lock:
                done.append((status, time.monotonic()))
        connection.close()
    cpu, own, start = service.cpu_seconds(), client_cpu(), time.monotonic()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.monotonic() - start
    photos = sum(status == 200 for status, _ in done)
    assert photos == len(done), collections.Counter(status for status, _ in done)
    return photos / wall, (service.cpu_seconds() - cpu) / photos, (client_cpu() - own) / wall


def open_loop(service, rate, seconds, arrivals, workers):
    """Photos are sent when it is time, whether or not others are answered: [(status, seconds since it was time,
    seconds since it was sent, work, when it was time)]. Where no worker is free the photo is late, which counts."""
    due, at, chance = [], 0.0, random.Random(1)
    while at < seconds:
        heapq.heappush(due, at)
        at += chance.expovariate(rate) if arrivals == "poisson" else 1 / rate
    results, lock, begin = [], threading.Lock(), time.monotonic()

    def work(number):
        connection = Connection(service)
        while True:
            with lock:
                if not due:
                    break
                when = begin + heapq.heappop(due)
            time.sleep(max(0, when - time.monotonic()))
            status, own, service_seconds = connection.post(CONTENTS[(number := number + 1) % len(CONTENTS)])
            with lock:
                results.append((status, time.monotonic() - when, own, service_seconds, when - begin))
        connection.close()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, time.monotonic() - begin


def ideal_latencies(arrivals_and_work, servers):
    """Seconds from arrival to the end of the work where nothing but the work takes time: what waiting in line for
    one of `servers`, first come first served, makes of these arrivals by itself."""
    free, latencies = [0.0] * servers, []
    for arrival, work in sorted(arrivals_and_work):
        end = max(arrival, heapq.heappop(free)) + work
        heapq.heappush(free, end)
        latencies.append(end - arrival)
    return latencies


def bare_loop(loop, threads, seconds):
    model = pathlib.Path(PROGRAM).parent.parent / "share/face-privacy/models/mnet.25_v1.onnx"
    done = json.loads(subprocess.run([loop, model, "balanced", str(threads), str(seconds), *PHOTOS], check=True, capture_output=True, timeout=seconds + 120).stdout)
    return done["photos"] / done["seconds"], done["cpu_seconds"] / done["photos"]


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--loop", default=ROOT / "build/bench/bench/pipeline_loop")
    arguments.add_argument("--threads", type=int, default=len(__import__("os").sched_getaffinity(0)))
    arguments.add_argument("--seconds", type=float, default=15, help="of each measurement")
    arguments.add_argument("--rounds", type=int, default=3, help="of bare loop and service in turn")
    given = arguments.parse_args()
    threads, seconds = given.threads, given.seconds

    with Service("--threads", threads, log_level="info") as service:
        closed_loop(service, 2 * threads, 3)  # warm
        rounds = []
        for _ in range(given.rounds):
            rounds.append((bare_loop(given.loop, threads, seconds), closed_loop(service, 3 * threads, seconds)))
        print(f"## The service, {threads} compute threads, photos of {CONTENTS[0].__sizeof__() >> 10} to "
              f"{max(map(len, CONTENTS)) >> 10} KiB and 2.5 megapixels, profile balanced\n")
        print("| round | loop photos/s | service photos/s | ratio | loop CPU ms/photo | service CPU ms/photo | ratio | client CPU |")
        print("|---|---|---|---|---|---|---|---|")
        for number, ((loop_rate, loop_cpu), (rate, cpu, client)) in enumerate(rounds, 1):
            print(f"| {number} | {loop_rate:.1f} | {rate:.1f} | {rate / loop_rate:.2f} | {loop_cpu * 1000:.1f} | {cpu * 1000:.1f} | "
                  f"{loop_cpu / cpu:.2f} | {client * 100:.0f} % of a core |")
        saturation = statistics.median(rate for _, (rate, _, _) in rounds)
        print(f"\nMedian of the ratios: {statistics.median(s[0] / b[0] for b, s in rounds):.2f} by the clock, "
              f"{statistics.median(b[1] / s[1] for b, s in rounds):.2f} by processor time (wanted: 0.90)\n")

        print("## At 70 % of saturation\n")
        print("The last column is what the line by itself makes of the same arrivals and the same work.\n")
        print("| arrivals | photos | median work ms | median ms | p99 ms | p99 / median work | the line alone |")
        print("|---|---|---|---|---|---|---|")
        for arrivals in ("even", "poisson"):
            results, _ = open_loop(service, 0.7 * saturation, 2 * seconds, arrivals, 40)
            good = [result for result in results if result[0] == 200]
            assert len(good) == len(results), collections.Counter(result[0] for result in results)
            work = statistics.median(result[3] for result in good)
            late = [result[1] for result in good]
            ideal = ideal_latencies([(result[4], result[3]) for result in good], threads)
            print(f"| {arrivals} | {len(good)} | {work * 1000:.0f} | {statistics.median(late) * 1000:.0f} | {quantile(late, 0.99) * 1000:.0f} | "
                  f"{quantile(late, 0.99) / work:.1f} | {quantile(ideal, 0.99) / work:.1f} |")

        cpu = service.cpu_seconds()
        results, wall = open_loop(service, 5 * saturation, seconds, "poisson", min(400, 100 * threads))
        good = [result for result in results if result[0] == 200]
        refused = [result[2] for result in results if result[0] == 429]
        others = collections.Counter(result[0] for result in results if result[0] not in (200, 429))
        spent = (service.cpu_seconds() - cpu) / max(1, len(good))
        own_cpu = statistics.median(cpu for _, (_, cpu, _) in rounds)
        print(f"\n## At five times saturation ({5 * saturation:.0f} photos/s offered)\n")
        print(f"- {len(results)} requests in {wall:.1f} s: {len(good)} answered, {len(refused)} refused with 429, others: {dict(others)}")
        print(f"- goodput {len(good) / wall:.1f} photos/s = {len(good) / wall / saturation:.2f} of saturation by the clock; "
              f"{own_cpu / spent:.2f} by processor time (wanted: 0.90)")
        if refused:
            print(f"- a 429 takes {statistics.median(refused) * 1000:.0f} ms in the median, {quantile(refused, 0.99) * 1000:.0f} ms at most of 99 %, upload included")
        print(f"- most resident memory: {service.peak_bytes() >> 20} MiB")
        wait_for(lambda: service.metric("face_privacy_in_flight_bytes") == 0, "nothing in flight")
        assert not others and requests.get(service.url("/readyz"), timeout=10).status_code == 200


if __name__ == "__main__":
    main()
