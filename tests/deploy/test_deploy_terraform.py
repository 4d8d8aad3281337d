"""Terraform's files as far as they can be read without Terraform, and what cloud-init makes of the
instance. `make verify` has Terraform itself, tflint, checkov and the rest read them."""

import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest
import yaml

from deployment import DEPLOY, PROMETHEUS, ROOT, TERRAFORM, call, cloud_init, succeed

FILES = sorted(path for path in TERRAFORM.rglob("*.tf") if ".terraform" not in path.parts)
ENVIRONMENTS = sorted((TERRAFORM / "environments").iterdir())
ROOTS = [TERRAFORM / "batch", TERRAFORM / "bootstrap", *ENVIRONMENTS]
MODULES = sorted((TERRAFORM / "modules").iterdir())


def text_of(folder):
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))


def blocks(text, kind):
    """name -> body of every block `kind "name" {`, by matching braces outside of strings and comments."""
    found = {}
    for match in re.finditer(rf'^{kind} "([^"]+)"(?: "([^"]+)")? \{{$', text, re.MULTILINE):
        depth, index = 1, match.end()
        for token in re.finditer(r'"(?:[^"\\]|\\.)*"|#.*|[{}]', text[index:]):
            depth += {"{": 1, "}": -1}.get(token.group(), 0)
            if depth == 0:
                found[".".join(filter(None, match.groups()))] = text[index:index + token.start()]
                break
        assert depth == 0, f"{kind} {match.group(1)} is not closed"
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TERRAFORM)))
def test_brackets_match(path):
    """A parser in small: `make verify` has the real ones."""
    text = re.sub(r"<<-?(\w+)\n.*?\n\s*\1\n", '""\n', path.read_text(), flags=re.DOTALL)
    stack = []
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|#.*|[{}()\[\]]', text):
        character = token.group()
        if character in "{([":
            stack.append(character)
        elif character in "})]":
            assert stack and stack.pop() + character in ("{}", "()", "[]"), f"{path}: at {token.start()}"
    assert stack == []


@pytest.mark.skipif(not shutil.which("terraform"), reason="make verify brings Terraform")
def test_terraform_finds_nothing_to_format():
    succeed("terraform", "fmt", "-check", "-diff", "-recursive", TERRAFORM, env={**os.environ, "TF_CLI_CONFIG_FILE": "/dev/null"})


@pytest.mark.parametrize("folder", [*ROOTS, *MODULES], ids=lambda folder: folder.name)
def test_every_variable_and_output_is_described_and_documented(folder):
    text = text_of(folder)
    readme = (folder / "README.md").read_text()
    for name, body in blocks(text, "variable").items():
        assert re.search(r'description = ".+\."', body) and re.search(r"\btype\s+= ", body), name
        assert f"input_{name}" in readme, f"{name}: make -C deploy terraform-docs"
    for name, body in blocks(text, "output").items():
        assert re.search(r'description = ".+\."', body), name
        assert f"output_{name}" in readme, f"{name}: make -C deploy terraform-docs"


@pytest.mark.parametrize("folder", [*ROOTS, *MODULES], ids=lambda folder: folder.name)
def test_every_variable_is_used_and_every_argument_is_a_variable(folder):
    text = text_of(folder)
    variables = blocks(text, "variable")
    for name in variables:
        assert re.search(rf"\bvar\.{name}\b", text), f"{name} is not used"
    assert set(re.findall(r"\bvar\.(\w+)", text)) <= set(variables)
    for name, body in blocks(text, "module").items():
        source = (folder / re.search(r'source\s+= "([^"]+)"', body).group(1)).resolve()
        wanted = blocks(text_of(source), "variable")
        given = set(re.findall(r"^  (\w+)\s+= ", body, re.MULTILINE)) - {"source", "count", "for_each", "version", "providers"}
        needed = {variable for variable, inside in wanted.items() if not re.search(r"^  default\s+=", inside, re.MULTILINE)}
        assert given <= set(wanted), f"{name}: {given - set(wanted)}"
        assert needed <= given, f"{name}: {needed - given}"
        assert set(re.findall(rf"\bmodule\.{name}(?:\[\*\])?\.(\w+)", text)) <= set(blocks(text_of(source), "output"))


