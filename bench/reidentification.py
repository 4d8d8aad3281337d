"""How well an attacker with a face recognizer finds out who a redacted face was.

    reidentification.py --program face-privacy --recognizer sface.onnx PHOTOS

PHOTOS holds a folder for each person with photos of that person alone, at least two. Every photo is redacted in
each way, and the recognizer's nearest other photo is taken for an answer (rank 1): among the originals, and among
photos that were redacted in the same way, as an attacker would redact a gallery of his own. Faces are aligned by
the landmarks of the original, which is more than an attacker has. Prints the shares of right answers as a table.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy
import onnx
import onnxruntime
from PIL import Image, ImageDraw, ImageFilter

# Where a recognizer of this kind wants eyes, nose and mouth in its 112 x 112 pixels (ArcFace's template).
TEMPLATE = numpy.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
LANDMARKS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")  # the person's right is left in a picture


def load_recognizer(path):
    """A session that takes one 1x3x112x112 RGB picture of 0..255 and gives one vector."""
    model = onnx.load(path)
    # Weights that a converter also declared to be inputs.
    picture = [value for value in model.graph.input if value.name == model.graph.input[0].name]
    del model.graph.input[:]
    model.graph.input.extend(picture)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def similarity_transform(source, target):
    """The 2x3 matrix that turns, scales and moves `source` onto `target` with the least squared error."""
    rows = []
    for x, y in source:
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
    a, b, c, d = numpy.linalg.lstsq(numpy.array(rows), target.reshape(-1), rcond=None)[0]
    return numpy.array([[a, -b, c], [b, a, d]])


def aligned(picture, face):
    matrix = similarity_transform(numpy.array([face["landmarks"][name] for name in LANDMARKS]), TEMPLATE)
    scale = numpy.hypot(matrix[0, 0], matrix[1, 0])
    if scale < 0.5:  # bilinear sampling would skip pixels
        smaller = picture.resize((max(1, round(picture.width * scale * 2)), max(1, round(picture.height * scale * 2))),
                                 Image.BOX)
        matrix = matrix @ numpy.diag([picture.width / smaller.width, picture.height / smaller.height, 1])
        picture = smaller
    inverse = numpy.linalg.inv(numpy.vstack([matrix, [0, 0, 1]]))[:2]
    return picture.transform((112, 112), Image.AFFINE, inverse.reshape(-1).tolist(), Image.BILINEAR)


def embedding(session, picture):
    values = numpy.asarray(picture, numpy.float32).transpose(2, 0, 1)[None]
    vector = session.run(None, {session.get_inputs()[0].name: values})[0][0]
    return vector / numpy.linalg.norm(vector)


class Portrait:
    """A picture, and a face in it."""

    def __init__(self, picture, face):
        self.picture, self.face = picture, face

    @property
    def head(self):
        """The ellipse's bounds that the program covers by default: the box and a quarter of it on each side."""
        box = self.face["box"]
        return [box["x"] - box["width"] / 4, box["y"] - box["height"] / 4,
                box["x"] + box["width"] * 5 / 4, box["y"] + box["height"] * 5 / 4]

    def covered_by(self, other):
        mask = Image.new("L", self.picture.size)
        ImageDraw.Draw(mask).ellipse(self.head, fill=255)
        return Image.composite(other, self.picture, mask)


class Photo(Portrait):
    def __init__(self, path, face):
        with Image.open(path) as picture:
            super().__init__(picture.convert("RGB"), face)
        self.path, self.person = path, path.parent.name


def gaussian(share):
    """A blur of the face's own pixels, as other tools have it; sigma is a share of the box's width."""
    def redact(photo):
        sigma = photo.face["box"]["width"] * share
        return photo.covered_by(photo.picture.filter(ImageFilter.GaussianBlur(sigma)))
    return redact


def plain_cells(count):
    """Averaged cells without noise, `count` across the face."""
    def redact(photo):
        left, top, right, bottom = (round(edge) for edge in photo.head)
        area = photo.picture.crop((left, top, right, bottom))
        mosaic = area.resize((count, count), Image.BOX).resize(area.size, Image.NEAREST)
        other = photo.picture.copy()
        other.paste(mosaic, (left, top))
        return photo.covered_by(other)
    return redact


def by_program(program, *options):
    def redact(photo):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out.png"
            box = photo.face["box"]
            region = "{x},{y},{width},{height}".format(**box)
            subprocess.run([program, "blur", photo.path, "-o", out, "--no-detect", "--region", region, *options],
                           check=True, capture_output=True)
            with Image.open(out) as picture:
                return picture.convert("RGB")
    return redact


def find_faces(program, folder):
    """The largest face of each photo; photos without one are left out and named."""
    done = subprocess.run([program, "detect", folder], capture_output=True, text=True, check=True)
    photos = []
    for line in sorted(map(json.loads, done.stdout.splitlines()), key=lambda found: found["file"]):
        if not line["faces"]:
            print(f"no face found: {line['file']}")
            continue
        largest = max(line["faces"], key=lambda face: face["box"]["width"] * face["box"]["height"])
        photos.append(Photo(pathlib.Path(line["file"]), largest))
    return photos


def rank_one(probes, gallery, people):
    """The share of probes whose nearest picture of the gallery, but that of the same photo, is of their person."""
    likeness = numpy.array(probes) @ numpy.array(gallery).T
    numpy.fill_diagonal(likeness, -numpy.inf)
    return float(numpy.mean([people[i] == people[j] for i, j in enumerate(likeness.argmax(axis=1))]))


def chance_of_the_person(people):
    """That another picture, taken at random, is of the same person."""
    return numpy.mean([(people.count(person) - 1) / (len(people) - 1) for person in people])


def parsed_arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("--program", default="build/release/bin/face-privacy")
    parser.add_argument("--recognizer", required=True)
    return parser.parse_args()


def main():
    arguments = parsed_arguments(__doc__)

    session = load_recognizer(arguments.recognizer)
    photos = find_faces(arguments.program, arguments.photos)
    people = [photo.person for photo in photos]
    chance = chance_of_the_person(people)
    print(f"{len(photos)} photos of {len(set(people))} people; chance {chance:.2f}\n")

    program = arguments.program
    ways = [("none", lambda photo: photo.picture),
            *[(f"Gaussian, sigma box/{part}", gaussian(1 / part)) for part in (40, 20, 10, 5)],
            *[(f"{count} x {count} cells without noise", plain_cells(count)) for count in (16, 8, 6)],
            ("pixelate (6 x 6 cells with noise)", by_program(program, "--style", "pixelate")),
            ("blur (the default)", by_program(program)),
            ("fill", by_program(program, "--style", "fill"))]
    originals = [embedding(session, aligned(photo.picture, photo.face)) for photo in photos]
    print(f"{'redaction':36} {'own likeness':>12} {'against originals':>18} {'against redacted':>17}")
    for name, redact in ways:
        vectors = [embedding(session, aligned(redact(photo), photo.face)) for photo in photos]
        own = numpy.mean([a @ b for a, b in zip(vectors, originals)])
        print(f"{name:36} {own:12.2f} {rank_one(vectors, originals, people):18.2f} "
              f"{rank_one(vectors, vectors, people):17.2f}", flush=True)


if __name__ == "__main__":
    main()
