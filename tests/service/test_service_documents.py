"""The documents and the running program say the same: OpenAPI, Swagger UI, docs/metrics.md, docs/api.md."""

import json
import re
import shutil
import subprocess

import pytest
import requests

from clip_making import make_clip
from running_service import DEMO, ROOT, Service, photo

PHOTO_ROUTES = ["/v1/blur", "/v1/detect", "/detect_faces"]
VIDEO_ROUTES = ["/v1/videos", "/v1/videos/{id}", "/v1/videos/{id}/tracks", "/v1/videos/{id}/frames/{n}.jpg",
                "/v1/videos/{id}/render", "/v1/videos/{id}/result", "/v1/videos/{id}/receipt"]
FEEDBACK_ROUTES = ["/v1/feedback", "/v1/feedback/{id}"]
HELD_ROUTES = ["/v1/photos/{token}"]


@pytest.fixture(scope="module")
def openapi(service):
    return service.get("/openapi.json").json()


# OpenAPI

def test_both_names_give_the_same_document(service, openapi):
    assert service.get("/docs.json").json() == openapi
    assert openapi["openapi"] == "3.1.0"
    program = subprocess.run([service.process.args[0], "--version"], capture_output=True, text=True, check=True).stdout
    assert openapi["info"]["version"] in program


# They take more than a photo: tests/service/test_service_people.py, tests/receipts/test_receipts.py.
ELSEWHERE = ["/v1/references", "/v1/groups", "/v1/verify"]
RECEIPT_KEYS = "/.well-known/face-privacy-keys.json"


def test_every_path_of_the_document_is_served(service, openapi):
    for path, operations in openapi["paths"].items():
        if path in VIDEO_ROUTES + FEEDBACK_ROUTES + HELD_ROUTES:  # each has a file of tests here
            continue
        for method in operations:
            if method == "get":
                assert service.get(path).status_code == 200, path
            elif path not in ELSEWHERE:
                assert service.post(path, photo()).status_code == 200, path
    assert set(openapi["paths"]) == {*PHOTO_ROUTES, *VIDEO_ROUTES, *FEEDBACK_ROUTES, *HELD_ROUTES, *ELSEWHERE, "/blur/", RECEIPT_KEYS, "/livez", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"}


@pytest.mark.parametrize("route", PHOTO_ROUTES)
def test_the_options_of_the_document_are_those_of_the_program(service, openapi, route):
    operation = openapi["paths"][route]["post"]
    documented = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"]
    named = service.post(route + "?no_such_option=1", photo()).json()["detail"].split("there are ")[1].split(", ")
    assert sorted(documented) == sorted(named)
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert sorted(form) == sorted({*named, "photo"})


def test_the_ranges_of_the_document_are_those_of_the_program(service, openapi):
    faces = photo(name=None, size=(64, 64))
    for parameter in openapi["paths"]["/v1/blur"]["post"]["parameters"]:
        name, schema = parameter["name"], parameter.get("schema", {})
        good = [*schema.get("enum", []), *[schema[edge] for edge in ("minimum", "maximum") if edge in schema], *schema.get("examples", [])]
        if "default" in schema:
            good.append(json.dumps(schema["default"]).strip('"'))
        if name == "receipt":  # only a service with a key gives one
            good = [json.dumps(schema["default"])]
        for value in good:
            assert service.ask("POST", "/v1/blur", params={name: value}, data=faces).status_code == 200, (name, value)
        bad = [schema["minimum"] - 1] if "minimum" in schema else []
        bad += [schema["maximum"] + 1] if "maximum" in schema else []
        bad += ["no-such-value"] if "enum" in schema else []
        for value in bad:
            assert service.ask("POST", "/v1/blur", params={name: value}, data=faces).status_code == 400, (name, value)


def test_answers_have_the_shape_of_the_document(service, openapi):
    def matches(value, schema):
        if "$ref" in schema:
            return matches(value, openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        kinds = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int}
        if "type" in schema and not isinstance(value, kinds[schema["type"]]):
            return False
        if isinstance(value, dict):
            known = dict(schema.get("properties", {}))
            for pattern, inner in schema.get("patternProperties", {}).items():
                known |= {name: inner for name in value if re.search(pattern, name)}
            extra = schema.get("additionalProperties", True)
            return set(schema.get("required", [])) <= set(value) and all(
                matches(item, known[name]) if name in known else extra is True or (extra and matches(item, extra)) for name, item in value.items())
        return not isinstance(value, list) or all(matches(item, schema.get("items", {})) for item in value)

    for route in ("/v1/detect", "/detect_faces"):
        content = openapi["paths"][route]["post"]["responses"]["200"]["content"]["application/json"]
        assert matches(service.post(route, photo()).json(), content["schema"]), route
    problem = {"$ref": "#/components/schemas/Problem"}
    assert matches(service.post("/v1/blur", b"x").json(), problem)
    assert not matches({"code": 1}, problem)


def test_the_codes_of_the_program_are_those_of_the_documents(service, openapi):
    counted = set(re.findall(r'^face_privacy_problems_total\{code="(\w+)"\}', service.metrics(), re.MULTILINE))
    pages = [(ROOT / "docs/api.md").read_text().split("## Errors")[1].split("## ")[0],
             " ".join(answer["description"] for answer in openapi["components"]["responses"].values())]
    for page in pages:
        assert set(re.findall(r"`([a-z]+_[a-z_]+|unauthorized|starting|draining|stuck)`", page)) - {"detail"} == counted


# Swagger UI

def test_swagger_ui_needs_nothing_but_this_server(service):
    page = service.get("/docs")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"] and "default-src 'none'" in page.headers["Content-Security-Policy"]
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(files) == 4 and not re.search(r"https?:|//", page.text.replace("<!doctype html>", ""))
    for file in files:
        assert not file.startswith(("http", "/", "."))
        assert service.get("/" + file).status_code == service.get("/api/" + file).status_code == 200
    start = service.get("/docs/start.js").text
    assert "validatorUrl: null" in start and "http" not in start


@pytest.mark.skipif(not shutil.which("chromium"), reason="scripts/setup test installs chromium")
def test_swagger_ui_shows_every_call(service, tmp_path):
    """In a browser without a network: every other host is unreachable."""
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--virtual-time-budget=30000",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--dump-dom", service.url("/docs")],
        capture_output=True, text=True, timeout=180)
    for route in PHOTO_ROUTES + ["/readyz", "/metrics"]:
        assert f'data-path="{route}"' in done.stdout, route
    assert "Failed to load" not in done.stdout


