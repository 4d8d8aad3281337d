"""The promises of `face-privacy blur`, on real photos."""

import json
import os
import shutil
import signal
import subprocess

import numpy
import pytest
from PIL import Image

from clip_making import make_clip
from conftest import DEMO, DEMO_FACES, PROGRAM, Service, exif_tags, pixels
from people import frames_of


def face_boxes(program, photo):
    boxes = [face["box"] for face in program.detect(photo)[0]["faces"]]
    assert len(boxes) >= 3
    return boxes


def inside(box, shape, grow=0.0):
    """A mask of the box grown on each side by a share of its size."""
    mask = numpy.zeros(shape[:2], bool)
    x0, x1 = box["x"] - grow * box["width"], box["x"] + box["width"] * (1 + grow)
    y0, y1 = box["y"] - grow * box["height"], box["y"] + box["height"] * (1 + grow)
    mask[max(0, int(y0)):max(0, int(y1) + 1), max(0, int(x0)):max(0, int(x1) + 1)] = True
    return mask


@pytest.mark.parametrize("style", ["blur", "pixelate", "fill"])
def test_every_face_changes_and_nothing_far_from_it(program, small_photo, tmp_path, style):
    out = tmp_path / "out.png"
    program.blur(small_photo, "-o", out, "--style", style)
    before, after = pixels(small_photo).astype(int), pixels(out).astype(int)
    changed = numpy.abs(before - after).max(axis=2) > 0
    boxes = face_boxes(program, small_photo)
    near_a_face = numpy.zeros(before.shape[:2], bool)
    for box in boxes:
        assert changed[inside(box, before.shape)].mean() > 0.95
        near_a_face |= inside(box, before.shape, grow=1.0)
    assert not changed[~near_a_face].any()


def test_fill_covers_each_box_with_the_color_alone(program, small_photo, tmp_path):
    out = tmp_path / "out.png"
    program.blur(small_photo, "-o", out, "--style", "fill", "--color", "#102030")
    after = pixels(out)
    for box in face_boxes(program, small_photo):
        assert (after[inside(box, after.shape)] == (0x10, 0x20, 0x30)).all()


@pytest.mark.parametrize("style", ["blur", "fill"])
def test_what_was_inside_makes_no_difference_but_for_its_mean(program, small_photo, tmp_path, style):
    """Two photos that differ only inside a region, with the same mean there, give the same bytes."""
    original = pixels(small_photo).copy()
    scrambled = original.copy()
    y, x, size = 150, 300, 80
    scrambled[y:y + size, x:x + size] = original[y:y + size, x:x + size][::-1, ::-1]
    results = []
    for name, content in (("a", original), ("b", scrambled)):
        Image.fromarray(content).save(tmp_path / f"{name}.png")
        out = tmp_path / f"{name}-out.png"
        program.blur(tmp_path / f"{name}.png", "-o", out, "--no-detect", "--region", f"{x},{y},{size},{size}",
                     "--style", style)
        results.append(out.read_bytes())
    assert results[0] == results[1]


def test_pixelate_is_never_the_same_twice(program, small_photo, tmp_path):
    for name in "ab":
        program.blur(small_photo, "-o", tmp_path / f"{name}.png", "--style", "pixelate")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_pixelate_with_a_key_is_the_same_every_time_and_over_http(program, small_photo, tmp_path):
    key, other = tmp_path / "key", tmp_path / "other"
    for file, digits in ((key, "1f" * 32), (other, "2f" * 32)):
        file.write_text(f"{digits}\n")
        file.chmod(0o600)
    def blur(photo, **how):
        return program.blur(photo, "-o", "-", "--style", "pixelate", **how).stdout
    def with_key(photo, file):
        return program.blur(photo, "-o", "-", "--style", "pixelate", "--noise-key", file).stdout
    for photo in (small_photo, DEMO / "sample3.jpg"):  # by pixels, and in place
        first = with_key(photo, key)
        assert first == with_key(photo, key) == blur(photo, environment={"FACE_PRIVACY_NOISE_KEY": "1f" * 32})
        assert first != with_key(photo, other) and first != blur(photo)
        with Service("--threads", "1", "--noise-key", str(key)) as service:
            answer = service.ask("POST", "/v1/blur?style=pixelate", data=photo.read_bytes())
            assert answer.content == first


