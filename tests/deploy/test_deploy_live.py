"""The real Prometheus, with the shipped configuration and rules, over two real services with real photos:
everything that is recorded, alerted on or drawn is asked for, and answers."""

import json
import re
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest
import requests

from clip_making import make_clip
from deployment import (DEPLOY, MADE_BY_PROMETHEUS, PROMETHEUS, all_queries, bare, dashboards, load, metric_names,
                        queries, rules)
from running_service import PROGRAM, Service, free_port, photo, wait_for

# These look at the day before. promtool's tests give them one; see test_what_a_fresh_service_lacks.
NEEDS_A_DAY = {rule["record"] for rule in rules("record") if rule["record"].endswith("_usual")}
# These need a recognizer, whose weights may not be installed; promtool's tests give them, too.
NEEDS_PEOPLE = {"face_privacy_people_kept:mean1h", "face_privacy_video_people_kept:mean1h"}
GIVEN_BY_PROMTOOL = NEEDS_A_DAY | NEEDS_PEOPLE


class Traffic(threading.Thread):
    """Some of everything, again and again, until told to stop: what users do, and what they do wrong."""

    def __init__(self, services, clip):
        super().__init__(daemon=True)
        self.services, self.clip, self.enough, self.failure = services, clip, threading.Event(), None

    def run(self):
        faces, none, png = photo(), photo(name=None), photo("png")
        everything = [
            ("/v1/blur?profile=fast", faces, "image/jpeg", 200),
            ("/v1/blur?profile=fast&style=pixelate", png, "image/png", 200),
            ("/v1/blur?profile=fast&style=fill", faces, "image/jpeg", 200),
            ("/v1/blur?detect=false&regions=" + urllib.parse.quote(json.dumps([{"x": 9, "y": 9, "width": 40, "height": 40}])),
             faces, "image/jpeg", 200),
            ("/v1/detect?profile=fast", none, "image/jpeg", 200),
            ("/v1/blur?profile=fast", none, "image/jpeg", 200),
            ("/detect_faces", faces, "image/jpeg", 200),
            ("/v1/blur?style=sepia", faces, "image/jpeg", 400),
            ("/v1/blur", b"no photo", "image/jpeg", 415),
        ]
        clip = [("/v1/videos?profile=fast&render=false", self.clip, "video/mp4", 202)]
        rounds = 0
        try:
            while not self.enough.is_set():
                rounds += 1
                for service in self.services:
                    # Their places are few: two clips, the second after the first was counted.
                    for path, body, kind, expected in everything + (clip if rounds in (1, 8) else []):
                        if self.enough.is_set():
                            return
                        self.enough.wait(0.05)  # other tests want the machine too
                        answer = service.post(path, body, kind)
                        assert answer.status_code == expected, (path, answer.status_code, answer.text[:300])
                    requests.get(f"http://127.0.0.1:{service.port}/livez", timeout=10)
                    self.overload(service, faces)
        except Exception as problem:  # shown by the test, which runs in another thread
            self.failure = problem

    @staticmethod
    def overload(service, body):
        """As many at once as makes some of them one too many where the queue is short."""
        def post():
            try:
                requests.post(f"http://127.0.0.1:{service.port}/v1/blur", data=body,
                              headers={"Content-Type": "image/jpeg"}, timeout=60)
            except requests.ConnectionError:
                pass
        crowd = [threading.Thread(target=post) for _ in range(6)]
        for member in crowd:
            member.start()
        for member in crowd:
            member.join()


