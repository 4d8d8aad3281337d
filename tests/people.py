"""People for the tests of references: faces cut out of the demo photos."""

import io
import json
import shutil
import subprocess

import numpy
import pytest
from PIL import Image

from running_service import DEMO, PROGRAM

WEIGHTS = PROGRAM.parent.parent / "share/face-privacy/models/face_recognition_sface_2021dec_int8bq.onnx"
needs_recognizer = pytest.mark.skipif(not WEIGHTS.exists(), reason="`make recognizer` brings the weights")


def program_without_weights(folder):
    """A copy of the program beside which there is no recognizer."""
    home = PROGRAM.parent.parent
    (folder / "bin").mkdir()
    (folder / "share/face-privacy/models").mkdir(parents=True)
    shutil.copy(PROGRAM, folder / "bin/face-privacy")
    (folder / "lib").symlink_to(home / "lib")
    for name in ("mnet.25_v1.onnx", "mnet.25_v1.ranges"):
        (folder / "share/face-privacy/models" / name).symlink_to(home / "share/face-privacy/models" / name)
    return folder / "bin/face-privacy"


def demo(name):
    return Image.open(DEMO / name).convert("RGB")


def faces_of(picture):
    """The faces of a picture from left to right, surely faces."""
    file = io.BytesIO()
    picture.save(file, "png")
    done = subprocess.run([PROGRAM, "detect", "--min-score", "0.8", "-"], input=file.getvalue(), capture_output=True, check=True)
    return sorted(json.loads(done.stdout)["faces"], key=lambda face: face["box"]["x"])


def cut(picture, face, around=0.35):
    """The face with a little around it, and nobody else."""
    x, y, width, height = (face["box"][side] for side in ("x", "y", "width", "height"))
    left, top = int(x - around * width), int(y - around * height)
    right, bottom = int(x + width + around * width), int(y + height + around * height)
    return picture.crop((max(0, left), max(0, top), min(picture.width, right), min(picture.height, bottom)))


def person(name, place):
    """The face at `place`, counted from the left, of a demo photo."""
    picture = demo(name)
    return cut(picture, faces_of(picture)[place])


# The same woman in two photos; she, and others who are not she.
def anna():
    return person("sample1.jpg", 2)


def anna_again():
    return person("sample3.jpg", 1)


def stranger():
    return person("sample2.jpg", 1)


ANNA_IN_SAMPLE_3 = 1  # counted from the left


def side_by_side(*pictures, height=360, gap=50):
    """Pictures on one gray wall."""
    scaled = [picture.resize((picture.width * height // picture.height, height)) for picture in pictures]
    wall = Image.new("RGB", (sum(p.width + gap for p in scaled) + gap, height + 2 * gap), (120, 120, 120))
    x = gap
    for picture in scaled:
        wall.paste(picture, (x, gap))
        x += picture.width + gap
    return wall


def changed_share(before, after, box, inner=1.0):
    """Of the pixels of a box, the share that is visibly not what it was."""
    x, y, width, height = (box[side] for side in ("x", "y", "width", "height"))
    margin_x, margin_y = width * (1 - inner) / 2, height * (1 - inner) / 2
    place = tuple(map(int, (max(0, x + margin_x), max(0, y + margin_y),
                            min(before.width, x + width - margin_x), min(before.height, y + height - margin_y))))
    one, other = (numpy.asarray(p.convert("RGB").crop(place)).astype(int) for p in (before, after))
    return float((abs(one - other).max(axis=2) > 12).mean())


def is_covered(before, after, face):
    return changed_share(before, after, face["box"], inner=0.6) > 0.6


def is_clear(before, after, face):
    return changed_share(before, after, face["box"]) < 0.05


def clip_of(pictures, path, rate=25):
    """A clip of pictures of one even size."""
    width, height = (side // 2 * 2 for side in pictures[0].size)
    raw = b"".join(picture.convert("RGB").crop((0, 0, width, height)).tobytes() for picture in pictures)
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate),
                    "-i", "-", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-pix_fmt", "yuv420p", str(path)],
                   input=raw, capture_output=True, check=True)
    return path


def frames_of(clip):
    """Every picture of a clip."""
    told = subprocess.run(["ffprobe", "-v", "error", "-of", "csv=p=0", "-select_streams", "v:0", "-show_entries", "stream=width,height", str(clip)],
                          capture_output=True, check=True).stdout.decode()
    width, height = map(int, told.strip().split(","))
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    return [Image.fromarray(frame) for frame in numpy.frombuffer(raw, numpy.uint8).reshape(-1, height, width, 3)]
