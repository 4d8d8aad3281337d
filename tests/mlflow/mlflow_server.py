"""The real MLflow server on a free port, and weights put into it as a stranger would: by MLflow's own client."""

import base64
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import requests
from cryptography.hazmat.primitives import serialization

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from running_service import free_port, wait_for  # noqa: E402

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow  # noqa: E402


class MlflowServer:
    """Without --allowed-hosts it refuses names other than localhost; jobs would start seven more processes."""

    def __init__(self, as_in_the_image=False, environment=None):
        self.as_in_the_image = as_in_the_image
        self.environment = environment or {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory(prefix="face-privacy-mlflow-")
        self.process = None
        self.log = tempfile.TemporaryFile()

    def start(self):
        place = pathlib.Path(self.folder.name)
        command = [pathlib.Path(sys.executable).parent / "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port),
                   "--backend-store-uri", f"sqlite:///{place}/mlflow.db", "--artifacts-destination", f"{place}/artifacts",
                   "--workers", "1"]
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **self.environment}
        if self.as_in_the_image:
            command = [sys.executable, ROOT / "deploy/docker/mlflow/start"]
            environment |= {"MLFLOW_HOST": "127.0.0.1", "MLFLOW_PORT": str(self.port), "MLFLOW_DATA": str(place),
                            "MLFLOW_RUN_DIR": str(place)}
        self.process = subprocess.Popen(
            command, env=environment, cwd=place, start_new_session=True, stdout=self.log, stderr=self.log)

        def healthy():
            assert self.process.poll() is None, os.pread(self.log.fileno(), 1 << 20, 0).decode()[-3000:]
            return requests.get(self.url + "/health", timeout=5).status_code == 200
        wait_for(healthy, "the MLflow server", 180)
        return self

    def signal(self, number):
        os.killpg(self.process.pid, number)  # its workers, too: the group is its own

    def stop(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGKILL)
                self.process.wait(timeout=20)

    def client(self):
        return mlflow.MlflowClient(tracking_uri=self.url, registry_uri=self.url)


def statement(name, sha256, ranges_sha256=None):
    return f"face-privacy weights v1\nname {name}\nsha256 {sha256}\nranges {ranges_sha256 or 'none'}\n"


def sign(private_key_file, text):
    key = serialization.load_pem_private_key(pathlib.Path(private_key_file).read_bytes(), None)
    return base64.urlsafe_b64encode(key.sign(text.encode())).decode().rstrip("=")


def put_weights(client, name, weights, alias, tags):
    """A version of `name` with exactly these tags, which `alias` then means. Its number."""
    experiment = client.get_experiment_by_name("by-hand")
    experiment_id = experiment.experiment_id if experiment else client.create_experiment("by-hand")
    run = client.create_run(experiment_id)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "model.onnx"
        file.write_bytes(weights)
        mlflow.set_tracking_uri(client.tracking_uri)
        client.log_artifact(run.info.run_id, str(file), "weights")
    try:
        client.create_registered_model(name)
    except mlflow.MlflowException:
        pass  # is there already
    version = client.create_model_version(name, run.info.artifact_uri + "/weights", run.info.run_id, tags=tags)
    client.set_registered_model_alias(name, alias, version.version)
    return version.version


def signed_tags(name, weights, key_file):
    digest = hashlib.sha256(weights).hexdigest()
    return {"sha256": digest, "signature": sign(key_file, statement(name, digest))}
