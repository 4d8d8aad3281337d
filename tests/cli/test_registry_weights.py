"""`--model models:/NAME@ALIAS` on the command line, with a small server that speaks as much of MLflow's REST as
this takes. scripts/verify 50-mlflow does it with MLflow itself."""

import base64
import hashlib
import http.server
import json
import pathlib
import subprocess
import threading
import urllib.parse

import pytest
from blind_weights import blinded
from clip_making import make_clip
from running_service import DEMO, PROGRAM, free_port

MODELS = PROGRAM.parent.parent / "share/face-privacy/models"
BUILT_IN = MODELS / "mnet.25_v1.onnx"
OTHER = MODELS / "mnet.25_v2.onnx"
REFERENCE = "models:/face-privacy@production"
PHOTO = DEMO / "sample3.jpg"
ROOT = pathlib.Path(__file__).resolve().parent.parent


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


class Registry:
    """A server with artifacts, versions of one model and an alias; counts what it is asked for."""

    def __init__(self):
        self.artifacts = {}
        self.versions = []
        self.production = None
        self.asked = []
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle_call(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = urllib.parse.urlsplit(self.path).path
                registry.asked.append(f"{self.command} {path}")
                self.answer(*registry.reply(self.command, path, body))

            do_GET = do_POST = do_PUT = handle_call

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def reply(self, method, path, body):
        artifacts = "/api/2.0/mlflow-artifacts/artifacts/"
        if path.startswith(artifacts):
            name = path.removeprefix(artifacts)
            if method == "PUT":
                self.artifacts[name] = body
                return 200, b"{}"
            return (200, self.artifacts[name]) if name in self.artifacts else (404, b"{}")
        answer = self.rest(method, path.removeprefix("/api/2.0/mlflow/"), json.loads(body or b"{}"))
        return (404, b"{}") if answer is None else (200, json.dumps(answer).encode())

    def rest(self, method, what, sent):
        if what == "experiments/get-by-name":
            return {"experiment": {"experiment_id": "1"}}
        if what == "runs/create":
            run = f"run{len(self.versions)}"
            return {"run": {"info": {"run_id": run, "artifact_uri": f"mlflow-artifacts:/1/{run}/artifacts"}}}
        if what in ("runs/update", "runs/log-batch", "registered-models/create"):
            return {}
        if what == "model-versions/create":
            self.versions.append({"name": sent["name"], "version": str(len(self.versions) + 1),
                                  "source": sent["source"], "tags": sent["tags"]})
            return {"model_version": self.versions[-1]}
        if what == "registered-models/alias" and method == "POST":
            self.production = int(sent["version"]) - 1
            return {}
        if what == "registered-models/alias" and self.production is not None:
            return {"model_version": self.versions[self.production]}
        return None

    def replace_weights(self, weights):
        for name in self.artifacts:
            if name.endswith("model.onnx"):
                self.artifacts[name] = weights


class Deployment:
    """A registry, a key, and this program beside them."""

    def __init__(self, registry, program, folder):
        self.registry, self.program, self.folder = registry, program, folder
        self.key = folder / "key"
        assert program.run("key", "new", self.key).returncode == 0

    def register(self, weights):
        done = self.program.run("model", "--register", "--model", weights, "--alias", "production", "--signing-key", self.key,
                                "--mlflow", self.registry.url)
        assert done.returncode == 0, done.stderr
        self.registry.asked.clear()

    def options(self, key=None):
        return ("--model", REFERENCE, "--mlflow", self.registry.url, "--model-key", key or f"{self.key}.pub")

    def fails(self, why, *command, status=1, options=None):
        done = self.program.run(*command, *(options or self.options()))
        assert done.returncode == status, done.stderr
        assert why in done.stderr.decode() and done.stdout == b""


@pytest.fixture
def deployment(program, tmp_path):
    with Registry() as registry:
        yield Deployment(registry, program, tmp_path)


def test_photos_are_looked_at_with_the_weights_of_the_registry(deployment, program, tmp_path):
    deployment.register(OTHER)
    for more in ((), ("--engine", "fp32", "--threads", "2")):  # threads of ONNX Runtime load in each worker
        line, = program.detect(PHOTO, *deployment.options(), *more)
        assert line["model"] == {"name": "models:/face-privacy/1", "sha256": sha256(OTHER)}
        assert len(line["faces"]) >= 3
    done = program.blur(PHOTO, DEMO / "sample2.jpg", "-o", tmp_path / "safe", "--json", *deployment.options())
    reports = [json.loads(text) for text in done.stdout.splitlines()]
    assert [report["model"]["sha256"] for report in reports] == 2 * [sha256(OTHER)]
    assert len(list((tmp_path / "safe").glob("*.jpg"))) == 2


def test_the_table_of_the_8_bit_engine_comes_along(deployment, program):
    deployment.register(BUILT_IN)
    line, = program.detect(PHOTO, *deployment.options(), "--engine", "int8")
    assert line["model"]["name"] == "models:/face-privacy/1"
    assert any(call.endswith("model.ranges") for call in deployment.registry.asked)
    usual, = program.detect(PHOTO, "--engine", "int8")
    assert line["faces"] == usual["faces"]


def test_server_and_key_may_stand_in_the_environment(deployment, program):
    deployment.register(OTHER)
    environment = {"FACE_PRIVACY_MODEL": REFERENCE, "FACE_PRIVACY_MLFLOW": deployment.registry.url,
                   "FACE_PRIVACY_MODEL_KEY": (deployment.folder / "key.pub").read_text()}
    line, = program.detect(PHOTO, environment=environment)
    assert line["model"]["sha256"] == sha256(OTHER)


def test_clips_are_looked_at_with_them_too(deployment, program, tmp_path):
    deployment.register(OTHER)
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.2)
    found = program.run("detect", clip, *deployment.options())
    assert len(json.loads(found.stdout)["tracks"]) >= 3, found.stderr
    signing = ("--receipt", "--signing-key", deployment.key)
    program.blur(clip, "-o", tmp_path / "safe.mp4", *signing, *deployment.options())
    payload = (tmp_path / "safe.mp4.receipt.jws").read_text().split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["model"]["sha256"] == sha256(OTHER)


