"""Thirty photos of a class, made of faces of the demo photos, and what must have become of them when two children of it
are left visible.

    class_photos.py make FOLDER            the photos, and who is where: truth.json
    class_photos.py check FOLDER ARCHIVE   fails, and says where, unless the two are clear and all others covered
"""

import io
import json
import pathlib
import random
import sys
import zipfile

from PIL import Image, ImageEnhance

from people import changed_share, faces_of, is_covered, person

PHOTOS = 30
ALLOWED = ["ada", "bea"]
# Whose face is where: a demo photo and the face's place in it. Ada was photographed on two days.
CLASS = {
    "ada": [("sample1.jpg", 2), ("sample3.jpg", 1)],
    "bea": [("sample6.jpg", 1)],
    "cleo": [("sample3.jpg", 0)],
    "dana": [("sample3.jpg", 2)],
    "eve": [("sample6.jpg", 0)],
    "fay": [("sample6.jpg", 3)],
    "gia": [("sample4.jpg", 3)],
    "hana": [("sample2.jpg", 2)],
}
MOST_LOST = 0.05  # of a kept face's box


def as_on_another_day(face, chance):
    """Lighter or darker, nearer or farther, a little tilted."""
    scale = chance.uniform(150, 260) / face.height
    face = face.resize((round(face.width * scale), round(face.height * scale)), Image.LANCZOS)
    face = ImageEnhance.Brightness(face).enhance(chance.uniform(0.8, 1.2))
    face = ImageEnhance.Color(face).enhance(chance.uniform(0.7, 1.2))
    return face.rotate(chance.uniform(-6, 6), Image.BICUBIC, fillcolor=(120, 120, 120))


def photo_of(children, pictures, chance):
    """On one wall, from left to right; the middle of each child's picture."""
    shown = [as_on_another_day(chance.choice(pictures[child]), chance) for child in children]
    gap = 30
    wall = Image.new("RGB", (sum(one.width + gap for one in shown) + gap, 320), tuple(chance.randrange(90, 170) for _ in range(3)))
    x, middles = gap, []
    for one in shown:
        wall.paste(one, (x, chance.randrange(0, 320 - one.height)))
        middles.append(x + one.width / 2)
        x += one.width + gap
    return wall, middles


def children_of(number, chance):
    others = [child for child in CLASS if child not in ALLOWED]
    children = chance.sample(others, 3)
    # In some photos neither of them is.
    children += [child for child, every in (("ada", 2), ("bea", 3)) if number % every == 0]
    chance.shuffle(children)
    return children


def make(folder):
    chance = random.Random(15)
    pictures = {child: [person(*place) for place in places] for child, places in CLASS.items()}
    truth = {}
    for number in range(PHOTOS):
        children = children_of(number, chance)
        wall, middles = photo_of(children, pictures, chance)
        name = f"class-{number:02}.jpg"
        file = io.BytesIO()
        wall.save(file, "jpeg", quality=92)
        (folder / name).write_bytes(file.getvalue())
        truth[name] = []
        for face in faces_of(Image.open(file)):
            middle = face["box"]["x"] + face["box"]["width"] / 2
            child = min(zip(children, middles), key=lambda one: abs(one[1] - middle))[0]
            truth[name].append({"child": child, "box": face["box"]})
        assert sorted(face["child"] for face in truth[name]) == sorted(children), (name, truth[name])
    (folder / "truth.json").write_text(json.dumps(truth))


def faults(folder, archive):
    truth = json.loads((folder / "truth.json").read_text())
    with zipfile.ZipFile(archive) as results:
        names = {name.replace("-redacted", ""): name for name in results.namelist()}
        assert sorted(names) == sorted(truth)
        for photo, faces in truth.items():
            before = Image.open(folder / photo)
            after = Image.open(io.BytesIO(results.read(names[photo])))
            for face in faces:
                if face["child"] in ALLOWED:
                    lost = changed_share(before, after, face["box"])
                    if lost > MOST_LOST:
                        yield f"{photo}: {face['child']} lost {lost:.0%}"
                elif not is_covered(before, after, face):
                    yield f"{photo}: {face['child']} is visible"


if __name__ == "__main__":
    command, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if command == "make":
        make(folder)
    else:
        found = list(faults(folder, sys.argv[3]))
        print("\n".join(found) or "the two are clear, all others are covered")
        sys.exit(1 if found else 0)