@pytest.mark.parametrize("folder", [TERRAFORM / "batch", *ENVIRONMENTS], ids=lambda folder: folder.name)
def test_examples_name_variables_that_exist(folder):
    example = (folder / "terraform.tfvars.example").read_text()
    variables = blocks(text_of(folder), "variable")
    given = set(re.findall(r"^(\w+)\s+=", example, re.MULTILINE))
    needed = {name for name, body in variables.items() if not re.search(r"^  default\s+=", body, re.MULTILINE)}
    assert needed <= given <= set(variables)


def test_nothing_belongs_to_one_account_region_zone_or_image():
    for path in [*FILES, *TERRAFORM.rglob("modules/*/files/*")]:
        text = path.read_text()
        assert not re.search(r"\b\d{12}\b", text), path
        assert not re.search(r"\b(us|eu|ap|sa|ca|me|af|il|mx)-(gov-)?(north|south|east|west|central)+[a-z]*-\d[a-z]?\b", text), path
        assert not re.search(r"\bami-[0-9a-f]{6,}", text), path
        assert not re.search(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", text), path


def test_both_environments_keep_their_state_apart_and_locked():
    keys = set()
    for folder in ENVIRONMENTS:
        text = text_of(folder)
        assert re.search(r"use_lockfile\s+= true", text) and re.search(r"encrypt\s+= true", text)
        keys.add(re.search(r'key\s+= "(.+)"', text).group(1))
    assert len(keys) == 2


def test_prometheus_grafana_and_mlflow_are_open_to_nobody_unless_said():
    variables = blocks(text_of(TERRAFORM / "modules/stack"), "variable")
    for name in ("prometheus_allowed_cidrs", "grafana_allowed_cidrs", "mlflow_allowed_cidrs"):
        assert re.search(r"default\s+= \[\]", variables[name])
        for folder in ENVIRONMENTS:
            assert re.search(r"default\s+= \[\]", blocks(text_of(folder), "variable")[name])


# What holds for the stack as a whole, each promise where it is kept.
@pytest.mark.parametrize("module, pattern", [
    ("ecs_service", r"deployment_circuit_breaker \{\s+enable\s+= true\s+rollback = true"),
    ("ecs_service", r"health_check_grace_period_seconds = var\."),
    ("ecs_service", r'predefined_metric_type = "ECSServiceAverageCPUUtilization"'),
    ("ecs_service", r'predefined_metric_type = "ALBRequestCountPerTarget"'),
    ("ecs_service", r"readonlyRootFilesystem = true"),
    ("ecs_service", r"assign_public_ip = false"),
    ("ecs_service", r"retention_in_days = var\."),
    ("prometheus", r'http_tokens\s+= "required"'),
    ("prometheus", r"user_data_replace_on_change = true"),
    ("prometheus", r'resource "aws_volume_attachment"'),
    ("prometheus", r"final_snapshot = var\."),
    ("prometheus", r'resource "aws_dlm_lifecycle_policy"'),
    ("prometheus", r"AmazonSSMManagedInstanceCore"),
    ("load_balancer", r'type = "redirect"'),
    ("certificate", r'validation_method\s+= "DNS"'),
    ("stack", r"secret_string_wo "),
    ("batch_array", r'"FARGATE_SPOT"'),
    ("batch_array", r'action       = "EXIT"\s+on_exit_code = "42"'),
    ("batch_array", r"readonlyRootFilesystem\s+= true"),
    ("stack", r'variable "mlflow_enabled" \{[^}]+default\s+= false'),
    ("stack", r'variable "feedback_enabled" \{[^}]+default\s+= false'),
    ("feedback_bucket", r"block_public_policy\s+= true"),
    ("feedback_bucket", r'sse_algorithm = "'),
    ("feedback_bucket", r'variable = "aws:SecureTransport"'),
    ("feedback_bucket", r"expiration \{"),
    ("mlflow", r"secret_string_wo "),
    ("mlflow", r'resource "aws_efs_backup_policy"'),
    ("mlflow", r"encrypted\s+= true"),
    ("mlflow", r'variable = "aws:SecureTransport"'),
])
def test_promises_are_lines_of_code(module, pattern):
    assert re.search(pattern, text_of(TERRAFORM / "modules" / module))


# Rights. terraform fmt, which is checked, puts a statement of a policy at this indent.
STATEMENT = re.compile(r'^  (?:statement|dynamic "statement") \{\n(.*?)^  \}$', re.MULTILINE | re.DOTALL)


def allowances():
    """(where, text) of every statement that lets somebody do something. A key's own policy, which names the key as *, and
    what bounds a role and so allows nothing are not among them."""
    for path in FILES:
        text = path.read_text()
        for name, body in blocks(text, "data").items():
            document = name.removeprefix("aws_iam_policy_document.")
            if document == name or document in {"key", "boundary"}:
                continue
            for number, statement in enumerate(STATEMENT.findall(body)):
                if 'effect    = "Deny"' not in statement:
                    yield f"{path.relative_to(TERRAFORM)}: {document}[{number}]", statement


def test_nobody_may_do_all_that_a_service_can():
    found = list(allowances())
    assert len(found) > 40
    for where, statement in found:
        assert not re.search(r'"(?:[a-z0-9-]+:)?\*"', re.sub(r"resources\s+= .*", "", statement)), where


def test_what_changes_things_is_bound_to_names_tags_or_a_condition():
    # No zone has a name before it is made; ECR's login is for no repository.
    free = {"ecr:GetAuthorizationToken", "route53:CreateHostedZone", "route53:DeleteHostedZone"}
    for where, statement in allowances():
        actions = set(re.findall(r'"([a-z0-9-]+:[A-Z]\w*\*?)"', statement))
        changing = {action for action in actions if not re.match(r"[a-z0-9-]+:(Describe|Get|List)", action)}
        if re.search(r'resources\s+= \["\*"\]', statement) and changing - free:
            assert "condition {" in statement or 'dynamic "condition"' in statement, where


def test_deployments_make_roles_within_their_bounds_only():
    deploy = (TERRAFORM / "modules/github_oidc/deploy.tf").read_text()
    statement = next(text for text in STATEMENT.findall(deploy) if "iam:CreateRole" in text)
    assert "iam:PutRolePolicy" in statement and "iam:AttachRolePolicy" in statement and 'variable = "iam:PermissionsBoundary"' in statement
    everything = "".join(text for _, text in allowances())
    assert everything.count("iam:CreateRole\"") == everything.count("iam:PutRolePolicy\"") == 1
    for way_round in ("DeleteRolePermissionsBoundary", "CreatePolicyVersion", "SetDefaultPolicyVersion", "CreateUser", "CreateAccessKey"):
        assert way_round not in everything
    for module in ("batch_array", "network", "ecs_service", "prometheus"):
        for name, body in blocks(text_of(TERRAFORM / "modules" / module), "resource").items():
            if name.startswith("aws_iam_role."):
                assert re.search(r"permissions_boundary\s+= var.permissions_boundary_arn", body), f"{module}: {name}"


def test_a_batch_job_reads_photos_and_writes_results_and_no_more():
    policy = blocks(text_of(TERRAFORM / "modules/batch_array"), "data")["aws_iam_policy_document.job"]
    may = {re.search(r"resources\s+= \[?(\S+?)\]?$", statement, re.MULTILINE).group(1): set(re.findall(r'"(\w+:\w+)"', statement.split("resources")[0]))
           for statement in STATEMENT.findall(policy)}
    assert may["local.object_arn.raw"] == {"s3:GetObject"}
    assert may["local.object_arn.safe"] == {"s3:PutObject", "s3:AbortMultipartUpload"}
    assert may["local.object_arn.job"] == {"s3:GetObject", "s3:PutObject"}
    assert may["local.bucket_arn.job"] == {"s3:ListBucket"}


def test_a_task_keeps_corrections_and_may_do_no_more_with_their_bucket():
    module = text_of(TERRAFORM / "modules/feedback_bucket")
    objects, listing = STATEMENT.findall(blocks(module, "data")["aws_iam_policy_document.task"])
    assert set(re.findall(r'"(s3:\w+)"', objects)) == {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    assert re.search(r'resources = \["\$\{aws_s3_bucket.this.arn\}/\$\{local.prefix\}/\*"\]', objects)
    assert set(re.findall(r'"(s3:[A-Z]\w*)"', listing)) == {"s3:ListBucket"} and 'variable = "s3:prefix"' in listing
    # Erasing erases: no versions, no copy; and the log of who asked when is not kept either.
    for kept in ("aws_s3_bucket_versioning", "aws_s3_bucket_replication", "aws_s3_bucket_logging", "object_lock"):
        assert kept not in module
    deploy = text_of(TERRAFORM / "modules/github_oidc")
    for statement in STATEMENT.findall(deploy):
        if "local.feedback_buckets" in statement and "Object" in statement:
            assert 'sid       = "Corrections"' in statement, "a deployment reads and erases no report; the boundary alone names them"


def test_no_way_in_by_ssh():
    everything = "".join(path.read_text() for path in FILES)
    assert "key_name" not in everything and not re.search(r"_port\s+= 22\b", everything)


# Cloud-init

@pytest.fixture(scope="module")
def written():
    """path -> entry of what cloud-init writes."""
    document = yaml.safe_load(cloud_init())
    assert {"docker", "xfsprogs"} <= set(document["packages"])
    return {entry["path"]: entry for entry in document["write_files"]}


def test_cloud_init_is_a_document_that_fits():
    text = cloud_init()
    assert text.startswith("#cloud-config\n")
    document = yaml.safe_load(text)
    assert document["runcmd"][0] == ["systemctl", "daemon-reload"]
    assert len(gzip.compress(text.encode())) < 16 * 1024  # EC2's limit for user data


def test_cloud_init_leaves_nothing_to_fill_in(written):
    for path, entry in written.items():
        if path.endswith((".yml", "monitoring")):
            assert "${" not in entry["content"], path


def test_cloud_inits_shell_passes_shellcheck(written, tmp_path):
    scripts = [entry for entry in written.values() if entry["content"].startswith("#!")]
    assert scripts
    for number, entry in enumerate(scripts):
        assert entry["permissions"] == "0755"
        path = tmp_path / f"script{number}"
        path.write_text(entry["content"])
        succeed("shellcheck", "--severity=style", path)


def test_cloud_init_brings_every_rule_and_a_configuration_that_promtool_accepts(written, tmp_path):
    for path, entry in written.items():
        place = tmp_path / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(entry["content"].replace("/etc/prometheus/", f"{tmp_path}/etc/prometheus/")
                         .replace("/etc/alertmanager/", f"{tmp_path}/etc/alertmanager/"))
    out = succeed("promtool", "check", "config", tmp_path / "etc/prometheus/prometheus.yml")
    assert f"{len(list((PROMETHEUS / 'rules').glob('*.yml'))) + 1} rule files found" in out
    succeed("amtool", "check-config", tmp_path / "etc/alertmanager/alertmanager.yml")


def test_units_name_what_is_there_and_all_they_need(written):
    environment = dict(line.split("=", 1) for line in written["/etc/default/monitoring"]["content"].split())
    for path, entry in written.items():
        if not path.endswith(".service"):
            continue
        text = entry["content"]
        assert "EnvironmentFile=/etc/default/monitoring" in text
        assert set(re.findall(r"\$\{(\w+)\}", text)) <= set(environment), path
        for command in re.findall(r"^Exec\w+=-?(\S+)", text, re.MULTILINE):
            assert command in written or command.startswith("/usr/bin/"), command
        for unit in re.findall(r"^(?:Requires|After)=(.+)$", text, re.MULTILINE):
            for name in unit.split():
                assert f"/etc/systemd/system/{name}" in written or name in {"docker.service", "network-online.target"}
    started = {name for line in yaml.safe_load(cloud_init())["runcmd"] for name in line if name.endswith(".service")}
    assert {f"/etc/systemd/system/{name}" for name in started - {"docker.service"}} == {path for path in written if path.endswith(".service")}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not everywhere")
def test_systemd_reads_the_units(written, tmp_path):
    for path, entry in written.items():
        if path.endswith(".service"):
            # The programs are on the instance, not here.
            text = re.sub(r"^(Exec\w+=-?)\S+", r"\1/bin/true", entry["content"], flags=re.MULTILINE)
            (tmp_path / path.split("/")[-1]).write_text(text)
    (tmp_path / "docker.service").write_text("[Service]\nExecStart=/bin/true\n")
    for unit in tmp_path.glob("*.service"):
        done = call("systemd-analyze", "verify", "--man=no", unit, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"})
        complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or unit.name in line]
        assert not complaints, done.stderr


# The script that decides over a disk, run for real on a file in the disk's place

@pytest.fixture
def mount_script(tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    log = tmp_path / "mounted"
    # What needs a real disk: mounting, and growing what is mounted.
    (tools / "mount").write_text(f'#!/bin/sh\necho "$@" >>{log}\n')
    (tools / "mountpoint").write_text(f"#!/bin/sh\ntest -e {log}\n")
    (tools / "xfs_growfs").write_text("#!/bin/sh\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    device, fstab = tmp_path / "device", tmp_path / "fstab"
    fstab.write_text("UUID=aaaa / xfs defaults 0 0\n")
    owner = f"{os.getuid()}:{os.getgid()}"

    def run(**changes):
        environment = {
            "PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin", "VOLUME_ID": "vol-0123", "DEVICE": str(device),
            "FSTAB": str(fstab), "DATA_FOLDER": str(tmp_path / "data"), "OWNER": owner, "WAIT_SECONDS": "0",
        }
        return call(TERRAFORM / "modules/prometheus_config/files/mount-data-volume", env={**environment, **changes})
    run.device, run.fstab, run.data = device, fstab, tmp_path / "data"
    return run


def blank(path):
    with path.open("wb") as file:
        file.truncate(320 << 20)  # XFS wants 300 MB; nothing of it is stored


def uuid_of(path):
    return succeed("/usr/sbin/blkid", "--probe", "--match-tag", "UUID", "--output", "value", path).strip()


def test_a_blank_volume_is_formatted_and_mounted_for_good(mount_script):
    blank(mount_script.device)
    done = mount_script()
    assert done.returncode == 0, done.stderr
    assert "is blank; formatting" in done.stdout
    entry = mount_script.fstab.read_text().splitlines()[1]
    assert entry.startswith(f"UUID={uuid_of(mount_script.device)} {mount_script.data} xfs ") and "nofail" in entry
    assert (mount_script.data / "prometheus").is_dir() and (mount_script.data / "alertmanager").is_dir()


def test_a_volume_with_data_is_never_formatted(mount_script):
    blank(mount_script.device)
    assert mount_script().returncode == 0
    before = uuid_of(mount_script.device)
    for _ in range(2):  # a restart, and the next instance with an fstab of its own
        done = mount_script()
        assert done.returncode == 0 and "formatting" not in done.stdout
        assert uuid_of(mount_script.device) == before
        assert mount_script.fstab.read_text().count(before) == 1
        mount_script.fstab.write_text("")


@pytest.mark.parametrize("make", ["mkfs.ext4 -q -F", "mkswap"])
def test_a_foreign_file_system_is_left_alone(mount_script, make):
    blank(mount_script.device)
    succeed(*make.split(), mount_script.device, env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})
    before = mount_script.device.read_bytes()[:1 << 20]
    mount_script()
    assert mount_script.device.read_bytes()[:1 << 20] == before


def test_an_unclear_volume_is_left_alone(mount_script, tmp_path):
    """XFS and swap space at once: blkid cannot tell, so a person should."""
    tools = {"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}
    blank(mount_script.device)
    succeed("mkfs.xfs", "-q", "-f", mount_script.device, env=tools)
    swap = tmp_path / "swap"
    blank(swap)
    succeed("mkswap", swap, env=tools)
    with mount_script.device.open("r+b") as file, swap.open("rb") as signature:
        for place in (file, signature):
            place.seek(1024)
        file.write(signature.read(4096 - 1024))
    before = mount_script.device.read_bytes()[:1 << 20]
    done = mount_script()
    assert done.returncode != 0 and "left alone" in done.stderr
    assert mount_script.device.read_bytes()[:1 << 20] == before
    assert len(mount_script.fstab.read_text().splitlines()) == 1


def test_a_volume_that_does_not_come_is_an_error(mount_script):
    done = mount_script()
    assert done.returncode != 0 and "did not appear" in done.stderr
    assert not mount_script.data.exists()
