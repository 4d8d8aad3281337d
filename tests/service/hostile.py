#!/usr/bin/python3
"""Files made to break a decoder or to cost much, and good photos beside them. As a program: what the good ones wait,
first beside each such file, sent again and again, then in 10,000 requests of which a third are such files:
scripts/verify.d/31-service-hostile."""

import argparse
import collections
import io
import itertools
import pathlib
import random
import struct
import sys
import threading
import time
import zlib

import requests
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from running_service import ROOT, Service, photo

FILES = ROOT / "tests/testdata/hostile"
REFUSALS = ("damaged_photo", "unsupported_photo", "too_costly", "too_many_pixels", "too_many_frames", "deadline_exceeded")


def png(width, height, bits, color, broken=False):
    """One color, so that a huge picture is a small file. `broken`: only whoever decodes it notices that it is."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    channels = {0: 1, 2: 3}[color]
    row = bytes(1 + (width * bits * channels + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    if broken:
        packed = bytes(len(packed))
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def tiff_of_many_directories(pages):
    """Each says that its strips are the whole file, a byte for each."""
    size, one = 30 * pages, 30
    file = bytearray(b"II*\0" + struct.pack("<I", 8))
    for page in range(pages):
        following = 8 + one * (page + 1) if page + 1 < pages else 0
        file += struct.pack("<H", 2) + struct.pack("<HHII", 273, 1, size, 8) + struct.pack("<HHII", 279, 1, size, 8)
        file += struct.pack("<I", following)
    return bytes(file)


def animation(frames, side=64):
    pictures = [Image.new("P", (side, side), i % 256) for i in range(frames)]
    for i, picture in enumerate(pictures):
        picture.putpalette([(i * 7) % 256, (i * 3) % 256, 90] * 256)
    file = io.BytesIO()
    pictures[0].save(file, "gif", save_all=True, append_images=pictures[1:])
    return file.getvalue()


def hostile_requests():
    """(name, query, body) of each."""
    for path in sorted(FILES.iterdir()):
        if path.suffix in (".avif", ".jpg", ".png", ".tiff"):
            yield path.name, "", path.read_bytes()
    yield "16-bit PNG as AVIF", "?format=avif&quality=100", png(3000, 2000, 16, 2)
    yield "huge 16-bit PNG as AVIF", "?format=avif&quality=100", png(11300, 11300, 16, 0)
    huge = png(10000, 12000, 1, 0)
    yield "huge PNG", "", huge
    yield "huge PNG as WebP", "?format=webp", huge
    yield "huge PNG as AVIF", "?format=avif", huge
    yield "thin PNG", "?profile=thorough", png(65500, 512, 1, 0)
    yield "tall PNG with many regions", f"?regions=[{','.join(['[0,0,1954,65500]'] * 150)}]", png(1954, 65500, 1, 0)
    yield "TIFF of many directories", "", tiff_of_many_directories(4800)
    yield "long GIF", "", animation(300)


class Client:
    """Sends requests over one connection; of each good one what it took, and whether the answer was right."""

    def __init__(self, service):
        self.service, self.body = service, photo()
        self.right = service.post("/v1/blur?style=fill", self.body).content
        self.session = requests.Session()
        self.session.trust_env = False

    def post(self, path, body, kind):
        return self.session.post(self.service.url(path), body, headers={"Content-Type": kind}, timeout=120)

    def good(self):
        """(seconds, answer) where the answer is "right", or says what came instead."""
        start = time.monotonic()
        answer = self.post("/v1/blur?style=fill", self.body, "image/jpeg")
        seconds = time.monotonic() - start
        is_right = (answer.status_code, answer.content) == (200, self.right)
        return seconds, "right" if is_right else f"{answer.status_code} {answer.content[:200]}"

    def hostile(self, query, body):
        """The status and the problem's code; an error where it is none that such a file may get."""
        answer = self.post("/v1/blur" + query, body, "application/octet-stream")
        if answer.status_code == 200:
            return "200"
        code = answer.json()["code"]
        assert answer.status_code in (422, 504) and code in REFUSALS, (answer.status_code, answer.text)
        return f"{answer.status_code} {code}"