# docs/metrics.md

def exposed(text):
    """{name: type} and {name: [label names]} of a scrape."""
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    labels = {}
    for name, pairs in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        base = name if name in kinds else re.sub(r"_(bucket|sum|count)$", "", name)
        labels.setdefault(base, set()).update(set(re.findall(r'(\w+)="', pairs)) - {"le"})
    return kinds, labels


def documented():
    page = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `((?:face_privacy|process)_\w+)` \| (counter|gauge|histogram)([^|]*)\|", page, re.MULTILINE)
    kinds = {name: kind for name, kind, _ in rows}
    labels = {name: set(re.findall(r"`(\w+)`", more)) - {"none"} for name, _, more in rows}
    buckets = {name: edges.split() for name, edges in re.findall(r"^\| `(face_privacy_\w+)` \| ((?:[\d.]+ ?)+) \|", page, re.MULTILINE)}
    return page, kinds, labels, buckets


def test_the_page_of_metrics_and_a_scrape_say_the_same():
    with Service("--threads", "1", "--profile", "fast") as fresh:
        first = fresh.metrics()
        fresh.post("/v1/blur", photo())
        fresh.post("/v1/blur?style=sepia", photo())
        text = fresh.metrics()
    page, kinds, labels, buckets = documented()
    assert exposed(first)[0] == kinds
    found_kinds, found_labels = exposed(text)
    assert found_kinds == kinds
    assert {name: found_labels[name] for name in labels} == labels
    for name, edges in buckets.items():
        found = re.findall(rf'^{name}_bucket\{{.*?le="([^"]+)"\}}', text, re.MULTILINE)
        assert [float(edge) for edge in dict.fromkeys(found)] == [*map(float, edges), float("inf")], name
    assert set(buckets) == {name for name, kind in kinds.items() if kind == "histogram"}
    for name, kind in kinds.items():
        assert kind != "histogram" or re.search(r"_(seconds|bytes|pixels|ratio|faces)$", name), name
        assert kind != "counter" or name.endswith("_total"), name


