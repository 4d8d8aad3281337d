"""Receipts as a user makes and checks them; OpenSSL's command line, which is not ours, checks them too."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import time

import pytest
from running_service import DEMO, PROGRAM, Service

PHOTO = DEMO / "sample3.jpg"
RECOGNIZER = PROGRAM.parent.parent / "share/face-privacy/models/face_recognition_sface_2021dec_int8bq.onnx"


@pytest.fixture(scope="module")
def key(program, tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "receipts.key"
    assert program.run("key", "new", path).returncode == 0
    return path


@pytest.fixture(scope="module")
def made(program, key, tmp_path_factory):
    """A redacted photo and its receipt."""
    target = tmp_path_factory.mktemp("made") / "safe.jpg"
    program.blur(PHOTO, "-o", target, "--receipt", "--signing-key", key)
    return target, target.with_name("safe.jpg.receipt.jws")


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def payload_of(receipt):
    return json.loads(decoded(receipt.split(".")[1]))


def verify(program, photo, receipt, key):
    return program.run("verify", photo, receipt, "--key", key).returncode


def public(key):
    return key.with_name(key.name + ".pub")


def test_a_receipt_holds_for_its_photo(program, key, made):
    assert verify(program, *made, public(key)) == 0
    payload = payload_of(made[1].read_text())
    content = made[0].read_bytes()
    assert payload["output"] == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content),
                                 "type": "image/jpeg", "width": payload["output"]["width"],
                                 "height": payload["output"]["height"]}
    assert payload["iat"] % 3600 == 0 and 0 <= time.time() - payload["iat"] < 7200
    assert payload["counts"]["covered"] == payload["counts"]["found"] >= 3
    assert payload["checks"]["covered"]["verdict"] == "pass" and payload["checks"]["covered"]["places"] >= 6
    assert payload["published"]["recall"] == 0.95
    assert "does not prove" in payload["statement"]


def test_a_receipt_says_nothing_that_links_it_to_the_input(program, key, made, tmp_path):
    assert set(payload_of(made[1].read_text())) == {
        "v", "id", "iat", "kid", "output", "program", "model", "second_model", "recognizer", "settings", "counts",
        "reviewed", "checks", "removed", "published", "statement"}
    original = PHOTO.read_bytes()
    text = decoded(made[1].read_text().split(".")[1])
    assert hashlib.sha256(original).hexdigest().encode() not in text
    assert PHOTO.name.encode() not in text and b"safe" not in text
    assert b"/" not in text.replace(b"image/jpeg", b""), "no path, no media type of the input"


def members(value, name=""):
    if not isinstance(value, dict):
        return {name: value}
    return {path: one for key, each in value.items() for path, one in members(each, f"{name}.{key}" if name else key).items()}


def test_two_receipts_of_one_input_share_versions_settings_and_counts_alone(program, key, tmp_path):
    payloads = []
    for name in ("one.jpg", "other.jpg"):
        program.blur(PHOTO, "-o", tmp_path / name, "--receipt-input", "--signing-key", key, "--style", "pixelate")
        payloads.append(members(payload_of((tmp_path / f"{name}.receipt.jws").read_text())))
    one, other = payloads
    assert one.keys() == other.keys()
    differ = {path for path in one if one[path] != other[path]}
    assert differ - {"iat", "output.bytes"} == {"id", "output.sha256", "input.commitment"}
    # The rest: this program's versions and keys, what was set, what was counted, and the output's kind.
    shared = {path.split(".")[0] for path in one.keys() - differ}
    assert shared - {"iat"} == {"v", "kid", "program", "model", "second_model", "recognizer", "settings", "counts", "reviewed", "checks",
                                "removed", "published", "statement", "output"}
    assert {path for path in one.keys() - differ if path.startswith("output")} - {"output.bytes"} == {
        "output.type", "output.width", "output.height"}


def test_covered_faces_are_compared_where_there_is_a_recognizer(made):
    payload = payload_of(made[1].read_text())
    likeness = payload["checks"]["likeness"]
    if not RECOGNIZER.exists():  # `make recognizer` brings it
        assert likeness == {"verdict": "not_run"} and payload["recognizer"] is None
        return
    assert payload["recognizer"]["sha256"] == hashlib.sha256(RECOGNIZER.read_bytes()).hexdigest()
    assert likeness == {"verdict": "pass", "faces": 3, "alike": 0, "alike_from": 0.35}


def test_the_second_look_takes_other_weights(program, key, tmp_path):
    other = RECOGNIZER.with_name("mnet.25_v2.onnx")
    target = tmp_path / "safe.jpg"
    program.blur(PHOTO, "-o", target, "--receipt", "--signing-key", key, "--second-model", other)
    payload = payload_of(target.with_name("safe.jpg.receipt.jws").read_text())
    assert payload["second_model"] == {"name": other.name, "sha256": hashlib.sha256(other.read_bytes()).hexdigest()}
    assert payload["second_model"]["sha256"] != payload["model"]["sha256"]
    none = tmp_path / "none.jpg"
    done = program.run("blur", PHOTO, "-o", none, "--receipt", "--signing-key", key, "--second-model", PHOTO)
    assert done.returncode == 1 and not none.exists()


def test_openssl_verifies_it(key, made, tmp_path):
    signed, signature = made[1].read_text().strip().rsplit(".", 1)
    (tmp_path / "signed").write_text(signed)
    (tmp_path / "signature").write_bytes(decoded(signature))
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public(key), "-rawin",
                           "-in", tmp_path / "signed", "-sigfile", tmp_path / "signature"], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_each_way_to_cheat_has_its_status(program, key, made, tmp_path):
    photo, receipt = made
    other_key = tmp_path / "other.key"
    assert program.run("key", "new", other_key).returncode == 0
    assert verify(program, photo, receipt, public(other_key)) == 5
    other = tmp_path / "other.jpg"
    other.write_bytes(photo.read_bytes()[:-1])
    assert verify(program, other, receipt, public(key)) == 7
    header, payload, signature = receipt.read_text().strip().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    forged = tmp_path / "forged"
    spaced = base64.urlsafe_b64encode(b'{"alg": "none"}').rstrip(b"=").decode()
    for text, status in ((f"{none}.{payload}.", 4), (f"{spaced}.{payload}.", 4), (f"{header}.{payload}", 3), ("", 3),
                         (f"{header}.{payload[:-4]}AAAA.{signature}", 6), (f"{header}.{payload}.{signature[:-4]}AAAA", 6)):
        forged.write_text(text)
        assert verify(program, photo, forged, public(key)) == status, text
    assert verify(program, photo, tmp_path / "missing", public(key)) == 1
    assert program.run("verify", photo, receipt).returncode == 2


def test_flipped_bits_of_photo_and_receipt_are_noticed(program, key, made, tmp_path):
    photo, receipt = made
    for source, statuses in ((photo, {7}), (receipt, {3, 4, 5, 6})):
        whole = source.read_bytes().strip() if source == receipt else source.read_bytes()
        for i in range(12):
            changed = bytearray(whole)
            changed[(i * 7919) % len(whole)] ^= 1 << i % 8
            copy = tmp_path / "changed"
            copy.write_bytes(changed)
            pair = (copy, receipt) if source == photo else (photo, copy)
            assert verify(program, *pair, public(key)) in statuses


def test_a_commitment_opens_for_the_input_alone(program, key, made, tmp_path):
    target = tmp_path / "out.jpg"
    report = json.loads(program.blur(PHOTO, "-o", target, "--receipt-input", "--signing-key", key, "--json").stdout)
    receipt = target.with_name("out.jpg.receipt.jws")
    assert hashlib.sha256(PHOTO.read_bytes()).hexdigest() not in str(payload_of(receipt.read_text()))
    opening = report["receipt_opening"]
    arguments = ["verify", target, receipt, "--key", public(key), "--opening", opening, "--input"]
    assert program.run(*arguments, PHOTO).returncode == 0
    assert program.run(*arguments, DEMO / "sample1.jpg").returncode == 9
    assert program.run("verify", *made, "--key", public(key), "--opening", opening, "--input", PHOTO).returncode == 9


def test_keys_are_for_their_owner(program, key, tmp_path):
    assert os.stat(key).st_mode & 0o077 == 0
    assert program.run("key", "new", key).returncode == 1
    loose = tmp_path / "loose.key"
    shutil.copy(key, loose)
    loose.chmod(0o644)
    assert program.run("blur", PHOTO, "-o", tmp_path / "x.jpg", "--receipt", "--signing-key", loose).returncode == 2
    assert program.run("blur", PHOTO, "-o", tmp_path / "x.jpg", "--receipt").returncode == 2
    assert not (tmp_path / "x.jpg").exists()
    environment = {"FACE_PRIVACY_SIGNING_KEY": key.read_text()}
    done = program.run("blur", PHOTO, "-o", tmp_path / "x.jpg", "--receipt", environment=environment)
    assert done.returncode == 0 and (tmp_path / "x.jpg.receipt.jws").exists()


def test_no_result_takes_the_place_of_the_key(program, key, tmp_path):
    mine = tmp_path / "mine.jpg"  # a key of that name
    mine.write_bytes(key.read_bytes())
    mine.chmod(0o600)
    photo = tmp_path / "photo.jpg"
    shutil.copy(PHOTO, photo)
    assert program.run("blur", photo, "-o", mine, "--receipt", "--signing-key", mine).returncode != 0
    assert mine.read_bytes() == key.read_bytes()


def test_no_receipt_takes_the_place_of_a_photo(program, key, tmp_path):
    photo = tmp_path / "photo.jpg"
    other = tmp_path / "safe" / "photo.jpg.receipt.jws"  # a photo of that name
    other.parent.mkdir()
    for copy in (photo, other):
        shutil.copy(PHOTO, copy)
    done = program.run("blur", photo, other, "-o", other.parent, "--receipt", "--signing-key", key)
    assert done.returncode == 1 and b"would overwrite" in done.stderr
    assert other.read_bytes() == PHOTO.read_bytes()
    assert not (other.parent / "photo.jpg").exists()


def test_no_receipt_takes_the_place_of_another_result(program, key, tmp_path):
    photos = [tmp_path / "in" / name for name in ("photo.jpg", "photo.jpg.receipt.jws")]  # both are photos
    photos[0].parent.mkdir()
    for copy in photos:
        shutil.copy(PHOTO, copy)
    out = tmp_path / "out"
    done = program.run("blur", *photos, "-o", out, "--receipt", "--signing-key", key)
    assert done.returncode == 1 and b"another result would both be" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["photo.jpg.receipt.jws", "photo.jpg.receipt.jws.receipt.jws"]
    assert (out / "photo.jpg.receipt.jws").read_bytes().startswith(b"\xff\xd8")


def test_the_service_issues_publishes_and_verifies(program, key, tmp_path):
    earlier = tmp_path / "earlier.key"
    assert program.run("key", "new", earlier).returncode == 0
    with Service("--signing-key", str(key), "--receipt-keys", str(public(earlier)), "--profile", "fast") as service:
        keys = service.get("/.well-known/face-privacy-keys.json")
        assert keys.headers["Content-Type"] == "application/jwk-set+json"
        assert [one["kty"] for one in keys.json()["keys"]] == ["OKP", "OKP"]
        answer = service.post("/v1/blur?receipt=true", PHOTO.read_bytes())
        receipt = answer.headers["X-Receipt"]
        assert payload_of(receipt)["kid"] == keys.json()["keys"][0]["kid"]
        (tmp_path / "photo.jpg").write_bytes(answer.content)
        (tmp_path / "receipt.jws").write_text(receipt)
        (tmp_path / "keys.json").write_bytes(keys.content)
        assert verify(program, tmp_path / "photo.jpg", tmp_path / "receipt.jws", tmp_path / "keys.json") == 0
        assert "X-Receipt" not in service.post("/v1/blur", PHOTO.read_bytes()).headers

        def asked(photo, text):
            return service.form("/v1/verify", {"receipt": text}, {"photo": photo}).json()

        assert asked(answer.content, receipt)["verdict"] == "valid"
        assert asked(answer.content, receipt)["receipt"]["output"]["type"] == "image/jpeg"
        assert asked(PHOTO.read_bytes(), receipt)["verdict"] == "other_photo"
        assert asked(answer.content, receipt[:-4] + "AAAA") == {"valid": False, "verdict": "bad_signature"}
        opened = service.post("/v1/blur?receipt=with-input", PHOTO.read_bytes())
        assert "commitment" in payload_of(opened.headers["X-Receipt"])["input"] and opened.headers["X-Receipt-Opening"]


def test_without_a_key_nothing_is_signed(service):
    answer = service.post("/v1/blur?receipt=true", PHOTO.read_bytes())
    assert answer.status_code == 400 and answer.json()["code"] == "invalid_option"
    assert service.get("/.well-known/face-privacy-keys.json").json() == {"keys": []}