def test_a_noise_key_that_is_none_is_named(program, small_photo, tmp_path):
    key = tmp_path / "key"
    key.write_text("1f" * 31)
    key.chmod(0o600)
    done = program.run("blur", small_photo, "-o", "-", "--noise-key", key)
    assert done.returncode == 2 and b"64 hex digits" in done.stderr
    key.write_text("1f" * 32)
    key.chmod(0o644)
    done = program.run("blur", small_photo, "-o", "-", "--noise-key", key)
    assert done.returncode == 2 and b"chmod 600" in done.stderr


def test_blur_is_the_same_every_time(program, small_photo, tmp_path):
    for name in "ab":
        program.blur(small_photo, "-o", tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_kept_face_stays_and_the_others_go(program, small_photo, tmp_path):
    out = tmp_path / "out.png"
    boxes = face_boxes(program, small_photo)
    kept, others = boxes[0], boxes[1:]
    program.blur(small_photo, "-o", out, "--keep", "{x},{y},{width},{height}".format(**kept))
    before, after = pixels(small_photo), pixels(out)
    assert (before == after)[inside(kept, before.shape)].mean() > 0.9
    for box in others:
        assert (before != after)[inside(box, before.shape)].any(axis=-1).mean() > 0.95


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.webp"])
def test_a_region_has_a_style_shape_and_margin_of_its_own(program, small_photo, tmp_path, name):
    """Also where a JPEG is edited in place, and in each frame of an animation."""
    photo, out = tmp_path / name, tmp_path / ("out-" + name)
    with Image.open(small_photo) as picture:
        more = {"save_all": True, "append_images": [picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)], "lossless": True} if name.endswith("webp") else {}
        picture.save(photo, quality=95, **more)
    done = program.blur(photo, "-o", out, "--json", "--no-detect", "--margin", "0", "--color", "#00ff00",
                        "--region", "20,30,60,60,style=fill,shape=box,margin=0", "--region", "200,30,60,60", "--region", "400,30,80,80,style=pixelate")
    report = json.loads(done.stdout)
    frames = 2 if name.endswith("webp") else 1
    assert report["styles"] == {"blur": frames, "pixelate": frames, "fill": frames} and report["regions"] == 3 * frames
    with Image.open(out) as result, Image.open(photo) as original:
        for frame in range(frames):
            result.seek(frame)
            original.seek(frame)
            after, before = (numpy.asarray(picture.convert("RGB")).astype(int) for picture in (result, original))
            green = numpy.abs(after - (0, 255, 0)).max(axis=2) < 60
            assert green[32:88, 22:78].all() and not green[:, 90:].any()
            changed = numpy.abs(after - before).max(axis=2) > 12
            assert changed[45:75, 215:245].mean() > 0.5 and changed[50:90, 420:460].mean() > 0.5
            assert not changed[150:, :].any()


def test_a_region_of_a_clip_has_a_style_of_its_own(program, tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.4)
    program.blur(clip, "-o", tmp_path / "out.mp4", "--no-detect", "--color", "#00ff00", "--region", "40,30,60,60,style=fill,shape=box,margin=0",
                 "--region", "200,30,60,60")
    for frame in frames_of(tmp_path / "out.mp4"):
        green = numpy.abs(numpy.asarray(frame).astype(int) - (0, 255, 0)).max(axis=2) < 60
        assert green[34:86, 44:96].all() and not green[:, 110:].any()