class GoodPhotos:
    """Asks for the same good photo again and again, and remembers what came."""

    def __init__(self, service):
        self.client, self.seconds, self.answers = Client(service), [], collections.Counter()
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run)

    @property
    def body(self):
        return self.client.body

    @property
    def right(self):
        return self.client.right

    def run(self):
        while not self.end.is_set():
            seconds, answer = self.client.good()
            self.seconds.append(seconds)
            self.answers[answer] += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join(60)

    def wrong(self):
        return {answer: count for answer, count in self.answers.items() if answer != "right"}


def p99(seconds):
    return sorted(seconds)[len(seconds) * 99 // 100]


def beside(service, request, seconds):
    """The good photos' times, and what became of `request`, sent again and again meanwhile; None: nothing is sent."""
    outcome, took, client = collections.Counter(), [], Client(service)
    end = time.monotonic() + seconds
    with GoodPhotos(service) as good:
        while time.monotonic() < end:
            if request is None:
                good.end.wait(0.1)
                continue
            start = time.monotonic()
            outcome[client.hostile(*request[1:])] += 1
            took.append(time.monotonic() - start)
    assert not good.wrong(), (request and request[0], good.wrong())
    return good.seconds, took, outcome


def each_beside_good_photos(service, seconds):
    """A row of Markdown for each file; the quiet value is measured anew before each."""
    print("| file | answered | times | its own middle ms | good photos | quiet p99 ms | p99 ms | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    worst = 0
    for request in hostile_requests():
        quiet = p99(beside(service, None, seconds)[0])
        good, took, outcome = beside(service, request, seconds)
        worst = max(worst, p99(good) / quiet)
        print(f"| {request[0]} | {', '.join(sorted(outcome))} | {len(took)} | {1000 * sorted(took)[len(took) // 2]:.0f} | {len(good)} "
              f"| {1000 * quiet:.0f} | {1000 * p99(good):.0f} | {p99(good) / quiet:.1f} |", flush=True)
    return worst


def mixed(service, count, clients, hostile_share, seed=1):
    """`count` requests by so many clients at once; the good ones' times, and all answers, counted."""
    chance, bad = random.Random(seed), list(hostile_requests())
    plan = iter([chance.choice(bad) if chance.random() < hostile_share else None for _ in range(count)])
    lock, seconds, outcome = threading.Lock(), [], collections.Counter()

    def work():
        client = Client(service)
        while True:
            with lock:
                request = next(plan, "end")
            if request == "end":
                return
            try:
                took, answer = client.good() if request is None else (None, client.hostile(*request[1:]))
            except (requests.RequestException, AssertionError, ValueError) as failure:
                took, answer = None, f"lost: {failure!r}"[:300]
            with lock:
                outcome[answer] += 1
                if took is not None:
                    seconds.append(took)
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seconds, outcome


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=5, help="beside each file, and as long in quiet before it")
    arguments.add_argument("--mixed", type=int, default=10_000)
    arguments.add_argument("--clients", type=int, default=2)
    given = arguments.parse_args()
    with Service(log_level="error") as service:
        client = Client(service)
        for _ in itertools.repeat(None, 50):
            client.good()
        worst = each_beside_good_photos(service, given.seconds)
        quiet, _ = mixed(service, max(200, given.mixed // 10), given.clients, 0)
        seconds, outcome = mixed(service, given.mixed, given.clients, 1 / 3)
        alive = service.get("/readyz").status_code
        status = service.stop()
    print(f"\n{given.mixed} mixed requests: {dict(outcome.most_common())}")
    print(f"good ones: middle {1000 * sorted(quiet)[len(quiet) // 2]:.0f} -> {1000 * sorted(seconds)[len(seconds) // 2]:.0f} ms, "
          f"p99 {1000 * p99(quiet):.0f} -> {1000 * p99(seconds):.0f} ms")
    print(f"p99 / quiet p99: at most {worst:.1f} beside one file, {p99(seconds) / p99(quiet):.1f} in the mixture")
    assert alive == 200 and status == 0, (alive, status)
    assert outcome["right"] == len(seconds) and not [a for a in outcome if a.startswith("lost")], outcome
    print("ok: 1 passed, 0 failed")


if __name__ == "__main__":
    main()
