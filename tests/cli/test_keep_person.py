"""--keep-person: who agreed stays visible, everybody else is covered, and every doubt covers."""

import json
import shutil
import subprocess

import pytest
from PIL import Image

from people import (ANNA_IN_SAMPLE_3, DEMO, WEIGHTS, anna, anna_again, changed_share, cut, demo, faces_of, is_clear, is_covered,
                    needs_recognizer, program_without_weights, side_by_side, stranger)

pytestmark = needs_recognizer


@pytest.fixture(scope="module")
def stranger_picture():
    return stranger()


def blurred(program, photo, *arguments, out):
    done = program.blur(photo, "-o", out, "--json", *arguments)
    report = json.loads(done.stdout)
    return report, Image.open(out).convert("RGB")


def verdicts(report):
    return [face["match"]["verdict"] for face in sorted(report["faces"], key=lambda face: face["box"]["x"]) if face["score"] > 0.8]


def saved(picture, path, **options):
    picture.save(path, **options)
    return path


def test_she_is_seen_in_another_photo_and_nobody_else(program, anna_png, tmp_path):
    photo = DEMO / "sample3.jpg"
    report, after = blurred(program, photo, "--keep-person", f"anna={anna_png}", out=tmp_path / "o.jpg")
    before, faces = demo("sample3.jpg"), faces_of(demo("sample3.jpg"))
    assert len(faces) == 3
    for place, face in enumerate(faces):
        assert (is_clear if place == ANNA_IN_SAMPLE_3 else is_covered)(before, after, face), place
    kept = [face for face in report["faces"] if face["kept"]]
    assert len(kept) == 1 and kept[0]["match"]["person"] == "anna" and kept[0]["match"]["score"] >= 0.6
    assert all(face["match"]["person"] is None for face in report["faces"] if not face["kept"])


def test_the_report_for_people_says_who_and_how_sure(program, anna_png, tmp_path):
    done = program.blur(DEMO / "sample3.jpg", "-o", tmp_path / "o.jpg", "--keep-person", f"anna={anna_png}")
    assert b"kept: anna (0.6" in done.stdout


def test_detect_tells_the_verdicts(program, anna_png):
    report, = program.detect(DEMO / "sample3.jpg", "--keep-person", f"anna={anna_png}")
    assert verdicts(report) == ["cover", "keep", "cover"]


def test_without_people_there_is_no_word_of_them(program):
    report, = program.detect(DEMO / "sample3.jpg")
    assert all("match" not in face for face in report["faces"])


