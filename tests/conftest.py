"""Fixtures of the whole-program tests: the program, photos that are free to use, a scratch folder."""

import json
import os
import shutil
import subprocess

import numpy
import pytest
from PIL import Image

from people import anna
from running_service import DEMO, PROGRAM, ROOT, Service

TESTDATA = ROOT / "tests/testdata"

# Persons that a viewer counts in each demo photo.
DEMO_FACES = {"sample1.jpg": 3, "sample2.jpg": 3, "sample3.jpg": 3, "sample4.jpg": 4, "sample5.jpg": 5,
              "sample6.jpg": 4}


class Program:
    """face-privacy as a user runs it."""

    def run(self, *arguments, stdin=b"", environment=None, cwd=None):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FACE_PRIVACY_")}
        return subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd,
                              env={**clean, **(environment or {})}, timeout=300)

    def blur(self, *arguments, **more):
        done = self.run("blur", *arguments, **more)
        assert done.returncode == 0, done.stderr.decode()
        return done

    def detect(self, *arguments, **more):
        done = self.run("detect", *arguments, **more)
        assert done.returncode == 0, done.stderr.decode()
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="session")
def anna_png(tmp_path_factory):
    """A photo that shows one person alone, as a reference."""
    path = tmp_path_factory.mktemp("anna") / "anna.png"
    anna().save(path)
    return path


@pytest.fixture(scope="session")
def program():
    assert PROGRAM.exists(), "make build first"
    return Program()


@pytest.fixture(scope="session")
def service():
    """A running service that tests share which do it no harm; it looks for faces once, which is faster."""
    assert PROGRAM.exists(), "make build first"
    with Service("--threads", "2", "--profile", "fast") as running:
        yield running


@pytest.fixture(scope="session")
def demo():
    """The folder of demo photos."""
    return DEMO


@pytest.fixture(scope="session")
def small_photo(tmp_path_factory):
    """One demo photo at 640 px as PNG, so that untouched pixels can be compared exactly: 3 faces."""
    path = tmp_path_factory.mktemp("photo") / "three.png"
    with Image.open(DEMO / "sample3.jpg") as photo:
        photo.resize((640, 450), Image.LANCZOS).save(path)
    return path


def pixels(path):
    with Image.open(path) as picture:
        return numpy.asarray(picture.copy())


def exif_tags(path):
    """What exiftool finds besides the file itself: {"group:tag": value}."""
    assert shutil.which("exiftool"), "scripts/setup test installs exiftool"
    done = subprocess.run(["exiftool", "-j", "-a", "-u", "-G1", str(path)], capture_output=True, check=True)
    return json.loads(done.stdout)[0]