def test_without_detection_only_the_regions_change(program, small_photo, tmp_path):
    out = tmp_path / "out.png"
    program.blur(small_photo, "-o", out, "--no-detect", "--region", "20,30,60,60", "--margin", "0", "--shape", "box",
                 "--style", "fill", "--color", "red")
    before, after = pixels(small_photo), pixels(out)
    box = {"x": 20, "y": 30, "width": 59, "height": 59}
    assert (after[inside(box, after.shape)] == (255, 0, 0)).all()
    assert (before == after)[~inside(box, after.shape, grow=0.5)].all()


def test_a_jpeg_keeps_its_tables_and_loses_its_metadata(program, demo, tmp_path):
    photo = tmp_path / "photo.jpg"
    with Image.open(demo / "sample1.jpg") as picture:
        tables = picture.quantization
    photo.write_bytes((demo / "sample1.jpg").read_bytes() + b"SECRET TRAILER")
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-GPSLatitude=52.5", "-GPSLatitudeRef=N", "-Artist=SECRET",
                    "-XMP:Creator=SECRET", "-IPTC:By-line=SECRET", "-Comment=SECRET",
                    f"-ThumbnailImage<={demo / 'sample2.jpg'}", str(photo)], check=True)
    out = tmp_path / "out.jpg"
    program.blur(photo, "-o", out)
    data = out.read_bytes()
    assert b"SECRET" not in data and b"Exif" not in data and b"http://ns.adobe.com" not in data
    groups = {key.split(":")[0] for key in exif_tags(out) if ":" in key}
    assert {group for group in groups if not group.startswith("ICC")} <= {"ExifTool", "System", "File", "JFIF",
                                                                         "Composite"}
    with Image.open(out) as picture:
        assert picture.quantization == tables


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_gives_the_same_upright_picture(program, demo, tmp_path, orientation):
    from PIL import ImageOps
    with Image.open(demo / "sample6.jpg") as picture:
        upright = picture.resize((640, 512), Image.LANCZOS)
    turned_back = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
                   5: Image.TRANSPOSE, 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}[orientation]
    stored = upright if turned_back is None else upright.transpose(turned_back)
    photo, out = tmp_path / "photo.jpg", tmp_path / "out.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(photo, quality=95, exif=exif)
    with Image.open(photo) as check:
        assert ImageOps.exif_transpose(check).size == (640, 512)
    report = json.loads(program.blur(photo, "-o", out, "--json", "--style", "fill").stdout)
    assert report["image"] == {"width": 640, "height": 512}
    assert len(report["faces"]) == DEMO_FACES["sample6.jpg"]
    with Image.open(out) as picture:
        assert picture.size == (640, 512) and not picture.getexif()
    after = pixels(out).astype(int)
    for box in (face["box"] for face in report["faces"]):
        assert after[inside(box, after.shape, grow=-0.1)].max() < 30
    far = numpy.ones(after.shape[:2], bool)
    for face in report["faces"]:
        far &= ~inside(face["box"], after.shape, grow=1.0)
    assert numpy.abs(after - numpy.asarray(upright).astype(int))[far].mean() < 4


@pytest.mark.parametrize("name,content", [
    ("empty.jpg", b""),
    ("renamed.jpg", b"Dear reader, this is a letter and no photo.\n" * 40),
    ("cut.jpg", None),
    ("cut.png", None),
])
def test_a_bad_file_gives_one_line_status_1_and_no_output(program, demo, small_photo, tmp_path, name, content):
    photo = tmp_path / name
    if content is None:
        whole = (demo / "sample1.jpg" if name.endswith("jpg") else small_photo).read_bytes()
        content = whole[:len(whole) * 2 // 3]
    photo.write_bytes(content)
    done = program.run("blur", photo, "-o", tmp_path / ("out" + photo.suffix))
    assert done.returncode == 1
    assert len(done.stderr.decode().strip().splitlines()) == 1
    assert sorted(os.listdir(tmp_path)) == [name]


def test_a_huge_picture_is_refused_by_its_header(program, tmp_path):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * (1 << 28), 9)
    photo = tmp_path / "huge.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    done = program.run("blur", photo)
    assert done.returncode == 1 and b"pixels" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["huge.png"]


