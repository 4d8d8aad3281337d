"""What `face-privacy` does with the names, links, devices and streams that it is given."""

import json
import os
import shutil
import signal
import stat
import subprocess
import threading

import pytest
from PIL import Image

from conftest import PROGRAM, TESTDATA

CODEC = TESTDATA / "codec"


@pytest.fixture
def tiny(tmp_path_factory):
    """A PNG without a face that takes no time."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.png"
    Image.new("RGB", (64, 48), (90, 120, 60)).save(path)
    return path


def copies(folder, source, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(source, folder / name)
    return folder


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def start(*arguments, **more):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


# Where a result goes

def test_a_fifo_is_written_into_and_stays_a_fifo(program, tiny, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    program.blur(tiny, "-o", fifo)
    reader.join(timeout=30)
    assert got[0].startswith(b"\x89PNG") and stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_link_to_a_fifo_is_written_through(program, tiny, tmp_path):
    fifo, link = tmp_path / "fifo", tmp_path / "link"
    os.mkfifo(fifo)
    link.symlink_to(fifo)
    got = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    program.blur(tiny, "-o", link)
    reader.join(timeout=30)
    assert got[0].startswith(b"\x89PNG") and link.is_symlink() and stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_device_stays_a_device(program, tiny, tmp_path):
    before = os.stat("/dev/null")
    program.blur(tiny, "-o", "/dev/null")
    (tmp_path / "null").symlink_to("/dev/null")
    program.blur(tiny, "-o", tmp_path / "null")
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode) and before.st_rdev == after.st_rdev and before.st_ino == after.st_ino
    done = program.run("blur", tiny, "-o", "/dev/full")
    assert done.returncode == 1 and b"No space left" in done.stderr
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_link_to_a_file_is_followed_and_a_link_to_nothing_refused(program, tiny, tmp_path):
    (tmp_path / "old.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to("old.png")
    (tmp_path / "dangling.png").symlink_to("nowhere.png")
    program.blur(tiny, "-o", tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink() and (tmp_path / "old.png").read_bytes().startswith(b"\x89PNG")
    done = program.run("blur", tiny, "-o", tmp_path / "dangling.png")
    assert done.returncode == 1 and b"link to nothing" in done.stderr and not (tmp_path / "nowhere.png").exists()


def test_dev_stdout_is_standard_output(program, tiny):
    done = program.blur(tiny, "-o", "/dev/stdout")
    assert done.stdout.startswith(b"\x89PNG") and done.stdout.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("names,clashing", [
    (("IMG.png", "img.PNG"), {"IMG.png", "img.PNG"}),
    (("a.jpe", "a.JPE"), {"a.jpe", "a.JPE"}),
    (("ÄRGER.png", "ärger.png"), {"ÄRGER.png", "ärger.png"}),
])
def test_names_that_differ_in_case_alone_never_share_a_file(program, tiny, tmp_path, names, clashing):
    folder = copies(tmp_path / "in", tiny, *names, "other.png")
    done = program.run("blur", folder, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert files_of(tmp_path / "out") == ["other.png"]
    for name in clashing:
        assert name in done.stderr.decode()


@pytest.mark.parametrize("heic_name", ["IMG_1.HEIC", "IMG_1.hif"])
def test_a_heic_and_a_jpeg_of_one_name_cost_these_two_alone(program, tmp_path, heic_name):
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copyfile(CODEC / "8bit.heic", folder / heic_name)
    shutil.copyfile(CODEC / "420.jpg", folder / "IMG_1.jpg")
    shutil.copyfile(CODEC / "444.jpg", folder / "IMG_2.jpg")
    done = program.run("blur", folder, "-o", tmp_path / "out")
    assert done.returncode == 1 and files_of(tmp_path / "out") == ["IMG_2.jpg"]
    assert f"{heic_name}: its result and that of" in done.stderr.decode()


def test_a_result_that_would_be_an_input_costs_that_photo(program, tmp_path):
    """IMG.heic becomes IMG.jpg, which lies in the folder that the results go to, and is an input."""
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out").mkdir()
    shutil.copyfile(CODEC / "8bit.heic", folder / "IMG.heic")
    shutil.copyfile(CODEC / "444.jpg", tmp_path / "out/IMG.jpg")
    before = (tmp_path / "out/IMG.jpg").read_bytes()
    done = program.run("blur", folder / "IMG.heic", tmp_path / "out/IMG.jpg", "-o", tmp_path / "out")
    assert done.returncode == 2 and b"overwrite" in done.stderr
    assert (tmp_path / "out/IMG.jpg").read_bytes() == before


def test_a_photo_in_a_pipe_can_clash_as_well(program, tiny, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    copies(tmp_path / "in", tiny, "pipe.png", "b.png")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe.png").write_bytes(tiny.read_bytes()))
    writer.start()
    done = program.run("blur", tmp_path / "pipe.png", tmp_path / "in/pipe.png", tmp_path / "in/b.png", "-o",
                       tmp_path / "out", "--threads", "1")
    writer.join(timeout=30)
    assert done.returncode == 1 and "b.png" in files_of(tmp_path / "out")


@pytest.mark.parametrize("name,kind", [("OUT.PNG", "PNG"), ("out.JPG", "JPEG"), ("out.jfif", "JPEG"), ("out.TIF", "TIFF"),
                                       ("out", "PNG")])
def test_the_extension_of_the_result_is_its_format_in_any_case(program, tiny, tmp_path, name, kind):
    program.blur(tiny, "-o", tmp_path / name)
    with Image.open(tmp_path / name) as picture:
        assert picture.format == kind


@pytest.mark.parametrize("arguments", [
    ["blur", "-", "x.png"], ["blur", "x.png", "-"], ["blur", "-", "-"], ["detect", "-", "x.png"],
    ["blur", "x.png", "-o", "out.bmp"], ["blur", "x.png", "-o", "out.txt"], ["blur", "x.png", "-o", "out.heic"],
])
def test_what_cannot_be_meant_is_a_usage_error(program, arguments):
    done = program.run(*arguments)
    assert done.returncode == 2 and done.stderr and not done.stdout


def test_a_word_that_is_no_command_is_named(program):
    done = program.run("frob", "x.png")
    assert done.returncode == 2 and b"frob: there is no such command" in done.stderr and not done.stdout


def test_format_decides_where_the_extension_says_nothing(program, tiny, tmp_path):
    program.blur(tiny, "-o", tmp_path / "out.data", "--format", "webp")
    with Image.open(tmp_path / "out.data") as picture:
        assert picture.format == "WEBP"


@pytest.mark.parametrize("mode,mask,expected", [(0o600, 0o022, 0o600), (0o644, 0o022, 0o644), (0o666, 0o077, 0o600),
                                                (0o440, 0o000, 0o440)])
def test_a_result_is_open_to_nobody_to_whom_the_photo_was_closed(program, tiny, tmp_path, mode, mask, expected):
    photo = tmp_path / "photo.png"
    shutil.copyfile(tiny, photo)
    photo.chmod(mode)
    running = start("blur", photo, "-o", tmp_path / "out.png", umask=mask)
    assert running.wait(timeout=60) == 0
    assert stat.S_IMODE((tmp_path / "out.png").stat().st_mode) == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_group_reads_only_what_everybody_may(program, tiny, tmp_path):
    photo = tmp_path / "photo.png"
    shutil.copyfile(tiny, photo)
    os.chown(photo, -1, 12345)
    photo.chmod(0o640)
    program.blur(photo, "-o", tmp_path / "out.png")
    assert stat.S_IMODE((tmp_path / "out.png").stat().st_mode) == 0o600


# What is said

def test_a_full_disk_is_a_failure(program, tiny, tmp_path):
    for arguments in (["detect", tiny], ["blur", tiny, "-o", tmp_path / "out.png", "--json"], ["model"], ["--help"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == 1 and b"standard output: cannot be written: No space left" in done.stderr, arguments


def test_a_name_that_is_no_utf8_gives_valid_json(program, tiny, tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9\x1b[31m.png"
    shutil.copyfile(tiny, name)
    done = subprocess.run([PROGRAM, "detect", name], capture_output=True, timeout=60)
    assert done.returncode == 0
    line = json.loads(done.stdout.decode("utf-8", "strict"))
    assert line["file"].endswith("caf\ufffd\x1b[31m.png")
    assert line["file_percent_encoded"].endswith("caf%e9%1b%5b31m.png")
    done = subprocess.run([PROGRAM, "blur", name, tmp_path / "none.png", "-o", tmp_path / "out", "--json"],
                          capture_output=True, timeout=60)
    good, bad = sorted(map(json.loads, done.stdout.decode("utf-8", "strict").splitlines()), key=lambda x: "error" in x)
    assert good["output"]["file_percent_encoded"].endswith("/out/caf%e9%1b%5b31m.png") and bad["error"]["code"] == "io_error"


def test_control_characters_reach_no_terminal(program, tiny, tmp_path):
    evil = "a\x1b]0;title\x07\x7f\u009b31m\nb\u202e.png"
    folder = copies(tmp_path / "in", tiny, evil)
    (folder / ("bad" + evil)).write_bytes(b"no photo")
    answers = [program.run("blur", folder, "-o", tmp_path / "out"), program.run("detect", folder),
               program.run("blur", folder / evil, "--style", evil)]
    answers.append(program.run("blur", folder / evil, "--region", evil))
    for done in answers:
        text = (done.stdout + done.stderr).decode()
        assert text and not any(ord(c) < 0x20 and c != "\n" or 0x7f <= ord(c) < 0xa0 for c in text), text
        # The line feed of the name begins no line.
        assert not any(line.startswith("b") for line in text.splitlines())


def test_links_that_are_not_followed_are_named(program, tiny, tmp_path):
    folder = copies(tmp_path / "in", tiny, "a.png")
    copies(tmp_path / "elsewhere", tiny, "b.png")
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    (folder / "gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    done = program.run("blur", folder, "-o", tmp_path / "out")
    assert done.returncode == 0 and files_of(tmp_path / "out") == ["a.png"]
    assert f"skipped: {folder}/more: a link to a folder" in done.stderr.decode()
    assert f"skipped: {folder}/gone.jpg: a link to nothing" in done.stderr.decode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_costs_itself_alone(program, tiny, tmp_path):
    folder = copies(tmp_path / "in", tiny, "a.png", "z.png")
    copies(folder / "m", tiny, "m.png")
    (folder / "m").chmod(0)
    done = program.run("blur", folder, "-o", tmp_path / "out")
    (folder / "m").chmod(0o700)
    assert done.returncode == 1 and files_of(tmp_path / "out") == ["a.png", "z.png"]


def test_a_region_outside_the_photo_is_an_error(program, tiny, tmp_path):
    for region in ("64,0,10,10", "0,48,10,10", "-10,0,10,10", "500,500,10,10"):
        done = program.run("blur", tiny, "-o", tmp_path / "out.png", "--no-detect", "--region", region)
        assert done.returncode == 1 and b"outside" in done.stderr and not (tmp_path / "out.png").exists(), region
    program.blur(tiny, "-o", tmp_path / "out.png", "--no-detect", "--region", "63,47,10,10")


# Streams that are closed

def closing(descriptor, *arguments):
    def close():
        os.close(descriptor)
    return subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          preexec_fn=close, check=False)


def test_what_a_closed_stream_would_have_taken_is_an_error(tiny, tmp_path):
    for arguments in (["blur", tiny, "-o", "-"], ["detect", tiny], ["blur", tiny, "-o", tmp_path / "out.png", "--json"]):
        done = closing(1, *arguments)
        assert done.returncode == 1 and b"cannot be written" in done.stderr, arguments
    done = closing(0, "blur", "-")
    assert done.returncode == 1 and b"cannot be read" in done.stderr
    assert closing(2, "blur", tiny, "-o", tmp_path / "quiet.png").returncode == 0


# An end to it

def interrupted(running, sign=signal.SIGINT):
    running.send_signal(sign)
    out, errors = running.communicate(timeout=30)
    assert running.returncode == 128 + sign and b"interrupted" in errors, (running.returncode, errors)


def test_an_interrupt_ends_a_run_that_waits_for_standard_input(program):
    running = start("blur", "-", stdin=subprocess.PIPE)
    watches_signals(running)
    interrupted(running)


def test_an_interrupt_ends_a_run_that_waits_for_a_reader(program, tiny, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    running = start("blur", tiny, "-o", tmp_path / "fifo")
    watches_signals(running)
    interrupted(running, signal.SIGTERM)


def watches_signals(running):
    """Waits until the process has blocked SIGINT, which it does before all else."""
    while running.poll() is None:
        with open(f"/proc/{running.pid}/status") as status:
            blocked = next(line for line in status if line.startswith("SigBlk"))
        if int(blocked.split()[1], 16) >> (signal.SIGINT - 1) & 1:
            return
    raise AssertionError(running.communicate())
