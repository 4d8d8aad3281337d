#!/usr/bin/env python3
"""What clips at work cost the photos beside them.

usage: photos_beside_clips.py PROGRAM CORES PHOTO CLIP [JOBS]

Two clients ask for PHOTO, `fast`, while nothing else is done and then while JOBS clips (20) wait and are worked
on; prints a row of Markdown for each with the middle and the slowest hundredth of the answers.
"""

import concurrent.futures
import http.client
import json
import pathlib
import sys
import time

from http_throughput import Service, post, wait_until_ready

REQUESTS = 200


def timed(port, photo):
    start = time.monotonic()
    post(port, photo, "?profile=fast")
    return time.monotonic() - start


def row(name, port, photo):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        times = sorted(pool.map(lambda _: timed(port, photo), range(REQUESTS)))
    print(f"| {name} | {1000 * times[len(times) // 2]:.0f} ms | {1000 * times[len(times) * 99 // 100]:.0f} ms |", flush=True)


def call(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Content-Type": "video/mp4"} if body else {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status >= 400:
        raise SystemExit(f"{method} {path}: status {answer.status}")
    return content


def main():
    program, cores = sys.argv[1], int(sys.argv[2])
    photo, clip = (pathlib.Path(name).read_bytes() for name in sys.argv[3:5])
    jobs = int(sys.argv[5]) if len(sys.argv) > 5 else 20
    with Service(program, cores, "--video-jobs", str(jobs)) as service:
        wait_until_ready(service.port)
        for _ in range(20):
            timed(service.port, photo)
        print("| | middle | slowest hundredth |\n|---|---|---|")
        row("no clips", service.port, photo)
        ids = [json.loads(call(service.port, "POST", "/v1/videos?profile=fast", clip))["id"] for _ in range(jobs)]
        row(f"{jobs} clips", service.port, photo)
        states = [json.loads(call(service.port, "GET", f"/v1/videos/{name}"))["state"] for name in ids]
        print(f"\nThen {states.count('done')} of {jobs} clips were done.")


if __name__ == "__main__":
    main()