class Monitoring:
    """Prometheus and Alertmanager with what is shipped; only addresses and intervals are the test's."""

    def __init__(self, folder, services):
        self.folder = folder
        self.port, self.alertmanager_port = free_port(), free_port()
        self.processes = []
        render = load(PROMETHEUS / "render.py")
        values = render.variant("compose") | {
            "environment": "test", "scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s",
            "service_discovery": "static_configs: " + json.dumps([{"targets": [service.instance for service in services]}]),
            "rules_folder": folder / "rules", "templates_folder": PROMETHEUS / "templates",
            "prometheus_target": f"127.0.0.1:{self.port}", "alertmanager_target": f"127.0.0.1:{self.alertmanager_port}",
        }
        (folder / "rules").mkdir()
        for name, text in render.render(values).items():
            (folder / name).write_text(text)
        for path in [*(PROMETHEUS / "rules").glob("*.yml"), folder / "site-rules.yml"]:
            (folder / "rules" / path.name).write_text(path.read_text())

    def start(self):
        self.started = time.time()
        self.launch("prometheus-alertmanager", f"--config.file={self.folder}/alertmanager.yml",
                    f"--storage.path={self.folder}/alertmanager", f"--web.listen-address=127.0.0.1:{self.alertmanager_port}",
                    "--cluster.listen-address=")
        self.launch("prometheus", f"--config.file={self.folder}/prometheus.yml",
                    f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.port}")
        wait_for(lambda: requests.get(f"http://127.0.0.1:{self.port}/-/ready").status_code == 200, "Prometheus")
        wait_for(lambda: requests.get(f"http://127.0.0.1:{self.alertmanager_port}/-/ready").status_code == 200, "Alertmanager")

    def launch(self, *command):
        log = (self.folder / f"{command[0]}.log").open("w")
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=60)

    def get(self, path, **parameters):
        answer = requests.get(f"http://127.0.0.1:{self.port}/api/v1/{path}", params=parameters, timeout=30).json()
        assert answer["status"] == "success", (parameters, answer)
        return answer["data"]

    def ask(self, query):
        return self.get("query", query=query)["result"]

    def ask_since_start(self, query):
        """As a dashboard does for its annotations: the whole time that is shown."""
        now = time.time()
        return self.get("query_range", query=query, start=self.started, end=now, step=max(1, (now - self.started) / 500))["result"]


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """Two services with traffic, one of which has hardly a queue and has been started twice."""
    assert PROGRAM.exists(), "make build first"
    services = [Service("--threads", "1", *queue, metrics=True, log_level="off") for queue in ([], ["--queue", "1"])]
    monitoring = Monitoring(tmp_path_factory.mktemp("monitoring"), services)
    traffic = Traffic(services, make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes())
    try:
        for service in services:
            service.start()
        monitoring.start()
        wait_for(lambda: len(monitoring.ask('up{job="face-privacy"} == 1')) == 2, "both scraped")
        wait_for(lambda: len(monitoring.ask('process_start_time_seconds{job="face-privacy"}')) == 2, "both started")
        services[1].stop()
        services[1].start()
        traffic.start()
        yield monitoring, services, traffic
    finally:
        traffic.enough.set()
        if traffic.is_alive():
            traffic.join(timeout=60)
        for service in services:
            service.stop()
        monitoring.stop()


def answered(live, query, what):
    monitoring, _, traffic = live

    def ask():
        assert traffic.failure is None, traffic.failure
        return monitoring.ask(query)
    return wait_for(ask, what)


def test_each_service_is_scraped_under_its_own_name(live):
    monitoring, services, _ = live
    # One has just been started again: a scrape may have come between.
    instances = {service.instance for service in services}
    wait_for(lambda: {sample["metric"]["instance"] for sample in monitoring.ask('up{job="face-privacy"} == 1')} == instances,
             "both scraped under their names")
    for service in services:
        answered(live, f'rate(face_privacy_http_requests_total{{instance="{service.instance}", route="/v1/blur"}}[1m]) > 0',
                 service.instance)


def test_prometheus_took_every_rule(live):
    monitoring, _, _ = live
    taken = [rule["name"] for group in monitoring.get("rules")["groups"] for rule in group["rules"]]
    assert sorted(taken) == sorted([rule["record"] for rule in rules("record")] + [rule["alert"] for rule in rules("alert")])


def test_every_metric_that_is_asked_for_is_there(live):
    monitoring, services, traffic = live
    answered(live, "face_privacy_problems_total", "a problem")
    recorded = {rule["record"] for rule in rules("record")}
    names = set()
    for text in [service.metrics() for service in services]:
        names |= set(re.findall(r"^([A-Za-z_:][A-Za-z0-9_:]*)[ {]", text, re.MULTILINE))
    own = set(re.findall(r"^(\w+)[ {]", requests.get(f"http://127.0.0.1:{monitoring.port}/metrics", timeout=10).text, re.MULTILINE))
    for where, query in all_queries():
        for name in metric_names(query):
            if name.startswith("prometheus_"):
                assert name in own, (where, name)
            elif not MADE_BY_PROMETHEUS.match(name) and name not in recorded:
                assert name in names, (where, name)


@pytest.mark.parametrize("name", sorted({rule["record"] for rule in rules("record")} - GIVEN_BY_PROMTOOL))
def test_every_recording_rule_records(live, name):
    samples = answered(live, name, name)
    assert all(float(sample["value"][1]) == float(sample["value"][1]) or "duration" in name for sample in samples), samples


