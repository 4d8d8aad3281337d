"""How well an attacker finds out who a redacted face of a clip was if he registers all its frames and averages them.

    clip_reidentification.py --program face-privacy --recognizer sface.onnx PHOTOS

PHOTOS is as for reidentification.py. Of each photo a clip is made: a camera that pans, zooms and rolls a little over it
for two seconds. The clip is redacted in each style as the program does it by itself; then each frame is laid over the
photo by the camera's true path, which is more than an attacker has, and the mean of all frames is compared with
originals and with what came of the others, beside a single frame. The core is what the ellipse of 0.6 of the face box
holds, so that hair, collar and background tell nothing.

The last ways are not the program's: they show what averaging brings back where each frame is redacted by itself.
"""

import json
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image

from reidentification import (LANDMARKS, TEMPLATE, Portrait, chance_of_the_person, embedding, find_faces, load_recognizer,
                              parsed_arguments, plain_cells, rank_one, similarity_transform)

SIDE = 320  # of a frame
FACE_WIDTH = 110
FRAMES, RATE = 48, 24
# Of the template: the middle of the box around its landmarks, and 0.6 of half its sides.
CORE_MIDDLE, CORE_RADII = (56, 68), (27, 35)
GRAY = 127


def inverse(matrix):
    return numpy.linalg.inv(numpy.vstack([matrix, [0, 0, 1]]))[:2]


def chained(outer, inner):
    return outer @ numpy.vstack([inner, [0, 0, 1]])


def sampled(picture, matrix, side):
    """`side` pixels square; `matrix` takes their places to those in `picture`, whose edge goes on beyond it."""
    corners = numpy.array([[x, y, 1] for x in (0, side) for y in (0, side)]) @ matrix.T
    beyond = max(0, *(-corners.min(axis=0)), *(corners.max(axis=0) - picture.size)) + 2
    margin = int(numpy.ceil(beyond))
    padded = numpy.pad(numpy.asarray(picture), ((margin, margin), (margin, margin), (0, 0)), "edge")
    moved = matrix + [[0, 0, margin], [0, 0, margin]]
    return Image.fromarray(padded).transform((side, side), Image.AFFINE, moved.reshape(-1).tolist(), Image.BICUBIC)


def camera_path(face):
    """For each frame the matrix that takes its pixels to the photo's."""
    box = face["box"]
    middle = numpy.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    for frame in range(FRAMES):
        t = 2 * numpy.pi * frame / FRAMES
        scale = box["width"] / FACE_WIDTH * (1 + 0.06 * numpy.sin(t))
        roll = numpy.radians(4) * numpy.sin(t + 1)
        turn = scale * numpy.array([[numpy.cos(roll), -numpy.sin(roll)], [numpy.sin(roll), numpy.cos(roll)]])
        pan = scale * numpy.array([14 * numpy.sin(t + 2), 9 * numpy.cos(t)])
        yield numpy.hstack([turn, (middle + pan - turn @ [SIDE / 2, SIDE / 2])[:, None]])


def write_clip(pictures, path):
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIDE}x{SIDE}", "-r",
               str(RATE), "-i", "-", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "10", "-threads", "1", path]
    subprocess.run(command, input=b"".join(picture.tobytes() for picture in pictures), check=True)


def read_clip(path):
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    pixels = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
    return [Image.fromarray(frame) for frame in numpy.frombuffer(pixels, numpy.uint8).reshape(-1, SIDE, SIDE, 3)]


class Clip:
    """Of one photo; `boxes` holds the tracked face's box for each frame."""

    def __init__(self, program, photo, folder):
        self.program, self.person = program, photo.person
        self.path, self.tracks = folder / "clip.mp4", folder / "tracks.json"
        self.to_photo = list(camera_path(photo.face))
        write_clip([sampled(photo.picture, matrix, SIDE) for matrix in self.to_photo], self.path)
        self.pictures = read_clip(self.path)
        landmarks = numpy.array([photo.face["landmarks"][name] for name in LANDMARKS])
        self.template_to_photo = inverse(similarity_transform(landmarks, TEMPLATE))
        self.boxes = self.find_boxes()

    def find_boxes(self):
        with open(self.tracks, "wb") as file:
            subprocess.run([self.program, "detect", self.path], stdout=file, check=True)
        tracks = json.loads(self.tracks.read_text())["tracks"]
        if not tracks:
            return None
        keys = numpy.array([key[:5] for key in max(tracks, key=lambda track: len(track["boxes"]))["boxes"]])
        columns = [numpy.interp(range(FRAMES), keys[:, 0], keys[:, i]) for i in range(1, 5)]
        return [dict(zip(("x", "y", "width", "height"), box, strict=True)) for box in zip(*columns, strict=True)]

    def aligned(self, pictures):
        """Each frame laid over the recognizer's template."""
        return [numpy.asarray(sampled(picture, chained(inverse(matrix), self.template_to_photo), 112), numpy.float32)
                for picture, matrix in zip(pictures, self.to_photo, strict=True)]


