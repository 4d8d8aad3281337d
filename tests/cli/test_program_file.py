"""The program's file is built so that a fault in memory is harder to use (cmake/options.cmake)."""

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
