"""`eval --mlflow`, `model --register` and `serve --model models:/...` with the real MLflow server.

Run by scripts/verify.d/50-mlflow with the Python that has MLflow."""

import hashlib
import http.server
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import requests

from mlflow_server import MlflowServer, put_weights, signed_tags
from blind_weights import blinded
from running_service import PROGRAM, ROOT, Service, photo, wait_for

MODELS = PROGRAM.parent.parent / "share/face-privacy/models"
BUILT_IN = MODELS / "mnet.25_v1.onnx"
OTHER = MODELS / "mnet.25_v2.onnx"  # the package's other weights
NAME = "face-privacy"
REFERENCE = f"models:/{NAME}@production"


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def run(*arguments, environment=None, status=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          env=environment)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="face-privacy-keys-")
        folder = pathlib.Path(cls.scratch.name)
        cls.key, cls.other_key = folder / "key", folder / "other"
        run("key", "new", cls.key)
        run("key", "new", cls.other_key)
        cls.public = folder / "key.pub"
        cls.server = MlflowServer()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.client = cls.server.client()

    def register(self, weights, *more):
        """The version's number."""
        done = run("model", "--register", "--model", weights, "--mlflow", self.server.url, "--signing-key", self.key,
                   *more)
        return re.search(rf"models:/{NAME}/(\d+)", done.stdout)[1]

    def service(self, url=None, timeout=60):
        return Service("--model", REFERENCE, "--mlflow", url or self.server.url, "--model-key", self.public,
                       "--mlflow-timeout", timeout)

    def served(self, service):
        """What an answer says, and that it is what the metrics say."""
        answer = service.post("/v1/detect", photo())
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(answer.json()["faces"]), 3)
        digest = answer.json()["model"]["sha256"]
        shown = re.findall(r"^face_privacy_model_info\{(.*)\} 1", service.metrics(), re.MULTILINE)
        self.assertEqual(len(shown), 1, shown)
        self.assertIn(digest, shown[0])
        return digest

    def pull_again(self, service, result):
        """By SIGHUP; waits until the service has counted `result` once more."""
        before = service.metric("face_privacy_model_pulls_total", result=result)
        service.process.send_signal(signal.SIGHUP)
        try:
            wait_for(lambda: service.metric("face_privacy_model_pulls_total", result=result) > before, result, 90)
        except AssertionError:
            self.fail(f"no pull that is {result}: {service.log_text()[-2000:]}")

    def put_by_hand(self, weights, tags):
        return put_weights(self.client, NAME, weights, "production", tags)