def test_pipes_take_and_give_a_photo(program, demo):
    done = program.run("blur", "-", stdin=(demo / "sample4.jpg").read_bytes())
    assert done.returncode == 0 and done.stdout.startswith(b"\xff\xd8") and done.stdout.endswith(b"\xff\xd9")


def test_a_broken_photo_in_a_pipe_gives_nothing(program, demo):
    done = program.run("blur", "-", stdin=(demo / "sample4.jpg").read_bytes()[:20_000])
    assert done.returncode == 1 and done.stdout == b""


def make_folder(tmp_path, demo):
    folder = tmp_path / "album"
    (folder / "day 2").mkdir(parents=True)
    for number, place in ((1, folder), (2, folder / "day 2")):
        with Image.open(demo / f"sample{number}.jpg") as photo:
            photo.resize((480, 320)).save(place / f"photo{number}.jpg")
    (folder / "notes.txt").write_text("no photo")
    return folder


def test_a_folder_is_mirrored_and_a_failure_does_not_stop_the_rest(program, demo, tmp_path):
    folder = make_folder(tmp_path, demo)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0broken")
    out = tmp_path / "safe"
    done = program.run("blur", folder, "-o", out)
    assert done.returncode == 1
    assert b"broken.jpg" in done.stderr and b"skipped 1 files that are no photos" in done.stderr
    found = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    assert found == ["day 2/photo2.jpg", "photo1.jpg"]


def test_a_second_run_never_takes_results_for_photos(program, demo, tmp_path):
    folder = make_folder(tmp_path, demo)
    for _ in range(2):
        done = program.blur(folder, "-o", folder / "out")
    found = sorted(p.name for p in (folder / "out").rglob("*") if p.is_file())
    assert found == [".face-privacy-results", "photo1.jpg", "photo2.jpg"]
    assert b"results of an earlier run" in done.stderr
    program.blur(folder / "photo1.jpg")
    assert (folder / "photo1-redacted.jpg").exists()
    program.blur(folder)
    found = sorted(p.name for p in (tmp_path / "album-redacted").rglob("*") if p.is_file())
    assert found == ["photo1.jpg", "photo2.jpg"]


def test_the_input_is_never_overwritten(program, small_photo, tmp_path):
    photo = tmp_path / "a.png"
    photo.write_bytes(small_photo.read_bytes())
    (tmp_path / "link.png").symlink_to(photo)
    for target in (photo, tmp_path / "link.png", f"{tmp_path}/./a.png", tmp_path):
        done = program.run("blur", photo, "-o", target)
        assert done.returncode == 2 and b"overwrite" in done.stderr
    assert photo.read_bytes() == small_photo.read_bytes()


def test_a_clip_is_no_photo_and_a_photo_no_clip_whatever_the_name(program, small_photo, tmp_path):
    clip = tmp_path / "clip.mp4"
    make_clip(clip, seconds=0.4, size="160x120", faces=False)
    for source, out in ((clip, "out.jpg"), (clip, "out.gif"), (small_photo, "out.mp4")):
        done = program.run("blur", source, "-o", tmp_path / out)
        assert done.returncode == 1 and b"-o names a" in done.stderr, done.stderr
    assert os.listdir(tmp_path) == ["clip.mp4"]
    program.blur(small_photo, "-o", tmp_path / "out.mp4", "--format", "png")
    assert (tmp_path / "out.mp4").read_bytes().startswith(b"\x89PNG")


def test_results_do_not_go_among_the_photos(program, small_photo, tmp_path):
    folder = tmp_path / "album"
    folder.mkdir()
    (folder / "a.png").write_bytes(small_photo.read_bytes())
    for target in (folder, f"{folder}/../album/"):
        done = program.run("blur", folder, "-o", target, "--format", "webp")
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert os.listdir(folder) == ["a.png"]