def test_the_page_of_metrics_names_every_label_value():
    with Service("--threads", "1", "--profile", "fast") as fresh:
        for path in ("/livez", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/", "/nothing"):
            fresh.get(path)
        for route in PHOTO_ROUTES:
            fresh.post(route, photo(name=None, size=(64, 64)))
        fresh.post("/v1/blur?detect=false", photo(name=None, size=(64, 64)))
        fresh.ask("PUT", "/livez")
        text = fresh.metrics()
    page = documented()[0]
    for label in ("route", "method", "operation", "profile", "style", "format", "stage", "phase", "reason"):
        for value in set(re.findall(rf'{label}="([^"]*)"', text)):
            assert f"`{value}`" in page, (label, value)


def test_what_is_counted_is_what_happened():
    with Service("--threads", "1", "--profile", "fast") as fresh:
        faces = photo()
        found = [int(fresh.post(path, faces).headers["X-Face-Count"]) for path in ("/v1/blur?style=fill", "/v1/detect", "/detect_faces")]
        fresh.post("/v1/blur", photo("png", name=None))
        box = fresh.post("/v1/detect", faces).json()["faces"][0]["box"]
        fresh.form("/v1/blur", {"keep": json.dumps([[box["x"] - 2, box["y"] - 2, box["width"] + 4, box["height"] + 4]]),
                                "regions": "[[1,1,9,9]]"}, {"p": ("p", faces)})
        fresh.post("/v1/blur", b"nonsense")
        metric = fresh.metric
        assert metric("face_privacy_photos_total", operation="blur", profile="fast", style="fill") == 1
        assert metric("face_privacy_photos_total", operation="blur", profile="fast", style="blur") == 2
        assert metric("face_privacy_photos_total", operation="detect", profile="fast", style="none") == 3
        assert metric("face_privacy_photos_without_face_total", operation="blur") == 1
        assert metric("face_privacy_photo_faces_count", operation="blur") == 3
        assert metric("face_privacy_photo_faces_sum", operation="detect") == 3 * found[1]
        assert metric("face_privacy_detection_score_ratio_count") == 5 * found[0]
        assert metric("face_privacy_faces_kept_total") >= 1
        assert metric("face_privacy_regions_redacted_total") == found[0] + found[0] + 1 - metric("face_privacy_faces_kept_total")
        assert metric("face_privacy_photo_formats_total", format="jpeg") == 5
        assert metric("face_privacy_photo_formats_total", format="png") == 1
        assert metric("face_privacy_problems_total", code="not_a_photo") == 1
        assert metric("face_privacy_http_requests_total", route="/v1/blur", method="POST", status="415") == 1
        assert metric("face_privacy_stage_duration_seconds_count", stage="detect") == 6
        assert metric("face_privacy_photo_size_pixels_sum") == 6 * 480 * 340
        assert metric("face_privacy_sent_bytes_total") > 0 and metric("face_privacy_received_bytes_total") > 4 * len(faces)


# docs/api.md

EXAMPLES = re.findall(r"^```(bash|python|javascript)\n(.*?)^```", (ROOT / "docs/api.md").read_text(), re.MULTILINE | re.DOTALL)


def test_the_examples_are_all_there():
    kinds = [kind for kind, _ in EXAMPLES]
    assert kinds.count("bash") >= 4 and kinds.count("python") >= 2 and kinds.count("javascript") >= 1


@pytest.mark.parametrize("kind, code", EXAMPLES, ids=[f"{number}-{kind}" for number, (kind, _) in enumerate(EXAMPLES)])
def test_an_example_of_the_guide_works(service, tmp_path, kind, code):
    shutil.copy(DEMO / "sample3.jpg", tmp_path / "photo.jpg")
    if "clip.mp4" in code:
        make_clip(tmp_path / "clip.mp4", seconds=1)
    assert "localhost:3000" in code or "keys.txt" in code
    name = {"bash": "example.sh", "python": "example.py", "javascript": "example.mjs"}[kind]
    (tmp_path / name).write_text(code.replace("localhost:3000", f"127.0.0.1:{service.port}"))
    command = {"bash": ["bash", "-euo", "pipefail"], "python": ["/usr/bin/python3"], "javascript": ["node"]}[kind]
    done = subprocess.run([*command, name], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    made = sorted(path for path in tmp_path.iterdir() if path.name not in ("photo.jpg", "clip.mp4", name))
    for path in made:
        if path.suffix in (".jpg", ".png"):
            assert path.read_bytes()[:2] in (b"\xff\xd8", b"\x89P") and path.read_bytes() != (DEMO / "sample3.jpg").read_bytes()
    for file in re.findall(r"-o (\S+)|open\(\"(\S+)\", \"wb\"|writeFile\(\"(\S+)\"", code):
        assert tmp_path / next(filter(None, file)) in made
    if "keys.txt" in code:
        with Service("--threads", "1", "--api-keys", tmp_path / "keys.txt") as locked:
            assert requests.post(locked.url("/v1/detect"), data=photo(), timeout=60).status_code == 401
    assert done.stdout or made