@pytest.mark.parametrize("name, title, query", [
    (name, title, bare(query)) for name, dashboard in dashboards().items() if name != "batch" for title, query in queries(dashboard)
    if not metric_names(query) & GIVEN_BY_PROMTOOL and title != "Starts"
])
def test_every_panel_has_data(live, name, title, query):
    answered(live, query, f"{name}: {title}")


def test_every_start_is_marked(live):
    monitoring, services, _ = live
    for dashboard in dashboards().values():
        marks = dashboard["annotations"]["list"]
        assert [mark["name"] for mark in marks] == ["Starts"]
        found = monitoring.ask_since_start(marks[0]["expr"])
        assert [series["metric"]["instance"] for series in found] == [services[1].instance]


def test_every_variable_has_values(live):
    monitoring, services, _ = live
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            metric, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"]).groups()
            values = {sample["metric"][label] for sample in monitoring.ask(f"count by ({label}) ({metric})")}
            assert values >= ({service.instance for service in services} if label == "instance" else {"/v1/blur", "/v1/detect"})


def test_every_alerts_expression_is_evaluated_without_error(live):
    monitoring, _, _ = live
    for group in monitoring.get("rules")["groups"]:
        for rule in group["rules"]:
            assert rule["health"] == "ok", (rule["name"], rule.get("lastError"))
    for rule in rules("alert"):
        monitoring.ask(rule["expr"])


def test_what_a_fresh_service_lacks_is_given_by_promtool():
    quiet = (PROMETHEUS / "tests/quiet.yml").read_text()
    assert len(NEEDS_A_DAY) == 6
    for name in GIVEN_BY_PROMTOOL:
        assert f"expr: 'round({name}, 0.001)'" in quiet


def test_the_watchdog_reaches_alertmanager(live):
    monitoring, _, _ = live
    alerts = wait_for(lambda: requests.get(f"http://127.0.0.1:{monitoring.alertmanager_port}/api/v2/alerts").json(), "the watchdog")
    watchdog = [alert for alert in alerts if alert["labels"]["alertname"] == "Watchdog"]
    assert watchdog and watchdog[0]["labels"]["environment"] == "test"
    assert watchdog[0]["receivers"] == [{"name": "nobody"}]


def test_overload_is_noticed(live):
    """A fault that users cause: too many photos at once for the service with hardly a queue."""
    expression = next(rule["expr"] for rule in rules("alert") if rule["alert"] == "FacePrivacyRejecting")
    answered(live, expression, "FacePrivacyRejecting")
    answered(live, 'ALERTS{alertname="FacePrivacyRejecting"}', "FacePrivacyRejecting among the alerts")


def test_counters_of_the_instances_add_up(live):
    """What each counted itself is what Prometheus has; a scrape through a load balancer would mix them."""
    monitoring, services, traffic = live
    traffic.enough.set()
    traffic.join(timeout=60)
    assert traffic.failure is None, traffic.failure
    for service in services:
        counted = sum(float(value) for value in re.findall(r"^face_privacy_photos_total\{.*\} (\S+)$", service.metrics(), re.MULTILINE))
        assert counted > 0
        query = f'sum(face_privacy_photos_total{{instance="{service.instance}"}}) == {counted}'
        wait_for(lambda: monitoring.ask(query), query, 30)


def test_an_instance_that_dies_is_noticed_and_then_all_of_them(live):
    monitoring, services, _ = live
    down = next(rule["expr"] for rule in rules("alert") if rule["alert"] == "FacePrivacyInstanceDown")
    absent = next(rule["expr"] for rule in rules("alert") if rule["alert"] == "FacePrivacyAbsent")
    assert monitoring.ask(down) == [] and monitoring.ask(absent) == []
    services[1].stop(signal.SIGKILL)
    found = wait_for(lambda: monitoring.ask(down), "FacePrivacyInstanceDown")
    assert [sample["metric"]["instance"] for sample in found] == [services[1].instance]
    assert monitoring.ask(absent) == []
    services[0].stop(signal.SIGKILL)
    wait_for(lambda: monitoring.ask(absent), "FacePrivacyAbsent")
    wait_for(lambda: monitoring.ask('ALERTS{alertname="FacePrivacyAbsent", alertstate="pending"}'), "pending")
