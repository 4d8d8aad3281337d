#!/usr/bin/python3
"""Everybody at once: large uploads, idle and hostile connections, clients that leave, broken photos, while
somebody asks whether the service is alive. As a program it does all of it in full size, against a service
of its own on the loopback: scripts/verify.d/30-service-crowd."""

import argparse
import collections
import contextlib
import pathlib
import random
import resource
import sys
import threading
import time

import requests
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from running_service import DEMO, Service, encoded, multipart, part, photo, wait_for


class Probe(threading.Thread):
    """Asks for health again and again, on a new connection each time, as a load balancer does."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service, self.enough, self.seconds, self.statuses = service, threading.Event(), [], set()

    def run(self):
        while not self.enough.wait(0.05):
            for path in ("/livez", "/readyz"):
                start = time.monotonic()
                try:
                    self.statuses.add(requests.get(self.service.url(path), timeout=30).status_code)
                except requests.RequestException as failure:
                    self.statuses.add(type(failure).__name__)
                self.seconds.append(time.monotonic() - start)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.join()


def in_parallel(jobs, workers):
    """Runs (function, arguments...) jobs; what they return, counted."""
    results, jobs, lock = collections.Counter(), iter(jobs), threading.Lock()

    def work():
        while True:
            with lock:
                job = next(jobs, None)
            if job is None:
                return
            try:
                result = job[0](*job[1:])
            except Exception as failure:  # counted like any other outcome
                result = type(failure).__name__
            with lock:
                results[result] += 1
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def upload(service, content, path="/v1/blur"):
    return requests.post(service.url(path), data=content, headers={"Content-Type": "image/jpeg"}, timeout=600).status_code


def cut_upload(service, content):
    with service.connect() as wire:
        wire.request("POST /v1/blur HTTP/1.1", f"Content-Length: {len(content)}").send(content[:len(content) // 2])
    return "cut"


def cut_download(service, content):
    with service.connect(timeout=600) as wire:
        # Closed after the answer, which may be shorter: that the queue is full.
        wire.request("POST /v1/blur?detect=false HTTP/1.1", "Connection: close", body=content)
        wire.file.read(1000)
    return "cut"


def slow_loris(service, seconds):
    """A header line now and then, for as long as the server lets it."""
    with service.connect() as wire:
        wire.send("POST /v1/blur HTTP/1.1\r\nHost: a\r\n")
        deadline = time.monotonic() + seconds
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline:
                wire.send("X-Line: y\r\n")
                time.sleep(0.25)
        try:
            return wire.answer().status
        except (AssertionError, ConnectionError):
            return "closed"


class Mixed:
    """Requests as users send them, one in ten of them broken, each with the statuses it may have."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)
        small = [photo("jpeg", name, (240, 170)) for name in ("sample1.jpg", "sample3.jpg", "sample5.jpg")]
        png, webp, grass = photo("png", size=(160, 114)), photo("webp", size=(160, 114)), photo("jpeg", None, (200, 150))
        form = multipart(part("input", small[0], "a.jpg", "image/jpeg"), part("style", "pixelate"))
        self.good = [*[(f"/v1/blur?style={style}", content, "image/jpeg", 200) for style in ("blur", "pixelate", "fill") for content in small],
                     *[(route, content, "image/jpeg", 200) for route in ("/v1/detect", "/detect_faces") for content in [*small, grass]],
                     ("/v1/blur?format=png", webp, "image/webp", 200), ("/v1/blur?format=webp", png, "image/png", 200),
                     ("/v1/blur", form, "multipart/form-data; boundary=b", 200), ("/v1/blur", grass, "image/jpeg", 200)]
        self.broken = [("/v1/blur", small[1][:len(small[1]) // 2], "image/jpeg", 422), ("/v1/detect", png[:-200], "image/png", 422),
                       ("/v1/blur", bytes(5000), "image/jpeg", 415), ("/v1/blur?style=sepia", small[0], "image/jpeg", 400),
                       ("/v1/blur", form[:-30], "multipart/form-data; boundary=b", 400)]

    def jobs(self, service, count):
        local = threading.local()
        for _ in range(count):
            yield self.send, local, service, self.random.choice(self.broken if self.random.random() < 0.1 else self.good)

    @staticmethod
    def send(local, service, request):
        path, content, kind, expected = request
        if not hasattr(local, "session"):
            local.session = requests.Session()
        for _ in range(100):
            answer = local.session.post(service.url(path), data=content, headers={"Content-Type": kind}, timeout=120)
            if answer.status_code != 429:
                return "as expected" if answer.status_code == expected else f"{path}: {answer.status_code} instead of {expected}"
            time.sleep(0.2)
        return "never taken"


def large_photo(megapixels):
    """A photo of a phone: noise enough that the file has a phone's size too."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    return encoded(Image.open(DEMO / "sample6.jpg").resize((width, width * 3 // 4), Image.BICUBIC), quality=95)


def flood(service, uploads, megapixels, idle, loris, cuts, mixed, say=print):
    """Everything at once, then the mixed requests. Returns what was measured; asserts nothing about time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, idle + loris + 1000)), hard))
    large, some = large_photo(megapixels), photo(size=(1200, 850))
    with Probe(service) as probe:
        idlers = [service.connect() for _ in range(idle)]
        everything = [*[(upload, service, large)] * uploads, *[(cut_upload, service, large)] * cuts,
                      *[(cut_download, service, some)] * cuts, *[(slow_loris, service, 15)] * loris]
        random.Random(1).shuffle(everything)
        results = in_parallel(everything, len(everything))
        say(f"{len(large) / 1e6:.1f} MB photos, {dict(results)}, peak {service.peak_bytes() >> 20} MiB")
        peak_of_uploads = service.peak_bytes()
        resident = []
        kinds, outcome = Mixed(), collections.Counter()
        for share in range(5):
            outcome += in_parallel(kinds.jobs(service, mixed // 5), 8)
            resident.append(service.resident_bytes())
            say(f"{sum(outcome.values())} mixed requests: {dict(outcome)}, resident {resident[-1] >> 20} MiB")
        alive = 0
        for wire in idlers:
            alive += wire.request("GET /livez HTTP/1.1").answer().status == 200
            wire.close()
    wait_for(lambda: service.metric("face_privacy_in_flight_bytes") == 0, "nothing in flight")
    times = sorted(probe.seconds)
    return {"results": results, "mixed": outcome, "resident": resident, "idle_alive": alive, "peak": peak_of_uploads,
            "probe_statuses": probe.statuses, "probe_median": times[len(times) // 2], "probe_worst": times[-1],
            "probe_slow": sum(seconds > 0.1 for seconds in times), "probes": len(times)}


def check(measured, uploads, idle, loris, cuts, mixed):
    results = measured["results"]
    assert results["cut"] == 2 * cuts, results
    assert results[200] + results[429] == uploads and results[200] > 0, results
    assert results[408] + results["closed"] == loris and sum(results.values()) == uploads + loris + 2 * cuts, results
    assert measured["mixed"] == {"as expected": mixed // 5 * 5}, measured["mixed"]
    assert measured["idle_alive"] == idle
    assert measured["probe_statuses"] == {200}, measured["probe_statuses"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    for name, default in [("uploads", 64), ("megapixels", 12), ("idle", 1000), ("loris", 50), ("cuts", 50), ("mixed", 10_000)]:
        arguments.add_argument(f"--{name}", type=int, default=default)
    arguments.add_argument("--memory-mib", type=int, default=1536, help="most resident memory at any time")
    arguments.add_argument("--timing", action="store_true", help="fail where a health probe took more than 100 ms")
    given = arguments.parse_args()
    sizes = {name: getattr(given, name) for name in ("uploads", "idle", "loris", "cuts", "mixed")}
    with Service("--profile", "fast", "--idle-timeout", "3600", "--request-timeout", "600", log_level="error") as service:
        measured = flood(service, megapixels=given.megapixels, **sizes)
        check(measured, **sizes)
        log = service.log_text()
        status = service.stop()
    resident = [value >> 20 for value in measured["resident"]]
    print(f"peak {measured['peak'] >> 20} MiB; resident after each fifth of the mixed requests {resident} MiB")
    print(f"health probes: {measured['probes']}, median {measured['probe_median'] * 1000:.1f} ms, worst "
          f"{measured['probe_worst'] * 1000:.0f} ms, {measured['probe_slow']} over 100 ms")
    assert status == 0, status
    assert "ERROR: " not in log and "WARNING: ThreadSanitizer" not in log, log[-10000:]
    assert measured["peak"] >> 20 <= given.memory_mib, "more memory than stated"
    assert resident[-1] <= resident[1] * 1.1 + 20, "memory grows"
    assert not given.timing or not measured["probe_slow"], "a health probe waited"
    print("ok: 1 passed, 0 failed")


if __name__ == "__main__":
    main()
