#!/usr/bin/python3
"""Makes clips with exact truth: a virtual camera moves over labelled photos.

The camera pans, zooms, rolls and shakes, moving faces are blurred, things pass in front of them, shots
end in cuts and fades; 24 to 60 frames a second and variable rates; three rates of compression. Beside
each clip lies its truth, a line a person: {"person": 3, "boxes": {"0": [x, y, width, height], ...},
"partly": {...}}. Where at least half of a face can be seen its box stands in `boxes`, else, as long as
any of it can, in `partly`: there it need not be covered, and may be.

Photos go to one of two halves by their names, `tune` and `report`, so that what was tuned on one half
can be measured on the other.

  tools/synthetic_clips/make_clips.py --photos DIR --truth truth.jsonl --out DIR [--clips 24] [--seed 1]

truth.jsonl is as for `face-privacy eval`: {"image": "a.jpg", "faces": [{"box": [x, y, width, height]}]}.
Needs ffmpeg, python3-numpy and python3-pil. The same arguments give the same pictures.
"""

import argparse
import dataclasses
import hashlib
import json
import math
import random
import subprocess
from pathlib import Path

import numpy
from PIL import Image, ImageOps

WIDTH, HEIGHT = 1280, 720
SHUTTER = 0.5  # of the time between two frames
LEAST_SEEN = 0.5  # of a face's box, in the picture and not hidden, for it to need cover
LEAST_WEIGHT = 0.4  # of a shot in a fade, likewise
KINDS = ("pan", "zoom", "roll", "shake", "walk", "mixed")
RATES = ("24", "30000/1001", "30", "50", "60", "vfr")
BITS_PER_SECOND = ("4M", "1500k", "600k")
VFR_TICKS = "60"
VFR_KEEP = (0, 2, 3, 7)  # of each 8 ticks


@dataclasses.dataclass
class Face:
    person: int
    box: tuple[float, float, float, float]  # in the canvas


@dataclasses.dataclass
class Shot:
    canvas: Image.Image
    faces: list[Face]
    camera: "Camera"
    occluders: list["Occluder"]
    seconds: float


def waves(rng, amplitude, slowest_hz, fastest_hz, count=2):
    """A smooth motion around 0 of about this amplitude, as a function of seconds."""
    parts = [
        (amplitude * rng.uniform(0.5, 1) / count, rng.uniform(slowest_hz, fastest_hz), rng.uniform(0, 2 * math.pi))
        for _ in range(count)
    ]
    return lambda t: sum(a * math.sin(2 * math.pi * f * t + p) for a, f, p in parts)


class Camera:
    """Where the picture lies in the canvas at a time: center, canvas pixels per pixel, roll."""

    def __init__(self, rng, kind, canvas_size):
        width, height = canvas_size
        widest = min(width / WIDTH, height / HEIGHT)
        mixed = kind == "mixed"
        zooms = kind == "zoom" or mixed
        self.scale = widest * (rng.uniform(0.6, 0.75) if zooms else rng.uniform(0.5, 0.9))
        self.zoom = waves(rng, 0.5 if zooms else 0.05, 0.1, 0.4)
        self.roll = waves(rng, 0.35 if kind == "roll" or mixed else 0.03, 0.1, 0.5)
        speed = {"pan": 0.9, "walk": 0.5}.get(kind, 0.4)
        room_x = max(0.0, width - WIDTH * self.scale) / 2 + 0.1 * width * speed
        room_y = max(0.0, height - HEIGHT * self.scale) / 2 + 0.05 * height * speed
        self.x = waves(rng, room_x, 0.1, 0.5 * speed + 0.1)
        self.y = waves(rng, room_y, 0.1, 0.4 * speed + 0.1)
        # Steps bob at 2 Hz; a hand trembles faster.
        shake = {"shake": 10, "walk": 6}.get(kind, 4 if mixed else 0.7)
        self.shake_x = waves(rng, shake, 2 if kind == "walk" else 3, 9, 3)
        self.shake_y = waves(rng, shake * (2 if kind == "walk" else 1), 1.8 if kind == "walk" else 3, 8, 3)
        self.middle = (width / 2, height / 2)

    def at(self, t):
        scale = self.scale * math.exp(self.zoom(t))
        x = self.middle[0] + self.x(t) + self.shake_x(t) * scale
        y = self.middle[1] + self.y(t) + self.shake_y(t) * scale
        return x, y, scale, self.roll(t)


