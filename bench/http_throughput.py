#!/usr/bin/env python3
"""Photos a second through the HTTP service, by the fast JPEG path and by the general one.

usage: http_throughput.py PROGRAM CORES PHOTO...

Starts PROGRAM on a free port of 127.0.0.1, pinned to the first CORES processors with as many threads,
keeps twice as many requests under way, and prints a row of Markdown. What asks runs on the same
processors. A `quality` is what sends a JPEG down the general path.
"""

import concurrent.futures
import http.client
import re
import statistics
import subprocess
import sys
import time

ROUNDS = 3


class Service:
    def __init__(self, program, cores, *options):
        self.process = subprocess.Popen(
            ["taskset", "-c", f"0-{cores - 1}", program, "serve", "--host", "127.0.0.1", "--port", "0",
             "--threads", str(cores), "--log-level", "off", *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.port = self._port_from_log()

    def _port_from_log(self):
        for line in self.process.stdout:
            if found := re.search(r"127\.0\.0\.1:(\d+)", line):
                return int(found.group(1))
        raise SystemExit("the service did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def post(port, photo, query):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/v1/blur" + query, photo, {"Content-Type": "image/jpeg"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"status {answer.status}")


def wait_until_ready(port):
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/readyz")
        ready = connection.getresponse().status == 200
        connection.close()
        if ready:
            return
        time.sleep(0.1)
    raise SystemExit("the service did not become ready")


def photos_per_second(port, photos, query, under_way):
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(under_way) as pool:
        for done in [pool.submit(post, port, photo, query) for photo in photos]:
            done.result()
    return len(photos) / (time.monotonic() - start)


def main():
    program, cores = sys.argv[1], int(sys.argv[2])
    photos = [open(name, "rb").read() for name in sys.argv[3:]]
    rates = {"?quality=90&profile=fast": [], "?profile=fast": []}
    with Service(program, cores) as service:
        wait_until_ready(service.port)
        for _ in range(ROUNDS):
            for query, values in rates.items():  # in turn
                values.append(photos_per_second(service.port, photos, query, 2 * cores))
    general, fast = (statistics.median(values) for values in rates.values())
    print(f"| {cores} | {general:.1f} | {fast:.1f} | {fast / general:.2f}x |")


if __name__ == "__main__":
    main()
