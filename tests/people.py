"""People for the tests of references: faces cut out of the demo photos, one person each."""

import os

import pytest
from PIL import Image

from running_service import DEMO, PROGRAM, encoded

WEIGHTS = PROGRAM.parent.parent / "share/face-privacy/models/face_recognition_sface_2021dec_int8bq.onnx"
needs_recognizer = pytest.mark.skipif(not WEIGHTS.exists(), reason="`make recognizer` brings the weights")

# Middle of each face in shares of the demo photo, from left to right.
PEOPLE = {"ann": ("sample1.jpg", 0), "bea": ("sample1.jpg", 1), "cem": ("sample2.jpg", 0), "dov": ("sample2.jpg", 1),
          "eve": ("sample3.jpg", 0), "fin": ("sample3.jpg", 1), "gus": ("sample4.jpg", 0), "hal": ("sample4.jpg", 1)}


def demo(name):
    return Image.open(DEMO / name).convert("RGB")


def cut(picture, box, around=0.35):
    """The face in `box` with a little around it, and nobody else."""
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    margin_x, margin_y = around * width, around * height
    return picture.crop((max(0, int(x - margin_x)), max(0, int(y - margin_y)),
                         min(picture.width, int(x + width + margin_x)), min(picture.height, int(y + height + margin_y))))


def side_by_side(*pictures, height=400, gap=40):
    """Pictures on one grey wall."""
    scaled = [picture.resize((picture.width * height // picture.height, height)) for picture in pictures]
    wall = Image.new("RGB", (sum(p.width + gap for p in scaled) + gap, height + 2 * gap), (120, 120, 120))
    x = gap
    for picture in scaled:
        wall.paste(picture, (x, gap))
        x += picture.width + gap
    return wall
