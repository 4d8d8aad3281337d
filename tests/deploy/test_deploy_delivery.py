"""The workflows: nothing unpinned, no stored key, no more rights than needed. actionlint, in `make verify`,
reads them as GitHub would."""

import json
import os
import re

import pytest
import yaml

from deployment import ROOT, call

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def test_the_workflows_are_there():
    assert {path.stem for path in WORKFLOWS} >= {"ci", "images", "plan", "deploy", "apply", "release", "nightly"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit(path):
    for used in re.findall(r"uses: (\S+)(.*)", path.read_text()):
        name, comment = used
        if name.startswith("./"):
            assert (ROOT / name).is_file()
        else:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", name) and re.match(r" # v?\d", comment), used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_are_named_and_few(path):
    text = path.read_text()
    document = yaml.safe_load(text)
    assert document["permissions"] == {"contents": "read"}
    assert "secrets." not in text  # roles are assumed by OIDC, and GitHub's own token is github.token
    for job in document["jobs"].values():
        # Only a release pushes to the public registry.
        assert set(job.get("permissions", {})) <= {"contents", "id-token"} | ({"packages"} if path.stem == "release" else set())
        assert "write" not in job.get("permissions", {}).get("contents", "") or path.stem == "release"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_others_write_is_never_run(path):
    """A title or a branch's name in a script would be run; they come by environment variables only."""
    document = yaml.safe_load(path.read_text())
    for job in document["jobs"].values():
        for step in job.get("steps", []):
            for expression in re.findall(r"\$\{\{(.*?)\}\}", step.get("run", "")):
                assert re.fullmatch(r" (matrix\.\w+) ", expression), expression


def test_production_comes_after_staging_and_approval():
    jobs = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())["jobs"]
    assert jobs["production"]["needs"] == "staging" and jobs["staging"]["needs"] == ["images", "evaluate"]
    apply = yaml.safe_load((ROOT / ".github/workflows/apply.yml").read_text())["jobs"]["apply"]
    assert apply["environment"] == "${{ inputs.environment }}"


def measuring(tmp_path, covered):
    """scripts/evaluate-release with a program that covers so much of the faces."""
    program = tmp_path / "program"
    figures = {"all": {"faces": 12, "recall": 1, "precision": 1, "average_precision": 1, "covered": covered},
               "time_ms": {"detect": {"median": 5}}}
    program.write_text(f"#!/bin/sh\necho \"$@\" >>{tmp_path}/log\necho '{json.dumps(figures)}'\n")
    program.chmod(0o755)
    done = call(ROOT / "scripts/evaluate-release", env={**os.environ, "PROGRAM": str(program), "MLFLOW": "http://mlflow.test:5000"})
    return done, (tmp_path / "log").read_text().splitlines()


def test_what_covers_less_is_not_promoted(tmp_path):
    floor = json.loads((ROOT / "tests/testdata/photos/covered.json").read_text())
    done, asked = measuring(tmp_path, max(floor.values()))
    assert done.returncode == 0, done.stderr
    assert [re.search(r"--profile (\w+)", line).group(1) for line in asked] == ["fast", "balanced", "thorough"] == list(floor)
    assert all("--mlflow http://mlflow.test:5000" in line and "mlflow.source.git.commit=" in line for line in asked)
    done, _ = measuring(tmp_path, min(floor.values()) - 0.01)
    assert done.returncode == 1 and done.stderr.count("covered fell") == 3
