#!/usr/bin/python3
"""How many faces of a 360-degree panorama are found, by where they lie, as a flat picture and as a panorama.

bench/panorama_recall.py IMAGES TRUTH.jsonl [--photos 40] [--profile balanced] [--program build/release/bin/face-privacy]

Each labelled photo (the truth format of `face-privacy eval`) is hung into an empty sphere of 4096 x 2048 px as a
camera of 60 degrees would have seen it, at each of the places below, and written as a JPEG with the XMP of a
panorama. Faces smaller than 16 px there are not counted. A face counts as found where a box holds its middle and
is between a fifth and six times as large.
"""
import argparse
import collections
import io
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
from PIL import Image, ImageOps

WIDTH, HEIGHT = 4096, 2048
PLACES = {"equator": (30, 0), "seam": (180, 0), "50 up": (-70, 50), "50 down": (100, -50), "75 up": (15, 75),
          "75 down": (-120, -75), "seam, 60 down": (180, -60)}
SMALLEST_PX = 16
XMP = (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
       b'<rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" '
       b'GPano:ProjectionType="equirectangular"/></rdf:RDF></x:xmpmeta>')


def camera_points(yaw, pitch, photo_size):
    """For each pixel of the panorama where it lies in the photo; NaN behind the camera."""
    longitude = ((numpy.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * math.pi - math.radians(yaw)
    latitude = (0.5 - (numpy.arange(HEIGHT) + 0.5) / HEIGHT) * math.pi
    x = numpy.cos(latitude)[:, None] * numpy.sin(longitude)[None]
    y = numpy.repeat(-numpy.sin(latitude)[:, None], WIDTH, 1)
    ahead = numpy.cos(latitude)[:, None] * numpy.cos(longitude)[None]
    turn = math.radians(pitch)
    down = y * math.cos(turn) + ahead * math.sin(turn)
    depth = ahead * math.cos(turn) - y * math.sin(turn)
    depth = numpy.where(depth > 1e-3, depth, numpy.nan)
    focal = photo_size[0] / 2 / math.tan(math.radians(30))
    return x / depth * focal + photo_size[0] / 2, down / depth * focal + photo_size[1] / 2


def hung(photo, faces, yaw, pitch):
    """The panorama and for each face the rows and columns of its pixels' bounds: (top, bottom, left, width)."""
    x, y = camera_points(yaw, pitch, photo.size)
    pixels = numpy.asarray(photo)
    inside = (x >= 0) & (y >= 0) & (x < photo.width) & (y < photo.height)
    panorama = numpy.full((HEIGHT, WIDTH, 3), 128, numpy.uint8)
    panorama[inside] = pixels[y[inside].astype(int), x[inside].astype(int)]
    places = []
    for left, top, right, bottom in faces:
        rows, columns = numpy.nonzero((x >= left) & (x <= right) & (y >= top) & (y <= bottom))
        if len(rows) == 0:
            places.append(None)
            continue
        # Columns are counted from the middle of the largest gap, so that a face at the seam is in one piece.
        used = numpy.unique(columns)
        gaps = numpy.diff(numpy.append(used, used[0] + WIDTH))
        first = int(used[(int(gaps.argmax()) + 1) % len(used)])
        wide = int(WIDTH - gaps.max() + 1)
        places.append((int(rows.min()), int(rows.max()) + 1, first, wide))
    return Image.fromarray(panorama), places


def write_panorama(panorama, path):
    file = io.BytesIO()
    panorama.save(file, "JPEG", quality=92)
    segment = b"http://ns.adobe.com/xap/1.0/\0" + XMP
    head = b"\xff\xd8\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment
    pathlib.Path(path).write_bytes(head + file.getvalue()[2:])


def is_found(place, boxes):
    top, bottom, left, wide = place
    middle_y, area = (top + bottom) / 2, wide * (bottom - top)
    for box in boxes:
        middle_x = left + wide / 2
        for x in (middle_x, middle_x - WIDTH):
            holds = box["x"] <= x <= box["x"] + box["width"] and box["y"] <= middle_y <= box["y"] + box["height"]
            if holds and area / 5 <= box["width"] * box["height"] <= area * 6:
                return True
    return False


def detect(program, folder, profile, projection):
    done = subprocess.run([program, "detect", folder, "--profile", profile, "--projection", projection],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    lines = map(json.loads, done.stdout.splitlines())
    return {pathlib.Path(line["file"]).name: [face["box"] for face in line["faces"]] for line in lines}


def labelled(images, truth):
    for line in open(truth, encoding="utf-8"):
        entry = json.loads(line)
        path = pathlib.Path(images) / entry["image"]
        if entry.get("faces") and path.exists():
            boxes = [face["box"] for face in entry["faces"]]
            yield path, [(x, y, x + width, y + height) for x, y, width, height in boxes]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("images")
    arguments.add_argument("truth")
    arguments.add_argument("--photos", type=int, default=40)
    arguments.add_argument("--profile", default="balanced")
    arguments.add_argument("--program", default="build/release/bin/face-privacy")
    options = arguments.parse_args()
    photos = sorted(labelled(options.images, options.truth))
    random.Random(1).shuffle(photos)
    found = collections.defaultdict(lambda: collections.Counter())
    with tempfile.TemporaryDirectory() as folder:
        truth = {}
        for number, (path, faces) in enumerate(photos[:options.photos]):
            photo = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
            for place, (yaw, pitch) in PLACES.items():
                name = f"{number}_{place.replace(' ', '_').replace(',', '')}.jpg"
                panorama, places = hung(photo, faces, yaw, pitch)
                write_panorama(panorama, f"{folder}/{name}")
                truth[name] = place, places
        for projection in ("flat", "auto"):
            boxes = detect(options.program, folder, options.profile, projection)
            for name, (place, places) in truth.items():
                for each in places:
                    if each is None or each[1] - each[0] < SMALLEST_PX:
                        continue
                    found[place][projection, is_found(each, boxes[name])] += 1
                found[place][projection, "boxes"] += len(boxes[name])
    print(f"{min(options.photos, len(photos))} photos, profile {options.profile}")
    print(f"{'place':16} {'faces':>6} {'flat':>7} {'panorama':>9} {'boxes':>6} {'boxes':>6}")
    for place, counts in found.items():
        flat, sphere = counts["flat", True], counts["auto", True]
        faces = flat + counts["flat", False]
        print(f"{place:16} {faces:6} {flat / max(1, faces):7.3f} {sphere / max(1, faces):9.3f} "
              f"{counts['flat', 'boxes']:6} {counts['auto', 'boxes']:6}")


if __name__ == "__main__":
    main()
