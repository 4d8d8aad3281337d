"""The workflows: nothing unpinned, no stored key, no more rights than needed. actionlint, in `make verify`,
reads them as GitHub would."""

import re

import pytest
import yaml

from deployment import ROOT

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
    assert jobs["production"]["needs"] == "staging" and jobs["staging"]["needs"] == "images"
    apply = yaml.safe_load((ROOT / ".github/workflows/apply.yml").read_text())["jobs"]["apply"]
    assert apply["environment"] == "${{ inputs.environment }}"