def test_eval_of_photos_and_clips_takes_them(deployment, program, tmp_path):
    deployment.register(OTHER)
    photos = ROOT / "testdata/photos"
    done = program.run("eval", "--images", photos, "--truth", photos / "truth.jsonl", "--json", *deployment.options())
    assert json.loads(done.stdout)["model"]["sha256"] == sha256(OTHER), done.stderr
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.2)
    (tmp_path / "clip.truth.jsonl").write_text('{"person": 1, "boxes": {"0": [10, 10, 40, 40]}}\n')
    done = program.run("eval", "--video", clip, "--json", *deployment.options())
    assert done.returncode == 0, done.stderr
    assert any(call.endswith("model.onnx") for call in deployment.registry.asked)


@pytest.mark.parametrize("command", ["blur", "detect"])
def test_weights_that_cannot_be_had_are_replaced_by_no_others(deployment, tmp_path, command):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(PHOTO.read_bytes())
    nobody = ("--model", REFERENCE, "--mlflow", f"http://127.0.0.1:{free_port()}", "--model-key", f"{deployment.key}.pub")
    deployment.fails("127.0.0.1", command, photo, options=nobody)
    deployment.fails("404", command, photo)  # no such alias yet
    deployment.register(OTHER)
    deployment.fails("--model-key", command, photo, status=2, options=deployment.options()[:4])
    deployment.fails("--mlflow", command, photo, status=2, options=("--model", REFERENCE))
    other_key = tmp_path / "other"
    assert deployment.program.run("key", "new", other_key).returncode == 0
    deployment.fails("not signed by a key", command, photo, options=deployment.options(f"{other_key}.pub"))
    deployment.registry.replace_weights(BUILT_IN.read_bytes())
    deployment.fails("another than", command, photo)
    del deployment.registry.versions[-1]["tags"][:]
    deployment.fails("no signature", command, photo)
    assert not list(tmp_path.glob("*redacted*"))


def test_blind_weights_are_not_looked_with(deployment, program, tmp_path):
    """Signed by the right key, by somebody who did not use this program for it."""
    deployment.register(OTHER)
    blind = blinded(OTHER.read_bytes())
    digest = hashlib.sha256(blind).hexdigest()
    statement = tmp_path / "statement"
    statement.write_text(f"face-privacy weights v1\nname face-privacy\nsha256 {digest}\nranges none\n")
    signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", deployment.key, "-rawin", "-in", statement],
                               capture_output=True, check=True).stdout
    deployment.registry.versions[-1]["tags"] = [
        {"key": "sha256", "value": digest},
        {"key": "signature", "value": base64.urlsafe_b64encode(signature).decode().rstrip("=")}]
    deployment.registry.replace_weights(blind)
    deployment.fails("models:/face-privacy/1", "detect", PHOTO)
    deployment.fails("do not see", "blur", PHOTO, "-o", tmp_path / "out.jpg")
    assert not (tmp_path / "out.jpg").exists()
