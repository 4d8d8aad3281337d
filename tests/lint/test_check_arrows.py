"""scripts/check-arrows goes red on each kind of break, and only then."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def check(*arguments):
    return subprocess.run([ROOT / "scripts/check-arrows", *arguments], capture_output=True, text=True)


def tree(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_sources_keep_the_drawing():
    result = check()
    assert result.returncode == 0, result.stdout
    assert int(result.stdout.split()[0]) > 100, "saw the sources"


@pytest.mark.parametrize("name, text, complaint", [
    ("base/bytes.h", '#include "service/net/server.h"\n', "base may not include service/net"),
    ("redact/blur.cc", '#include <map>\n#include "codec/codec.h"\n', "redact/blur.cc:2: redact may not include codec"),
    ("nn/int8/graph.h", '#include "detect/detector.h"\n', "nn/int8 may not include detect"),
    ("codec/gif/gif.h", '#include "codec/codec.h"\n', "codec/gif may not include codec"),
    ("pipeline/pipeline.h", "#include <boost/json.hpp>\n", "pipeline may not include <boost/json.hpp>"),
    ("elsewhere/new.h", "", "in no room"),
])
def test_a_break_is_named(tmp_path, name, text, complaint):
    result = check(tree(tmp_path, {name: text}))
    assert result.returncode == 1
    assert complaint in result.stdout


def test_arrows_down_and_tests_pass(tmp_path):
    files = {"cli/cli.cc": '#include "service/net/server.h"\n', "base/bytes_test.cc": '#include "codec/codec.h"\n',
             "codec/codec.cc": '#include "codec/gif/gif.h"\n'}
    assert check(tree(tmp_path, files)).returncode == 0
