"""The program's file is built so that a fault in memory is harder to use (cmake/options.cmake)."""

import os
import subprocess

from running_service import PROGRAM


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, PROGRAM], capture_output=True, text=True, check=True).stdout


def test_tables_of_the_linker_cannot_be_written_to():
    assert "GNU_RELRO" in readelf("-l")
    assert "BIND_NOW" in readelf("-d") or " NOW" in readelf("-d")


def test_it_can_lie_anywhere_and_its_stack_is_not_executable():
    assert "DYN" in readelf("-h") and "PIE" in readelf("-d")
    stack, = (line for line in readelf("-l").splitlines() if "GNU_STACK" in line)
    assert " RWE " not in stack and " RW " in stack


def test_stack_frames_and_copies_are_checked():
    symbols = readelf("--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert "_chk@" in symbols.replace("__stack_chk_fail", "")


def test_libraries_are_not_looked_for_in_the_current_folder(tmp_path):
    """Which may be full of somebody's files."""
    needed = subprocess.run(["ldd", PROGRAM, *PROGRAM.parent.parent.glob("lib/libface-privacy-*.so")],
                            capture_output=True, text=True, check=True).stdout
    names = {line.split()[0] for line in needed.splitlines() if "=>" in line}
    assert len(names) > 10
    for name in names:
        (tmp_path / name).write_bytes(b"not a library")
    (tmp_path / "photo.png").write_bytes(b"not a photo, which only libvips can tell")
    assert subprocess.run([PROGRAM, "--version"], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    done = subprocess.run([PROGRAM, "blur", "photo.png"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "cannot be loaded" not in done.stderr and "error while loading" not in done.stderr


def test_large_libraries_come_when_they_are_needed():
    loaded = subprocess.run([PROGRAM], capture_output=True, text=True, check=True,
                            env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}).stdout
    for library in ("libvips", "libheif", "libav", "libopenh264", "libonnxruntime"):
        assert library not in loaded


def test_weights_that_the_build_prepared_find_the_same_faces(program, demo):
    models = PROGRAM.parent.parent / "share/face-privacy/models"
    own, other = (), ("--model", models / "mnet.25_v1.onnx")
    assert program.detect(demo / "sample3.jpg", *own)[0]["faces"] == program.detect(demo / "sample3.jpg", *other)[0]["faces"]