def laid_anew(rng, noise):
    """6 x 6 cells, each frame by itself: the grid lies elsewhere each time, cells are as exact as without tracks."""
    redact = plain_cells(6)

    def frame(picture, box):
        away = rng.uniform(-0.5, 0.5, 2) * (box["width"] / 4, box["height"] / 4)
        portrait = Portrait(picture, {"box": {**box, "x": box["x"] + away[0], "y": box["y"] + away[1]}})
        covered = numpy.asarray(redact(portrait), numpy.float32)
        if not noise:
            return Image.fromarray(covered.astype(numpy.uint8))
        left, top, right, bottom = (round(edge) for edge in portrait.head)
        cells = rng.uniform(-48, 48, (6, 6)) + rng.uniform(-32, 32)
        layer = Image.fromarray(cells.astype(numpy.float32)).resize((right - left, bottom - top), Image.NEAREST)
        noisy = covered + numpy.asarray(sampled_layer(layer, left, top))[..., None]
        return portrait.covered_by(Image.fromarray(noisy.clip(0, 255).astype(numpy.uint8)))
    return frame


def sampled_layer(layer, left, top):
    """A layer of one channel, laid over a frame; 0 elsewhere."""
    whole = Image.new("F", (SIDE, SIDE))
    whole.paste(layer, (left, top))
    return whole


def by_program(style):
    def redact(clip):
        out = clip.path.with_name("out.mp4")
        subprocess.run([clip.program, "blur", clip.path, "--tracks", clip.tracks, "--style", style, "-o", out], check=True,
                       capture_output=True)
        return read_clip(out)
    return redact


def each_by_itself(redact):
    return lambda clip: [redact(picture, box) for picture, box in zip(clip.pictures, clip.boxes, strict=True)]


def ways():
    rng = numpy.random.default_rng(1)
    return {"none": lambda clip: clip.pictures, **{style: by_program(style) for style in ("fill", "blur", "pixelate")},
            "6 x 6 cells anew": each_by_itself(laid_anew(rng, False)),
            "the same with noise": each_by_itself(laid_anew(rng, True))}


def core_mask():
    rows, columns = numpy.mgrid[:112, :112]
    return ((columns - CORE_MIDDLE[0]) / CORE_RADII[0]) ** 2 + ((rows - CORE_MIDDLE[1]) / CORE_RADII[1]) ** 2 < 1


def figures(probes, originals, people):
    """Likeness to the own original, mean and of others; right among originals of other photos, the same among `probes`."""
    likeness = numpy.array(probes) @ numpy.array(originals).T
    others = numpy.array(people)[:, None] != numpy.array(people)[None]
    found = numpy.mean(likeness.argmax(axis=1) == numpy.arange(len(people)))
    return (likeness.diagonal().mean(), likeness[others].mean(), found, rank_one(probes, originals, people),
            rank_one(probes, probes, people))


def main():
    arguments = parsed_arguments(__doc__)
    session = load_recognizer(arguments.recognizer)
    mask = core_mask()[..., None]

    def both(pixels):
        """The embeddings of the head and of its core."""
        return [embedding(session, part) for part in (pixels, numpy.where(mask, pixels, GRAY))]

    people, originals, vectors = [], [], {name: {"one": [], "mean": []} for name in ways()}
    for photo in find_faces(arguments.program, arguments.photos):
        with tempfile.TemporaryDirectory() as folder:
            clip = Clip(arguments.program, photo, pathlib.Path(folder))
            if clip.boxes is None:
                print(f"no track in the clip of {photo.path}")
                continue
            people.append(clip.person)
            for name, redact in ways().items():
                frames = clip.aligned(redact(clip))
                vectors[name]["one"].append(both(frames[FRAMES // 2]))
                vectors[name]["mean"].append(both(numpy.mean(frames, axis=0)))
            originals.append(vectors["none"]["one"][-1])

    chance = chance_of_the_person(people)
    print(f"{len(people)} clips of {FRAMES} frames, {len(set(people))} people; chance of the person {chance:.2f}, "
          f"of the same clip {1 / len(people):.2f}")
    for part, title in enumerate(("head", "core")):
        print(f"\n{title:24} {'frames':>6} {'own likeness':>12} {'others':>7} {'same clip':>10} {'against originals':>18} "
              f"{'against redacted':>17}")
        for name, of in vectors.items():
            for frames, pair in of.items():
                columns = figures([each[part] for each in pair], [each[part] for each in originals], people)
                print("{:24} {:>6} {:12.2f} {:7.2f} {:10.2f} {:18.2f} {:17.2f}".format(
                    name, {"one": 1, "mean": FRAMES}[frames], *columns))


if __name__ == "__main__":
    main()