class Evaluations(WithServer):
    def test_figures_arrive_as_the_command_prints_them(self):
        truth = ROOT / "tests/testdata/photos/truth.jsonl"
        images = ROOT / "tests/testdata/photos"
        done = run("eval", "--images", images, "--truth", truth, "--json", "--mlflow", self.server.url,
                   "--mlflow-tag", "mlflow.source.git.commit=abc123")
        printed = json.loads(done.stdout)
        run_id = re.search(r"as run (\w+)", done.stderr)[1]
        logged = self.client.get_run(run_id)
        self.assertEqual(logged.info.status, "FINISHED")
        for name in ("recall", "precision", "average_precision", "covered"):
            self.assertAlmostEqual(logged.data.metrics[name], printed["all"][name])
        for band, name in (("<16", "under_16"), ("<32", "under_32"), ("<64", "under_64"), (">=64", "from_64")):
            self.assertAlmostEqual(logged.data.metrics[f"by_size.{name}.recall"], printed["by_size"][band]["recall"])
        self.assertAlmostEqual(logged.data.metrics["time_ms.detect.median"], printed["time_ms"]["detect"]["median"])
        self.assertGreater(logged.data.metrics["peak_memory_bytes"], 1e6)
        self.assertEqual(logged.data.params["profile"], "balanced")
        self.assertEqual(logged.data.tags["weights.sha256"], sha256(BUILT_IN))
        self.assertEqual(logged.data.tags["mlflow.source.git.commit"], "abc123")
        names = [json.loads(line)["image"] for line in truth.read_text().splitlines()]
        lines = [sha256(truth), *(sha256(images / name) for name in names)]
        expected = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
        self.assertEqual(logged.data.tags["data_set.sha256"], expected)

    def test_a_server_that_is_not_there_is_said_after_the_figures(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        images = ROOT / "tests/testdata/photos"
        done = run("eval", "--images", images, "--truth", images / "truth.jsonl", "--mlflow",
                   f"http://127.0.0.1:{port}", status=1)
        self.assertIn("recall", done.stdout)
        self.assertIn("not logged", done.stderr)


class Weights(WithServer):
    def test_1_registration_pull_new_version_and_rollback(self):
        first = self.register(OTHER, "--alias", "production")
        version = self.client.get_model_version(NAME, first)
        self.assertEqual(version.tags["sha256"], sha256(OTHER))
        with self.service() as service:
            self.assertEqual(self.served(service), sha256(OTHER))
            self.assertIn(f'name="models:/{NAME}/{first}"', service.metrics())
            self.assertEqual(service.metric("face_privacy_model_pulls_total", result="live"), 1)
            second = self.register(BUILT_IN, "--alias", "production")
            self.assertNotEqual(first, second)
            self.pull_again(service, "live")
            self.assertEqual(self.served(service), sha256(BUILT_IN))
            self.assertIn('engine="int8', service.metrics())  # its table of ranges came along
            self.pull_again(service, "unchanged")
            self.client.set_registered_model_alias(NAME, "production", first)
            self.pull_again(service, "live")
            self.assertEqual(self.served(service), sha256(OTHER))
            self.assertEqual(service.metric("face_privacy_model_pull_failing"), 0)
            self.assertEqual(service.stop(), 0)

    def test_2_the_command_shows_what_would_be_served(self):
        version = self.register(OTHER, "--alias", "production")
        done = run("model", "--model", REFERENCE, "--mlflow", self.server.url, "--model-key", self.public)
        self.assertIn(sha256(OTHER), done.stdout)
        self.assertIn(f"models:/{NAME}/{version}", done.stdout)
        done = run("model", "--model", REFERENCE, "--mlflow", self.server.url, "--model-key",
                   f"{self.other_key}.pub", status=1)
        self.assertIn("not signed by a key", done.stderr)
        self.assertIn("--model-key", run("model", "--model", REFERENCE, "--mlflow", self.server.url, status=2).stderr)
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            file.write(photo())
            file.flush()
            found = run("detect", file.name, "--model", REFERENCE, "--mlflow", self.server.url, "--model-key", self.public)
        self.assertEqual(json.loads(found.stdout)["model"]["sha256"], sha256(OTHER))

    def test_3_photos_go_on_while_weights_change(self):
        self.register(OTHER, "--alias", "production")
        with self.service() as service:
            known = {sha256(OTHER), sha256(BUILT_IN)}
            faults, seen, done = [], [], threading.Event()
            body = photo()

            def ask():
                while not done.is_set():
                    answer = requests.post(service.url("/v1/detect"), data=body, headers={"Content-Type": "image/jpeg"},
                                           timeout=60)
                    if answer.status_code != 200 or len(answer.json()["faces"]) != 3:
                        faults.append(answer.text)
                    else:
                        seen.append(answer.json()["model"]["sha256"])
            asking = threading.Thread(target=ask)
            asking.start()
            try:
                for weights in (BUILT_IN, OTHER, BUILT_IN):
                    self.register(weights, "--alias", "production")
                    self.pull_again(service, "live")
                    count = len(seen)
                    wait_for(lambda: len(seen) > count + 2, "answers", 60)
            finally:
                done.set()
                asking.join()
            self.assertEqual(faults, [])
            self.assertEqual(set(seen), known)

    def refuses(self, result, weights, tags, reason):
        """At the start and on SIGHUP, with what served before."""
        good = self.register(OTHER, "--alias", "production")
        with self.service() as running:
            self.assertEqual(self.served(running), sha256(OTHER), running.log_text()[-2000:])
            self.put_by_hand(weights, tags)
            self.pull_again(running, result)
            self.assertEqual(self.served(running), sha256(OTHER))
            self.assertEqual(running.metric("face_privacy_model_pull_failing"), 1)
            self.assertIn(reason, running.log_text())
            with self.service() as started:
                self.assertEqual(started.metric("face_privacy_model_pulls_total", result=result), 1)
                self.assertEqual(self.served(started), sha256(BUILT_IN))
            self.client.set_registered_model_alias(NAME, "production", good)
            self.pull_again(running, "unchanged")
            self.assertEqual(running.metric("face_privacy_model_pull_failing"), 0)

    def test_4_blind_weights_never_serve(self):
        weights = blinded(OTHER.read_bytes())
        self.refuses("unusable", weights, signed_tags(NAME, weights, self.key), "do not see")

    def test_4_blind_weights_are_not_registered(self):
        with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
            file.write(blinded(OTHER.read_bytes()))
            file.flush()
            done = run("model", "--register", "--model", file.name, "--mlflow", self.server.url, "--signing-key",
                       self.key, status=1)
        self.assertIn("do not see", done.stderr)

    def test_5_what_is_no_model_never_serves(self):
        weights = b"no model at all"
        self.refuses("unusable", weights, signed_tags(NAME, weights, self.key), "models:/")

    def test_5_unsigned_weights_never_serve(self):
        weights = BUILT_IN.read_bytes()
        tags = signed_tags(NAME, weights, self.key)
        del tags["signature"]
        self.refuses("unsigned", weights, tags, "no signature")

    def test_6_weights_signed_by_another_key_never_serve(self):
        weights = BUILT_IN.read_bytes()
        self.refuses("bad_signature", weights, signed_tags(NAME, weights, self.other_key), "not signed by a key")

    def test_6_weights_signed_as_another_model_never_serve(self):
        weights = BUILT_IN.read_bytes()
        self.refuses("bad_signature", weights, signed_tags("recognizer", weights, self.key), "not signed by a key")

    def test_7_other_bytes_than_those_signed_for_never_serve(self):
        tags = signed_tags(NAME, b"other weights", self.key)
        self.refuses("wrong_hash", BUILT_IN.read_bytes(), tags, "another than")

    def test_8_without_the_server_the_built_in_weights_serve(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with self.service(url=url) as service:
            self.assertEqual(self.served(service), sha256(BUILT_IN))
            self.assertEqual(service.metric("face_privacy_model_pulls_total", result="unreachable"), 1)
            self.assertEqual(service.metric("face_privacy_model_pull_failing"), 1)

    def test_8_an_alias_that_is_not_there_changes_nothing(self):
        with Service("--model", f"models:/{NAME}@nobody", "--mlflow", self.server.url, "--model-key",
                     self.public) as service:
            self.assertEqual(self.served(service), sha256(BUILT_IN))
            self.assertEqual(service.metric("face_privacy_model_pulls_total", result="refused"), 1)

    def test_9_a_server_that_does_not_answer_holds_nothing_up_for_long(self):
        self.register(OTHER, "--alias", "production")
        with self.service(timeout=10) as service:
            self.assertEqual(self.served(service), sha256(OTHER), service.log_text())
            self.server.signal(signal.SIGSTOP)
            try:
                start = time.monotonic()
                self.pull_again(service, "too_slow")
                self.assertEqual(self.served(service), sha256(OTHER))
                with self.service(timeout=2) as started:
                    self.assertLess(time.monotonic() - start, 60)
                    self.assertEqual(self.served(started), sha256(BUILT_IN))
                    started.process.send_signal(signal.SIGHUP)
                    time.sleep(0.3)
                    begun = time.monotonic()
                    self.assertEqual(started.stop(), 0)  # whatever it waits for
                    self.assertLess(time.monotonic() - begun, 1.5)
            finally:
                self.server.signal(signal.SIGCONT)


class Login(unittest.TestCase):
    """The server as the image starts it."""

    def setUp(self):
        self.environment = {"MLFLOW_AUTH_ADMIN_PASSWORD": "for this test alone", "MLFLOW_READER_PASSWORD": "may read only"}
        self.server = MlflowServer(as_in_the_image=True, environment=self.environment)
        self.addCleanup(self.server.stop)
        self.server.start()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.key = pathlib.Path(folder.name) / "key"
        run("key", "new", self.key)

    def registered(self, user, password, status=0):
        return run("model", "--register", "--mlflow", self.server.url, "--signing-key", self.key, "--alias", "production",
                   environment={"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password}, status=status)

    def shown(self, password, status=0):
        return run("model", "--model", REFERENCE, "--mlflow", self.server.url, "--model-key", f"{self.key}.pub",
                   environment={"MLFLOW_TRACKING_USERNAME": "reader", "MLFLOW_TRACKING_PASSWORD": password}, status=status)

    def test_who_may_what(self):
        self.assertIn("status 401", run("model", "--register", "--mlflow", self.server.url, "--signing-key", self.key,
                                        status=1).stderr)
        self.assertIn("status 401", self.registered("admin", "a wrong password", status=1).stderr)
        self.registered("admin", "for this test alone")
        self.assertIn(sha256(BUILT_IN), self.shown("may read only").stdout)
        self.assertIn("status 403", self.registered("reader", "may read only", status=1).stderr)
        images = ROOT / "tests/testdata/photos"
        run("eval", "--images", images, "--truth", images / "truth.jsonl", "--profile", "fast", "--mlflow", self.server.url,
            environment={"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "for this test alone"})
        # Another name in the Host header may be a page elsewhere that had its own name lead here.
        answer = requests.get(self.server.url + "/api/2.0/mlflow/experiments/get?experiment_id=0",
                              headers={"Host": "elsewhere.example"}, auth=("reader", "may read only"), timeout=30)
        self.assertEqual(answer.status_code, 403)

        # A password that was changed is the only one, and the data is there still.
        self.server.stop()
        self.environment["MLFLOW_READER_PASSWORD"] = "another password"
        self.server.start()
        self.assertIn("status 401", self.shown("may read only", status=1).stderr)
        self.assertIn(sha256(BUILT_IN), self.shown("another password").stdout)


class OtherServers(unittest.TestCase):
    """That do not start, or are none of MLflow's."""

    def test_without_a_password_it_does_not_start(self):
        for environment, reason in (({}, "PASSWORD is needed"), ({"MLFLOW_AUTH_ADMIN_PASSWORD": "short"}, "fewer than")):
            done = subprocess.run([sys.executable, ROOT / "deploy/docker/mlflow/start"], env=environment,
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn(reason, done.stderr)

    def test_strange_answers_are_errors(self):
        answers = {"": 200, "[]": 200, "{": 200, "[" * 100_000: 200, "x" * 3_000_000: 200, "moved": 302}
        for body, status in answers.items():
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    try:
                        self.wfile.write(body.encode())
                    except ConnectionError:
                        pass  # it has heard enough

                def log_message(self, *_):
                    pass
            with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server, \
                    tempfile.TemporaryDirectory() as folder, self.subTest(body=body[:10], status=status):
                thread = threading.Thread(target=server.serve_forever)
                thread.start()
                try:
                    run("key", "new", f"{folder}/key")
                    done = run("model", "--model", REFERENCE, "--model-key", f"{folder}/key.pub", "--mlflow",
                               f"http://127.0.0.1:{server.server_port}", status=1)
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                finally:
                    server.shutdown()
                    thread.join()


if __name__ == "__main__":
    unittest.main(verbosity=2)