class Occluder:
    """An upright bar of noise that passes through the picture."""

    def __init__(self, rng, seconds):
        self.width = rng.uniform(30, 160)
        self.height = rng.uniform(0.4, 1.0) * HEIGHT
        speed = rng.choice((-1, 1)) * rng.uniform(150, 700)
        self.x_at = lambda t, at=rng.uniform(0, seconds), x=rng.uniform(0.2, 0.8) * WIDTH: x + speed * (t - at)
        noise = numpy.random.default_rng(rng.getrandbits(32))
        small = noise.integers(30, 200, (12, 4, 3), dtype=numpy.uint8)
        self.picture = Image.fromarray(small).resize((int(self.width), int(self.height)), Image.BICUBIC)

    def box(self, t):
        return self.x_at(t), HEIGHT - self.height, self.width, self.height

    def paste(self, picture, t):
        x, y, _, _ = self.box(t)
        picture.paste(self.picture, (round(x), round(y)))


def overlap(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


def read_truth(path, photos):
    halves = {"tune": [], "report": []}
    for line in path.read_text().splitlines():
        if not line.strip():
            continue
        photo = json.loads(line)
        if not photo.get("faces"):
            continue
        digest = hashlib.sha256(Path(photo["image"]).name.encode()).digest()
        half = "tune" if digest[0] % 2 == 0 else "report"
        halves[half].append((photos / photo["image"], [face["box"] for face in photo["faces"]]))
    return halves


def make_canvas(rng, photos, next_person):
    """Photos side by side in a grid; small faces come from many photos, large ones from one."""
    side = rng.choice((1, 2, 2, 3, 4))
    cell_width, cell_height = WIDTH * 2 // side, HEIGHT * 2 // side
    canvas = Image.new("RGB", (cell_width * side, cell_height * side))
    faces = []
    for row in range(side):
        for column in range(side):
            path, boxes = rng.choice(photos)
            photo = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
            # The whole photo, as a part of it could cut faces so that they are none any more.
            scale = min(cell_width / photo.width, cell_height / photo.height)
            photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.LANCZOS)
            left, top = column * cell_width + (cell_width - photo.width) // 2, row * cell_height
            canvas.paste(photo, (left, top))
            for x, y, width, height in boxes:
                box = (x * scale + left, y * scale + top, width * scale, height * scale)
                faces.append(Face(next_person + len(faces), box))
    return canvas, faces


def seen_box(face, camera_at, hidden_by):
    """The face's box in the picture, and how much of it can be seen, 0 to 1."""
    x, y, scale, roll = camera_at
    half_width, half_height = face.box[2] / 2 / scale, face.box[3] / 2 / scale
    dx, dy = (face.box[0] + face.box[2] / 2 - x) / scale, (face.box[1] + face.box[3] / 2 - y) / scale
    cosine, sine = math.cos(roll), math.sin(roll)
    center_x = cosine * dx + sine * dy + WIDTH / 2
    center_y = -sine * dx + cosine * dy + HEIGHT / 2
    # The box of the turned ellipse that the face's box holds.
    reach_x = math.hypot(half_width * cosine, half_height * sine)
    reach_y = math.hypot(half_width * sine, half_height * cosine)
    box = (center_x - reach_x, center_y - reach_y, 2 * reach_x, 2 * reach_y)
    left, top = max(0, box[0]), max(0, box[1])
    inside = (left, top, min(WIDTH, box[0] + box[2]) - left, min(HEIGHT, box[1] + box[3]) - top)
    seen = overlap(box, inside) - sum(overlap(inside, other) for other in hidden_by)
    return inside, seen / (box[2] * box[3])