def test_her_mirror_image_makes_both_covered(program, anna_png, tmp_path):
    wall = side_by_side(anna(), anna().transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    report, after = blurred(program, saved(wall, tmp_path / "wall.png"), "--keep-person", f"anna={anna_png}", out=tmp_path / "o.png")
    assert verdicts(report) == ["ask", "ask"]
    assert all(is_covered(wall, after, face) for face in faces_of(wall))


def test_two_people_who_look_alike_are_asked_about(program, anna_png, tmp_path):
    again = saved(anna_again(), tmp_path / "again.png")
    report, after = blurred(program, DEMO / "sample3.jpg", "--keep-person", f"anna={anna_png}", "--keep-person", f"twin={again}", out=tmp_path / "o.jpg")
    assert verdicts(report) == ["cover", "ask", "cover"]
    assert "two_people" in [face["match"]["why"] for face in report["faces"]]
    assert all(is_covered(demo("sample3.jpg"), after, face) for face in faces_of(demo("sample3.jpg")))


def test_a_small_head_in_her_box_is_covered(program, anna_png, stranger_picture, tmp_path):
    wall = side_by_side(anna())
    face, = faces_of(wall)
    head = stranger_picture.resize((64, 64 * stranger_picture.height // stranger_picture.width))
    at = (int(face["box"]["x"] + face["box"]["width"] - 50), int(face["box"]["y"] - 12))
    wall.paste(head, at)
    report, after = blurred(program, saved(wall, tmp_path / "wall.png"), "--keep-person", f"anna={anna_png}", out=tmp_path / "o.png")
    small = {"x": at[0] + 16, "y": at[1] + 16, "width": 32, "height": 36}
    assert changed_share(wall, after, small) > 0.8
    assert [face["match"]["verdict"] for face in report["faces"]].count("keep") <= 1


def test_a_photo_that_is_turned_by_exif(program, anna_png, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = saved(demo("sample3.jpg").transpose(Image.Transpose.ROTATE_90), tmp_path / "turned.jpg", exif=exif, quality=95)
    report, after = blurred(program, turned, "--keep-person", f"anna={anna_png}", out=tmp_path / "o.jpg")
    assert verdicts(report) == ["cover", "keep", "cover"] and after.size == demo("sample3.jpg").size
    for place, face in enumerate(faces_of(demo("sample3.jpg"))):
        assert (is_clear if place == ANNA_IN_SAMPLE_3 else is_covered)(demo("sample3.jpg"), after, face), place


def test_an_animation_frame_by_frame(program, anna_png, stranger_picture, tmp_path):
    frames = [side_by_side(anna(), stranger_picture), side_by_side(anna(), stranger_picture, gap=54).resize(side_by_side(anna(), stranger_picture).size)]
    path = tmp_path / "a.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True, duration=100)
    program.blur(path, "-o", tmp_path / "o.webp", "--keep-person", f"anna={anna_png}")
    result = Image.open(tmp_path / "o.webp")
    assert result.n_frames == 2
    for number, before in enumerate(frames):
        result.seek(number)
        hers, other = faces_of(before)
        after = result.convert("RGB")
        assert is_clear(before, after, hers) and is_covered(before, after, other), number


def test_a_small_face_of_hers_is_covered(program, anna_png, tmp_path):
    wall = side_by_side(anna().resize((anna().width // 8, anna().height // 8)), height=40)
    report, = program.detect(saved(wall, tmp_path / "wall.png"), "--keep-person", f"anna={anna_png}")
    assert all(face["match"]["verdict"] == "cover" for face in report["faces"])
    assert "small" in [face["match"]["why"] for face in report["faces"]]


@pytest.mark.parametrize("case, word", [("nobody", "no face"), ("two", "more than one face"), ("profile", "turned away"), ("small", "fewer than 64"),
                                        ("blurred", "out of focus"), ("text", "cannot be read"), ("mixed", "not show the person")])
def test_a_bad_reference_is_named_before_anything_is_written(program, anna_png, stranger_picture, tmp_path, case, word):
    from PIL import ImageFilter
    folder = tmp_path / "refs"
    folder.mkdir()
    bad = folder / "bad.png"
    if case == "nobody":
        Image.new("RGB", (300, 300), (90, 140, 60)).save(bad)
    elif case == "two":
        side_by_side(anna(), stranger_picture).save(bad)
    elif case == "profile":
        cut(demo("sample2.jpg"), faces_of(demo("sample2.jpg"))[0]).save(bad)
    elif case == "small":
        anna().resize((anna().width // 5, anna().height // 5)).save(bad)
    elif case == "blurred":
        anna().filter(ImageFilter.GaussianBlur(14)).save(bad)
    elif case == "mixed":
        stranger_picture.save(bad)
        shutil.copy(anna_png, folder / "anna.png")
    else:
        bad.write_text("no photo")
    done = program.run("blur", DEMO / "sample3.jpg", "-o", tmp_path / "o.jpg", "--keep-person", f"anna={folder}")
    assert done.returncode == 2 and not (tmp_path / "o.jpg").exists()
    assert word in done.stderr.decode() and "--keep-person anna" in done.stderr.decode()


def test_what_is_wrong_with_the_option(program, anna_png, tmp_path):
    for wrong in ("anna", "=x.jpg", "anna=", "a\nb=" + str(anna_png), "x" * 65 + "=" + str(anna_png)):
        assert program.run("blur", DEMO / "sample3.jpg", "--keep-person", wrong).returncode == 2, wrong
    assert program.run("blur", DEMO / "sample3.jpg", "-o", tmp_path / "o.jpg", "--keep-person", f"anna={tmp_path / 'nothing.jpg'}").returncode == 2
    for number in range(11):
        shutil.copy(anna_png, tmp_path / f"{number}.png")
    done = program.run("blur", DEMO / "sample3.jpg", "-o", tmp_path / "o.jpg", "--keep-person", f"anna={tmp_path}")
    assert done.returncode == 2 and b"11 photos" in done.stderr
    done = program.run("blur", DEMO / "sample3.jpg", "--no-detect", "--region", "1,1,20,20", "-o", tmp_path / "o.jpg", "--keep-person", f"anna={anna_png}")
    assert done.returncode != 0 and not (tmp_path / "o.jpg").exists()


def test_other_weights_need_their_similarities(program, anna_png, tmp_path):
    arguments = ["detect", DEMO / "sample3.jpg", "--keep-person", f"anna={anna_png}", "--recognizer", WEIGHTS]
    for more in ([], ["--recognizer-keep", "0.6"], ["--recognizer-keep", "0.3", "--recognizer-ask", "0.6"]):
        assert program.run(*arguments, *more).returncode == 2, more
    done = program.run(*arguments, "--recognizer-keep", "0.9", "--recognizer-ask", "0.5")
    assert done.returncode == 0
    assert [face["match"]["verdict"] for face in json.loads(done.stdout)["faces"]].count("ask") == 1
    nonsense = tmp_path / "nonsense.onnx"
    nonsense.write_bytes(b"nonsense")
    assert program.run(*arguments[:-1], nonsense, "--recognizer-keep", "0.9", "--recognizer-ask", "0.5").returncode == 1


def test_without_the_weights_it_says_so_before_any_work(anna_png, tmp_path):
    poor = program_without_weights(tmp_path)
    run = lambda *arguments: subprocess.run([poor, *map(str, arguments)], capture_output=True, timeout=60)
    done = run("blur", DEMO / "sample3.jpg", "-o", tmp_path / "o.jpg", "--keep-person", f"anna={anna_png}")
    assert done.returncode == 1 and b"make recognizer" in done.stderr and not (tmp_path / "o.jpg").exists()
    assert run("blur", DEMO / "sample3.jpg", "-o", tmp_path / "o.jpg").returncode == 0
    assert b"not installed" in run("model").stdout