@pytest.mark.parametrize("option", ["-o", "--tracks", "--noise-key", "--second-model", "--model"])
def test_an_empty_value_is_refused(program, small_photo, tmp_path, option):
    photo = tmp_path / "a.png"
    photo.write_bytes(small_photo.read_bytes())
    done = program.run("blur", photo, option, "")
    assert done.returncode == 2 and b"value is empty" in done.stderr, done.stderr
    assert program.run("blur", "").returncode == 2
    assert os.listdir(tmp_path) == ["a.png"]


def test_two_results_for_one_file_are_refused_before_anything_is_written(program, small_photo, tmp_path):
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.png").write_bytes(small_photo.read_bytes())
    done = program.run("blur", tmp_path / "a/x.png", tmp_path / "b/x.png", "-o", tmp_path / "out")
    assert done.returncode == 2 and not (tmp_path / "out").exists()


def test_an_interrupt_leaves_no_half_file(program, demo, tmp_path):
    folder, out = tmp_path / "many", tmp_path / "out"
    folder.mkdir()
    for i in range(60):
        (folder / f"{i:02}.jpg").symlink_to(demo / "sample5.jpg")
    running = subprocess.Popen([PROGRAM, "blur", folder, "-o", out, "--profile", "thorough"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    running.stdout.readline()  # the first photo is done
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130 and b"interrupted" in errors
    written = list(out.iterdir())
    assert 0 < len(written) < 60
    for path in written:
        assert not path.name.startswith(".")
        with Image.open(path) as picture:
            picture.load()


@pytest.mark.parametrize("target,expected", [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("avif", None)])
def test_formats_can_be_chosen(program, small_photo, tmp_path, target, expected):
    program.blur(small_photo, "-o", f"{tmp_path}/out/", "--format", target)
    [out] = (tmp_path / "out").iterdir()
    if expected:
        with Image.open(out) as picture:
            assert picture.format == expected
    else:
        assert out.suffix == ".avif" and out.read_bytes()[4:12] == b"ftypavif"


def test_the_name_of_the_result_chooses_the_format(program, small_photo, tmp_path):
    program.blur(small_photo, "-o", tmp_path / "out.webp")
    with Image.open(tmp_path / "out.webp") as picture:
        assert picture.format == "WEBP"


def test_detect_gives_a_line_a_photo(program, demo):
    lines = program.detect(demo / "sample1.jpg", demo / "sample5.jpg", "--threads", "2")
    by_name = {line["file"].rsplit("/", 1)[1]: line for line in lines}
    assert set(by_name) == {"sample1.jpg", "sample5.jpg"}
    for name, line in by_name.items():
        assert line["image"]["width"] == 1920
        assert len(line["faces"]) >= DEMO_FACES[name]
        assert len(line["model"]["sha256"]) == 64
        for face in line["faces"]:
            assert 0 <= face["score"] <= 1
            assert set(face["landmarks"]) == {"left_eye", "right_eye", "nose", "mouth_left", "mouth_right"}


def test_the_right_eye_of_an_upright_face_is_on_the_left_of_the_picture(program, demo):
    faces = program.detect(demo / "sample6.jpg")[0]["faces"]
    assert len(faces) == DEMO_FACES["sample6.jpg"]
    for face in faces:
        marks = face["landmarks"]
        assert marks["right_eye"][0] < marks["left_eye"][0]
        assert marks["right_eye"][1] < marks["mouth_right"][1]


@pytest.mark.parametrize("command, variable, value", [
    ("detect", "THREADS", "many"), ("blur", "PROFILE", "quick"), ("serve", "PORT", "99999"), ("serve", "MAX_BODY", "12q")])
def test_a_wrong_value_of_the_environment_is_named_by_its_variable(program, small_photo, command, variable, value):
    photo = [] if command == "serve" else [small_photo]
    name, flag = f"FACE_PRIVACY_{variable}", "--" + variable.lower().replace("_", "-")
    done = program.run(command, *photo, environment={name: value})
    assert done.returncode == 2 and name in done.stderr.decode() and flag not in done.stderr.decode()
    given = program.run(command, *photo, f"{flag}={value}", environment={name: "2"})
    assert given.returncode == 2 and flag in given.stderr.decode()


def test_the_environment_sets_options(program, small_photo):
    few = program.detect(small_photo, environment={"FACE_PRIVACY_MIN_SCORE": "1"})[0]["faces"]
    assert few == []


@pytest.mark.parametrize("arguments", [
    ["blur"], ["blur", "x.jpg", "--style", "mosaic"], ["blur", "x.jpg", "--cells", "7"], ["nonsense"], [],
    ["blur", "x.jpg", "--region", "1,2,3"], ["blur", "x.jpg", "--region", "1,2,3,4,style=star"], ["blur", "x.jpg", "--margin", "-1"], ["blur", "x.jpg", "--unknown"],
    ["detect", "x.jpg", "--min-score", "2"], ["blur", "x.jpg", "--color", "reddish"],
    ["detect", "x.jpg", "--min-score", "nan"], ["blur", "x.jpg", "--margin", "nan"],
])
def test_usage_errors_exit_2_and_say_why(program, arguments):
    done = program.run(*arguments)
    assert done.returncode == 2 and done.stderr and not done.stdout


def test_a_missing_model_or_photo_gives_one_line(program, small_photo, tmp_path):
    for arguments in (["blur", small_photo, "--model", tmp_path / "none.onnx", "-o", tmp_path / "o.png"],
                      ["blur", tmp_path / "none.jpg"], ["detect", tmp_path / "none.jpg"]):
        done = program.run(*arguments)
        assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "o.png").exists()


def test_help_teaches(program):
    for arguments in (["--help"], ["blur", "--help"], ["detect", "--help"], ["model", "--help"]):
        done = program.run(*arguments)
        assert done.returncode == 0 and b"Usage" in done.stdout
    assert b"Examples" in program.run("blur", "--help").stdout


def test_damaged_weights_are_refused_unless_named(small_photo, tmp_path):
    """Weights with a flipped bit may load and find nothing, and every photo would come out bare."""
    (tmp_path / "bin").mkdir()
    copy = shutil.copy2(PROGRAM, tmp_path / "bin")
    shutil.copytree(PROGRAM.parent.parent / "lib", tmp_path / "lib")
    shutil.copytree(PROGRAM.parent.parent / "share", tmp_path / "share")
    weights = tmp_path / "share/face-privacy/models/mnet.25_v1.onnx"
    changed = bytearray(weights.read_bytes())
    changed[len(changed) // 2] ^= 1
    weights.write_bytes(changed)
    refused = subprocess.run([copy, "blur", small_photo, "-o", tmp_path / "o.png"], capture_output=True)
    assert refused.returncode == 1
    assert b"not the weights that were installed" in refused.stderr
    assert not (tmp_path / "o.png").exists()
    named = subprocess.run([copy, "detect", small_photo, "--model", weights, "--engine", "fp32"],
                           capture_output=True)
    assert named.returncode == 0, named.stderr


def test_model_names_weights_and_licence(program):
    text = program.run("model").stdout.decode()
    assert "sha256" in text and "research" in text.lower()


def test_the_engine_can_be_chosen(program):
    assert b"onnxruntime" in program.run("model", "--engine", "fp32").stdout
    chosen = program.run("model", environment={"FACE_PRIVACY_ENGINE": "auto"}).stdout
    assert b"engine   int8" in chosen or b"engine   onnxruntime" in chosen
    assert program.run("model", "--engine", "int4").returncode == 2