def look_through(shot, t, frame_seconds):
    """The picture at `t`, blurred by the motion while the shutter is open."""
    before, after = shot.camera.at(t - SHUTTER * frame_seconds / 2), shot.camera.at(t + SHUTTER * frame_seconds / 2)
    motion = math.hypot(before[0] - after[0], before[1] - after[1]) / before[2] + 600 * abs(before[3] - after[3])
    samples = max(1, min(5, round(motion / 3)))
    total = numpy.zeros((HEIGHT, WIDTH, 3), numpy.uint16)
    for i in range(samples):
        moment = t + SHUTTER * frame_seconds * ((i + 0.5) / samples - 0.5)
        x, y, scale, roll = shot.camera.at(moment)
        a, b = scale * math.cos(roll), -scale * math.sin(roll)
        coefficients = (a, b, x - a * WIDTH / 2 - b * HEIGHT / 2, -b, a, y + b * WIDTH / 2 - a * HEIGHT / 2)
        picture = shot.canvas.transform((WIDTH, HEIGHT), Image.AFFINE, coefficients, Image.BILINEAR)
        for occluder in shot.occluders:
            occluder.paste(picture, moment)
        total += numpy.asarray(picture)
    return (total // samples).astype(numpy.uint8)


def make_shots(rng, photos, kind):
    shots = []
    person = 0
    for _ in range(rng.choice((1, 2, 2, 3))):
        canvas, faces = make_canvas(rng, photos, person)
        person += len(faces)
        seconds = rng.uniform(1.3, 2.6)
        occluders = [Occluder(rng, seconds) for _ in range(rng.choice((0, 0, 1, 2)))]
        shots.append(Shot(canvas, faces, Camera(rng, kind, canvas.size), occluders, seconds))
    return shots


def frames_of(shots, frame_seconds, fade_seconds):
    """Pictures, and for each by person the box and whether it needs cover. Shots overlap by `fade_seconds`; 0: hard cuts."""
    starts = [0.0]
    for shot in shots[:-1]:
        starts.append(starts[-1] + shot.seconds - fade_seconds)
    end = starts[-1] + shots[-1].seconds
    for frame in range(int(end / frame_seconds)):
        t = frame * frame_seconds
        running = [i for i, shot in enumerate(shots) if starts[i] <= t < starts[i] + shot.seconds]
        running = running[-2:] if fade_seconds > 0 else running[-1:]
        mix = (t - starts[running[-1]]) / fade_seconds if len(running) == 2 else 1.0
        picture = 0
        boxes = {}
        for i, weight in zip(reversed(running), (mix, 1 - mix), strict=False):
            shot, moment = shots[i], t - starts[i]
            seen = look_through(shot, moment, frame_seconds)
            picture = picture + (seen if weight == 1 else weight * seen)
            hidden_by = [occluder.box(moment) for occluder in shot.occluders]
            for face in shot.faces:
                box, share = seen_box(face, shot.camera.at(moment), hidden_by)
                if share > 0 and min(box[2:]) >= 1:
                    boxes[face.person] = (box, share >= LEAST_SEEN and weight >= LEAST_WEIGHT)
        yield picture.astype(numpy.uint8), boxes


def encoder(path, rate, bits_per_second):
    keep = "+".join(f"eq(mod(n\\,8)\\,{tick})" for tick in VFR_KEEP)
    passing = ["-vf", f"select='{keep}'", "-fps_mode", "vfr"] if rate == "vfr" else []
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}"]
    command += ["-r", VFR_TICKS if rate == "vfr" else rate, "-i", "-", *passing, "-pix_fmt", "yuv420p"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", bits_per_second, "-threads", "1", str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def make_clip(rng, photos, out, number):
    kind, rate = KINDS[number % len(KINDS)], RATES[(number // 2) % len(RATES)]
    bits_per_second = BITS_PER_SECOND[number % len(BITS_PER_SECOND)]
    fade_seconds = rng.choice((0, 0, 0.4))
    stem = f"{number:02}-{kind}-{rate.replace('/', '_')}-{bits_per_second}"
    frame_seconds = 1 / eval_rate(VFR_TICKS if rate == "vfr" else rate)
    coder = encoder(out / f"{stem}.mp4", rate, bits_per_second)
    people = {}
    written = 0
    for tick, (picture, boxes) in enumerate(frames_of(make_shots(rng, photos, kind), frame_seconds, fade_seconds)):
        coder.stdin.write(picture.tobytes())
        if rate == "vfr" and tick % 8 not in VFR_KEEP:
            continue
        for person, (box, needs_cover) in boxes.items():
            lists = people.setdefault(person, {"boxes": {}, "partly": {}})
            lists["boxes" if needs_cover else "partly"][str(written)] = [round(value, 1) for value in box]
        written += 1
    coder.stdin.close()
    if coder.wait() != 0:
        raise SystemExit("ffmpeg failed")
    lines = [json.dumps({"person": person, **lists}) for person, lists in sorted(people.items())]
    (out / f"{stem}.truth.jsonl").write_text("".join(line + "\n" for line in lines))
    print(f"{out.name}/{stem}.mp4: {written} frames, {len(people)} people, "
          f"{sum(len(lists['boxes']) for lists in people.values())} boxes", flush=True)


def eval_rate(rate):
    numerator, _, denominator = rate.partition("/")
    return int(numerator) / int(denominator or 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True, help="the folder that the truth's paths start from")
    parser.add_argument("--truth", type=Path, required=True, help="JSON lines as for `face-privacy eval`")
    parser.add_argument("--out", type=Path, required=True, help="gets the folders tune/ and report/")
    parser.add_argument("--clips", type=int, default=24, help="of both halves together")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    halves = read_truth(arguments.truth, arguments.photos)
    for number in range(arguments.clips):
        half = ("tune", "report")[number % 2]
        folder = arguments.out / half
        folder.mkdir(parents=True, exist_ok=True)
        make_clip(random.Random(f"{arguments.seed}/{number}"), halves[half], folder, number // 2)


if __name__ == "__main__":
    main()
