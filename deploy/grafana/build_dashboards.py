#!/usr/bin/env python3
"""The source of the dashboards: writes dashboards/*.json.

A dashboard is a list of rows, a row a list of panels, and a panel says what it shows in one sentence.
`build_dashboards.py FOLDER` writes elsewhere, for the test that the files are up to date.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
PHOTO_ROUTES = "/v1/blur|/v1/detect|/detect_faces"

# The variables' matchers. Rules that have no such label cannot be narrowed down by it.
INSTANCE = 'instance=~"$instance"'
ROUTE = 'route=~"$route"'


def variable(name, label, query):
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all", "selected": True},
        "sort": 1,
    }


VARIABLES = [
    variable("instance", "Instance", 'label_values(up{job="face-privacy"}, instance)'),
    variable("route", "Route", "label_values(face_privacy_http_requests_total, route)"),
]


def panel(title, description, unit, queries, kind="timeseries", width=8, height=8, thresholds=(), maximum=None, stack=False):
    """`queries` is a list of (legend, PromQL); `thresholds` one of (color, from)."""
    defaults = {"unit": unit, "min": 0}
    if maximum is not None:
        defaults["max"] = maximum
    steps = [{"color": "green", "value": None}]
    steps += [{"color": color, "value": start} for color, start in thresholds]
    defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    made = {
        "title": title,
        "description": description,
        "type": kind,
        "datasource": DATASOURCE,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": DATASOURCE,
                "expr": expression,
                "legendFormat": legend,
                "range": kind in ("timeseries", "heatmap"),
                "instant": kind not in ("timeseries", "heatmap"),
                "format": {"heatmap": "heatmap", "table": "table"}.get(kind, "time_series"),
            }
            for index, (legend, expression) in enumerate(queries)
        ],
        "options": {},
    }
    if kind == "timeseries":
        defaults["custom"] = {
            "lineWidth": 1,
            "fillOpacity": 25 if stack else 8,
            "showPoints": "never",
            "stacking": {"mode": "normal" if stack else "none"},
            "thresholdsStyle": {"mode": "line" if thresholds else "off"},
        }
        made["options"] = {
            "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    elif kind == "stat":
        made["options"] = {
            "reduceOptions": {"calcs": ["lastNotNull"]},
            "colorMode": "value" if thresholds else "none",
            "graphMode": "none",
            "textMode": "auto",
        }
    elif kind == "heatmap":
        made["options"] = {
            "calculate": False,
            "color": {"mode": "scheme", "scheme": "Blues", "steps": 32},
            "yAxis": {"unit": unit},
            "cellGap": 1,
        }
    return made


def table(title, description, queries, width, columns):
    """Instant queries, merged by instance; `columns` renames and orders what is shown."""
    made = panel(title, description, "short", queries, kind="table", width=width)
    made["transformations"] = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {"Time": True, "__name__": True, "job": True, "name": True},
                "renameByName": {source: shown for source, shown, _ in columns},
                "indexByName": {source: index for index, (source, _, _) in enumerate(columns)},
            },
        },
    ]
    made["fieldConfig"]["overrides"] = [
        {"matcher": {"id": "byName", "options": shown}, "properties": [{"id": "unit", "value": unit}]}
        for _, shown, unit in columns
        if unit
    ]
    return made


def alert_list(width=24, height=7):
    return {
        "title": "Alerts",
        "description": "What Prometheus' rules say now: firing, and pending. What to do is in docs/runbook.md.",
        "type": "alertlist",
        "datasource": DATASOURCE,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": {"unit": "none"}, "overrides": []},
        "options": {
            "viewMode": "list",
            "groupMode": "default",
            "maxItems": 50,
            "sortOrder": 3,
            "alertName": "",
            "datasource": "Prometheus",
            # The watchdog always fires.
            "alertInstanceLabelFilter": '{alertname!="Watchdog"}',
            "stateFilter": {"firing": True, "pending": True, "error": True, "noData": False, "normal": False},
        },
    }


def dashboard(uid, title, description, rows):
    panels = []
    top = 0
    for name, members in rows:
        panels.append(
            {"type": "row", "title": name, "collapsed": False, "panels": [], "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}}
        )
        top += 1
        left = height = 0
        for member in members:
            place = member["gridPos"]
            if left + place["w"] > 24:
                top += height
                left = height = 0
            place["x"], place["y"] = left, top
            left += place["w"]
            height = max(height, place["h"])
            panels.append(member)
        top += height
    for index, member in enumerate(panels, start=1):
        member["id"] = index
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["face-privacy"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": VARIABLES},
        "links": [
            {
                "type": "dashboards",
                "tags": ["face-privacy"],
                "title": "face-privacy",
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "annotations": {
            "list": [
                {
                    "name": "Starts",
                    "datasource": DATASOURCE,
                    "enable": True,
                    "iconColor": "blue",
                    "expr": 'changes(process_start_time_seconds{job="face-privacy"}[2m]) > 0',
                    "titleFormat": "{{instance}} started",
                }
            ]
        },
        "panels": panels,
    }


def errors_of(selector):
    """5xx a second; 0 and not nothing where there were none."""
    answered = f"sum(rate(face_privacy_http_requests_total{{{selector}}}[$__rate_interval]))"
    failed = f'sum(rate(face_privacy_http_requests_total{{{selector}, status=~"5.."}}[$__rate_interval]))'
    return failed, answered


def quantile(share, metric, labels="le", selector=INSTANCE):
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{{{selector}}}[$__rate_interval])))"


def service():
    photo = f'{INSTANCE}, {ROUTE}, route=~"{PHOTO_ROUTES}"'
    failed, answered = errors_of(photo)
    processing = "face_privacy_processing_duration_seconds"
    request = "face_privacy_http_request_duration_seconds"
    return dashboard(
        "face-privacy-service",
        "face-privacy: service",
        "Rate, errors, duration and stages of the model service, and how near it is to its limits.",
        [
            ("Now", [
                panel("Photos a second", "Requests to the three routes that take a photo.", "reqps",
                      [("photos", answered)], kind="stat", width=4, height=4),
                panel("Errors", "Share of these requests that was answered with a 5xx in the last five minutes, the worst route.", "percentunit",
                      [("errors", f"max(route:face_privacy_http_errors:ratio_rate5m{{{ROUTE}}})")], kind="stat", width=4, height=4,
                      thresholds=[("orange", 0.005), ("red", 0.02)]),
                panel("95th percentile", "Queue and compute of a photo, the slowest route.", "s",
                      [("p95", f"max(route:{processing}:p95_5m{{{ROUTE}}})")], kind="stat", width=4, height=4,
                      thresholds=[("orange", 0.5), ("red", 1)]),
                panel("Refused for overload", "Share of the photos that were answered with 429.", "percentunit",
                      [("refused", "face_privacy_overload:ratio_rate5m")], kind="stat", width=4, height=4,
                      thresholds=[("orange", 0.001), ("red", 0.01)]),
                panel("Cores at work", "Share of the compute threads' time, all instances together.", "percentunit",
                      [("used", f"avg(instance:face_privacy_compute_utilisation:ratio_rate5m{{{INSTANCE}}})")], kind="stat", width=4, height=4,
                      thresholds=[("orange", 0.75), ("red", 0.9)]),
                panel("Instances ready", "Instances that take photos.", "none",
                      [("ready", f"sum(face_privacy_ready{{{INSTANCE}}})")], kind="stat", width=4, height=4),
            ]),
            ("Rate", [
                panel("Requests by route", "Answers a second, probes and scrapes included.", "reqps",
                      [("{{route}}", f"sum by (route) (rate(face_privacy_http_requests_total{{{INSTANCE}, {ROUTE}}}[$__rate_interval]))")], stack=True),
                panel("Requests by status", "Answers a second by HTTP status.", "reqps",
                      [("{{status}}", f"sum by (status) (rate(face_privacy_http_requests_total{{{INSTANCE}, {ROUTE}}}[$__rate_interval]))")], stack=True),
                panel("Photos by what was asked", "Photos answered with 200 a second, by operation, profile and style.", "reqps",
                      [("{{operation}} {{profile}} {{style}}", f"sum by (operation, profile, style) (rate(face_privacy_photos_total{{{INSTANCE}}}[$__rate_interval])) > 0")], stack=True),
            ]),
            ("Errors", [
                panel("Server errors", "Share of the requests to each photo route that got a 5xx, over five minutes. Above 2 % an alert fires.", "percentunit",
                      [("{{route}}", f"route:face_privacy_http_errors:ratio_rate5m{{{ROUTE}}}")], thresholds=[("red", 0.02)]),
                panel("Problems by code", "Error answers a second by their stable code; most are the clients' own.", "reqps",
                      [("{{code}}", f"sum by (code) (rate(face_privacy_problems_total{{{INSTANCE}}}[$__rate_interval]))")], stack=True),
                panel("Refused, by reason", "Requests a second that were refused to protect the service.", "reqps",
                      [("{{reason}}", "reason:face_privacy_rejected_requests:rate5m > 0")], stack=True),
                panel("Clients that went away", "Requests a second whose client was gone before the answer, by how far they had come.", "reqps",
                      [("{{phase}}", f"sum by (phase) (rate(face_privacy_cancelled_requests_total{{{INSTANCE}}}[$__rate_interval]))")]),
                panel("Failed photos a second", "5xx a second on the photo routes; 0 is drawn too.", "reqps",
                      [("failed", f"({failed}) or 0 * ({answered})")], thresholds=[("red", 0.1)]),
                panel("Connections opened", "TCP connections accepted a second. Far more than requests: clients do not keep them alive.", "cps",
                      [("{{instance}}", f"sum by (instance) (rate(face_privacy_connections_total{{{INSTANCE}}}[$__rate_interval]))")]),
            ]),
            ("Duration", [
                panel("Processing time", "From the end of the body to the start of the answer: queue and compute.", "s",
                      [(f"p{int(share * 100)} {{{{route}}}}", quantile(share, processing, "route, le", f"{INSTANCE}, {ROUTE}")) for share in (0.5, 0.95, 0.99)]),
                panel("Whole request", "With the client's own upload and download. Far above the processing time: clients are slow.", "s",
                      [(f"p{int(share * 100)}", quantile(share, request, "le", photo)) for share in (0.5, 0.95)]),
                panel("Processing time, all photos", "How many photos took how long.", "s",
                      [("{{le}}", f"sum by (le) (rate({processing}_bucket{{{INSTANCE}, {ROUTE}}}[$__rate_interval]))")], kind="heatmap"),
            ]),
            ("Stages", [
                panel("Mean time by stage", "Where a photo's time goes, receive and send apart from the rest.", "s",
                      [("{{stage}}", 'stage:face_privacy_stage_duration_seconds:mean5m{stage!~"receive|send"}')], stack=True),
                panel("95th percentile by stage", "A stage that is slow for one photo in twenty.", "s",
                      [("{{stage}}", quantile(0.95, "face_privacy_stage_duration_seconds", "stage, le"))]),
                panel("Photo sizes", "Pixels of the photos that come: the mean, and the 95th percentile.", "pixel",
                      [("mean", f"sum(rate(face_privacy_photo_size_pixels_sum{{{INSTANCE}}}[$__rate_interval])) / (sum(rate(face_privacy_photo_size_pixels_count{{{INSTANCE}}}[$__rate_interval])) > 0)"),
                       ("p95", quantile(0.95, "face_privacy_photo_size_pixels"))]),
                panel("File sizes", "Bytes of the photos that come: the mean, and the 95th percentile.", "bytes",
                      [("mean", f"sum(rate(face_privacy_photo_size_bytes_sum{{{INSTANCE}}}[$__rate_interval])) / (sum(rate(face_privacy_photo_size_bytes_count{{{INSTANCE}}}[$__rate_interval])) > 0)"),
                       ("p95", quantile(0.95, "face_privacy_photo_size_bytes"))]),
                panel("Formats", "Photos a second by the format that they came in.", "reqps",
                      [("{{format}}", f"sum by (format) (rate(face_privacy_photo_formats_total{{{INSTANCE}}}[$__rate_interval]))")], stack=True),
                panel("Fast path", "Share of the photos that were blurred without touching anything outside the faces.", "percentunit",
                      [("fast path", f'sum(rate(face_privacy_fast_path_photos_total{{{INSTANCE}}}[$__rate_interval])) / (sum(rate(face_privacy_photos_total{{{INSTANCE}, operation="blur"}}[$__rate_interval])) > 0)')], maximum=1),
            ]),
            ("Capacity", [
                panel("Compute", "Share of its time in which an instance's compute threads were at work. Above 90 % for a quarter of an hour an alert fires.", "percentunit",
                      [("{{instance}}", f"instance:face_privacy_compute_utilisation:ratio_rate5m{{{INSTANCE}}}")], thresholds=[("red", 0.9)], maximum=1),
                panel("Queue", "Photos waiting for a core, and how many may.", "none",
                      [("waiting {{instance}}", f"face_privacy_queue_depth{{{INSTANCE}}}"), ("capacity {{instance}}", f"face_privacy_queue_capacity{{{INSTANCE}}}")]),
                panel("At work", "Compute threads at work, and how many there are.", "none",
                      [("busy {{instance}}", f"face_privacy_compute_busy_threads{{{INSTANCE}}}"), ("threads {{instance}}", f"face_privacy_compute_threads{{{INSTANCE}}}")]),
                panel("Processes that failed", "Processes a second that ended before their photo was done, by why. Clients that went away are left out. More than 1 % of the photos fire an alert.", "cps",
                      [("{{reason}}", f'sum by (reason) (rate(face_privacy_workers_restarted_total{{{INSTANCE}, reason!="cancelled"}}[$__rate_interval]))')]),
                panel("Lost work", "Share of a core's time that went into photos whose process ended before they were done.", "percentunit",
                      [("{{instance}}", f"rate(face_privacy_worker_killed_seconds_total{{{INSTANCE}}}[$__rate_interval])")]),
                panel("Processor time", "Cores that photos keep busy.", "none",
                      [("{{instance}}", f"rate(face_privacy_worker_cpu_seconds_total{{{INSTANCE}}}[$__rate_interval])")]),
                panel("Memory", "Resident memory of an instance as a share of what its task may use. Above 85 % an alert fires.", "percentunit",
                      [("{{instance}}", f"instance:face_privacy_memory:ratio{{{INSTANCE}}}")], thresholds=[("red", 0.85)]),
                panel("Bytes in flight", "Bodies and answers held in memory, as a share of --max-in-flight.", "percentunit",
                      [("{{instance}}", f"instance:face_privacy_in_flight_bytes:ratio{{{INSTANCE}}}")], thresholds=[("red", 0.8)], maximum=1),
                panel("Requests in flight", "Photo requests between header and end of answer.", "none",
                      [("{{instance}}", f"face_privacy_requests_in_flight{{{INSTANCE}}}")]),
                panel("Connections", "Open TCP connections.", "none",
                      [("{{instance}}", f"face_privacy_connections_open{{{INSTANCE}}}")]),
                panel("Traffic in", "Bytes of request bodies a second.", "Bps",
                      [("{{instance}}", f"sum by (instance) (rate(face_privacy_received_bytes_total{{{INSTANCE}}}[$__rate_interval]))")]),
                panel("Traffic out", "Bytes of answers a second.", "Bps",
                      [("{{instance}}", f"sum by (instance) (rate(face_privacy_sent_bytes_total{{{INSTANCE}}}[$__rate_interval]))")]),
            ]),
            ("Clips", [
                panel("Clips by state", "Clips that are here. Many that are done are results nobody fetches; many that wait are work.", "none",
                      [("{{state}}", f"sum by (state) (face_privacy_video_jobs{{{INSTANCE}}})")], stack=True),
                panel("Places and room", "Share of --video-jobs and of --video-bytes that clips take. Above 90 % for a quarter of an hour an alert fires.", "percentunit",
                      [("places {{instance}}", f"sum by (instance) (face_privacy_video_jobs{{{INSTANCE}}}) / on (instance) max by (instance) (face_privacy_video_jobs_limit{{{INSTANCE}}})"),
                       ("room {{instance}}", f"face_privacy_video_spooled_bytes{{{INSTANCE}}} / face_privacy_video_spool_limit_bytes{{{INSTANCE}}}")], thresholds=[("red", 0.9)]),
                panel("Clips a second", "What happened to clips.", "cps",
                      [("{{event}}", f"sum by (event) (rate(face_privacy_video_events_total{{{INSTANCE}}}[$__rate_interval]))")]),
                panel("Frames of clips a second", "Frames that one clip at work gets through in a second, by stage.", "none",
                      [("{{stage}}", f"sum by (stage) (rate(face_privacy_video_frames_total{{{INSTANCE}}}[$__rate_interval])) / sum by (stage) (rate(face_privacy_video_work_seconds_total{{{INSTANCE}}}[$__rate_interval]))")]),
                panel("Playing time a second", "Seconds of clip that a second of work gets through, by stage.", "none",
                      [("{{stage}}", f"sum by (stage) (rate(face_privacy_video_seconds_total{{{INSTANCE}}}[$__rate_interval])) / sum by (stage) (rate(face_privacy_video_work_seconds_total{{{INSTANCE}}}[$__rate_interval]))")]),
                panel("Clips that failed", "Clips a second that failed, by code. More than three in half an hour for a reason that is not in the clip fire an alert.", "cps",
                      [("{{code}}", f"sum by (code) (rate(face_privacy_video_failures_total{{{INSTANCE}}}[$__rate_interval]))")]),
            ]),
        ],
    )


def privacy():
    score = "face_privacy_detection_score_ratio"
    return dashboard(
        "face-privacy-privacy",
        "face-privacy: privacy",
        "Whether faces are still found. A detector that misses them answers quickly and without an error.",
        [
            ("Now", [
                panel("Photos without a face", "Share of the searched photos of the last hour in which no face was found.", "percentunit",
                      [("{{operation}}", "operation:face_privacy_photos_without_face:ratio1h")], kind="stat", width=6, height=5),
                panel("Mean score", "Mean of the detector's scores in the last hour.", "percentunit",
                      [("score", "face_privacy_detection_score:mean1h")], kind="stat", width=6, height=5),
                panel("Nearly missed", "Share of the faces found with a score less than 0.1 above the threshold, in the last hour.", "percentunit",
                      [("borderline", "face_privacy_borderline_detections:ratio1h")], kind="stat", width=6, height=5),
                panel("Models in use", "Different weights among the instances; anything but 1 is wrong, except during a rollout.", "none",
                      [("models", "count(sha256:face_privacy_model:count)")], kind="stat", width=6, height=5, thresholds=[("red", 2)]),
            ]),
            ("Faces", [
                panel("Photos without a face", "Share of the searched photos, over an hour, beside what is usual: the mean of the day before. A jump fires an alert.", "percentunit",
                      [("{{operation}}", "operation:face_privacy_photos_without_face:ratio1h"),
                       ("usual {{operation}}", "operation:face_privacy_photos_without_face:ratio1h_usual")], width=12, maximum=1),
                panel("Faces a photo", "Mean number of faces found in a searched photo, over an hour.", "none",
                      [("{{operation}}", "operation:face_privacy_photo_faces:mean1h")], width=6),
                panel("Photos searched", "Photos of the last hour that the shares on this page are of; below fifty the alerts keep silent.", "none",
                      [("{{operation}}", "operation:face_privacy_photos_searched:increase1h")], width=6),
                panel("Distribution of faces", "How many photos had how many faces.", "none",
                      [("{{le}}", f"sum by (le) (rate(face_privacy_photo_faces_bucket{{{INSTANCE}}}[$__rate_interval]))")], kind="heatmap", width=12),
                panel("Regions redacted", "Regions made unrecognizable a second: faces, and what users drew.", "cps",
                      [("regions", f"sum(rate(face_privacy_regions_redacted_total{{{INSTANCE}}}[$__rate_interval]))")], width=6),
                panel("Faces kept", "Faces a second that users asked to leave visible.", "cps",
                      [("kept", f"sum(rate(face_privacy_faces_kept_total{{{INSTANCE}}}[$__rate_interval]))")], width=6),
            ]),
            ("People who may be seen", [
                panel("Kept by likeness", "Mean number of faces left visible in a photo with people to look for, over an hour, beside what is usual. A jump fires an alert.", "none",
                      [("kept a photo", "face_privacy_people_kept:mean1h"), ("usual", "face_privacy_people_kept:mean1h_usual")], width=12),
                panel("Kept and asked about", "Faces a second that look like a person of the request, and that may be one and are covered.", "cps",
                      [("kept", f"sum(rate(face_privacy_people_kept_total{{{INSTANCE}}}[$__rate_interval]))"),
                       ("asked", f"sum(rate(face_privacy_people_asked_total{{{INSTANCE}}}[$__rate_interval]))")], width=6),
                panel("Photos with people to look for", "Photos a second in which faces were compared with people of the request.", "reqps",
                      [("photos", f"sum(rate(face_privacy_people_photos_total{{{INSTANCE}}}[$__rate_interval]))")], width=6),
                panel("Kept by likeness in clips", "Mean number of tracks left visible in a clip with people to look for, over an hour, beside what is usual. A jump fires an alert.", "none",
                      [("kept a clip", "face_privacy_video_people_kept:mean1h"), ("usual", "face_privacy_video_people_kept:mean1h_usual")], width=12),
                panel("Kept and asked about in clips", "Tracks of the last hour that look like a person of the request, and that may be one and are covered.", "none",
                      [("kept", f"sum(increase(face_privacy_video_people_kept_total{{{INSTANCE}}}[1h]))"),
                       ("asked", f"sum(increase(face_privacy_video_people_asked_total{{{INSTANCE}}}[1h]))")], width=6),
                panel("Clips with people to look for", "Clips of the last hour in which tracks were compared with people of the request; below ten the alert keeps silent.", "none",
                      [("clips", "face_privacy_video_people_clips:increase1h")], width=6),
            ]),
            ("Scores", [
                panel("Distribution of scores", "How many faces were found with which score. A shift downwards means that more are just below the threshold.", "percentunit",
                      [("{{le}}", f"sum by (le) (rate({score}_bucket{{{INSTANCE}}}[$__rate_interval]))")], kind="heatmap", width=12),
                panel("Mean score", "Over an hour, beside what is usual. Five points apart fire an alert.", "percentunit",
                      [("mean", "face_privacy_detection_score:mean1h"), ("usual", "face_privacy_detection_score:mean1h_usual")], width=12, maximum=1),
                panel("Nearly missed", "Share of the faces with a score less than 0.1 above the threshold, beside what is usual.", "percentunit",
                      [("borderline", "face_privacy_borderline_detections:ratio1h"), ("usual", "face_privacy_borderline_detections:ratio1h_usual")], width=12),
                panel("Scores by quantile", "The score that a tenth, a quarter and a half of the faces stay below.", "percentunit",
                      [(f"p{int(share * 100)}", quantile(share, score)) for share in (0.1, 0.25, 0.5)], width=12, maximum=1),
            ]),
            ("What decides", [
                panel("Models", "Instances by the weights they use.", "none",
                      [("{{name}} {{sha256}}", "sha256:face_privacy_model:count")], width=12, stack=True),
                panel("Default thresholds", "The score below which a detection is no face, where a request names none. A rise fires an alert.", "percentunit",
                      [("{{profile}}", f"max by (profile) (face_privacy_default_min_score_ratio{{{INSTANCE}}})")], width=6, maximum=1),
                panel("Uncertain in clips", "Spans in which a face may show although a track says where it is, for each track found in a clip.", "none",
                      [("spans a track", f"sum(rate(face_privacy_video_uncertain_spans_total{{{INSTANCE}}}[$__rate_interval])) / sum(rate(face_privacy_video_tracks_total{{{INSTANCE}}}[$__rate_interval]))")], width=12),
                panel("Without detection", "Photos a second for which the search for faces was switched off.", "reqps",
                      [("not searched", f'sum(rate(face_privacy_photos_total{{{INSTANCE}, profile="none"}}[$__rate_interval]))')], width=6),
            ]),
        ],
    )


def fleet():
    return dashboard(
        "face-privacy-fleet",
        "face-privacy: fleet",
        "Which instances run, in which version, and whether what watches them works.",
        [
            ("Alerts", [
                alert_list(),
                panel("Alerts firing", "Alerts over time, as Prometheus saw them; the watchdog, which always fires, is left out.", "none",
                      [("{{alertname}}", 'count by (alertname) (ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)')], width=24, height=6, stack=True),
            ]),
            ("Instances", [
                table("Instances", "Each instance with its version, readiness, age, memory and load.",
                      [("", f"face_privacy_build_info{{{INSTANCE}}}"),
                       ("", f"face_privacy_ready{{{INSTANCE}}}"),
                       ("", f'time() - process_start_time_seconds{{job="face-privacy", {INSTANCE}}}'),
                       ("", f'process_resident_memory_bytes{{job="face-privacy", {INSTANCE}}} + face_privacy_workers_resident_bytes{{{INSTANCE}}}'),
                       ("", f"instance:face_privacy_compute_utilisation:ratio_rate5m{{{INSTANCE}}}")], 24,
                      [("instance", "Instance", None), ("version", "Version", None), ("compiler", "Compiler", None), ("Value #A", "Runs", "none"),
                       ("Value #B", "Ready", "bool_yes_no"), ("Value #C", "Up for", "s"), ("Value #D", "Memory", "bytes"), ("Value #E", "Cores at work", "percentunit")]),
                panel("Reachable", "1 where Prometheus reaches the instance's /metrics.", "none",
                      [("{{instance}}", f'up{{job="face-privacy", {INSTANCE}}}')], maximum=1),
                panel("Ready and draining", "Instances that take photos, and instances on their way out.", "none",
                      [("ready", f"sum(face_privacy_ready{{{INSTANCE}}})"), ("draining", f"sum(face_privacy_draining{{{INSTANCE}}})")]),
                panel("Versions", "Instances by version; two at once for longer than a rollout fire an alert.", "none",
                      [("{{version}}", f"count by (version) (face_privacy_build_info{{{INSTANCE}}})")], stack=True),
                panel("Processor", "Cores that the program uses, network included.", "none",
                      [("{{instance}}", f'rate(process_cpu_seconds_total{{job="face-privacy", {INSTANCE}}}[$__rate_interval])')]),
                panel("Resident memory", "Memory that the program holds, with the processes that photos and clips are worked on in.", "bytes",
                      [("{{instance}}", f'process_resident_memory_bytes{{job="face-privacy", {INSTANCE}}} + face_privacy_workers_resident_bytes{{{INSTANCE}}}')]),
                panel("Open files", "Open files and connections, as a share of what the program may have.", "percentunit",
                      [("{{instance}}", f'process_open_fds{{job="face-privacy", {INSTANCE}}} / process_max_fds{{job="face-privacy", {INSTANCE}}}')], thresholds=[("red", 0.8)]),
            ]),
            ("Monitoring", [
                panel("Targets", "Everything that Prometheus scrapes: 1 where it answers.", "none",
                      [("{{job}} {{instance}}", "up")], maximum=1),
                panel("Samples", "Samples taken in a second.", "cps",
                      [("samples", "rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval])")]),
                panel("Series", "Series in memory. It should follow the number of instances and nothing else.", "none",
                      [("series", "prometheus_tsdb_head_series")]),
                panel("Data on disk", "Blocks on the data volume; the oldest go when 80 % of it is full.", "bytes",
                      [("blocks", "prometheus_tsdb_storage_blocks_bytes")]),
                panel("Rule failures", "Evaluations of rules that failed in a second; anything but 0 leaves alerts blind.", "cps",
                      [("{{rule_group}}", "sum by (rule_group) (rate(prometheus_rule_evaluation_failures_total[$__rate_interval]))")]),
                panel("Scrape duration", "Time that an instance takes to give its metrics.", "s",
                      [("{{instance}}", f'scrape_duration_seconds{{job="face-privacy", {INSTANCE}}}')]),
            ]),
        ],
    )


def counter(name, matchers=""):
    """A counter of batches, by its own name or as Ray gives it."""
    return f'{{__name__=~"(ray_)?face_privacy_batch_{name}_total"{matchers}}}'


def batch():
    """Batches run outside the service, so there is no instance or route to choose."""
    photos = counter("photos", ', instance=~"$instance"')
    return dashboard(
        "face-privacy-batch",
        "face-privacy: batch",
        "How fast batches go, and what has no result. What is done for good, the job's manifest says.",
        [
            ("Now", [
                panel("Photos a second", "Photos that got their row, with or without a result, all machines together.", "cps",
                      [("photos", f"sum(rate({photos}[$__rate_interval]))")], kind="stat", width=6, height=5),
                panel("Photos", "Photos that got their row in the time shown.", "none",
                      [("photos", f"sum(increase({photos}[$__range]))")], kind="stat", width=6, height=5),
                panel("Failed", "Share of these photos without a result.", "percentunit",
                      [("failed", f"""sum(increase({counter("photos", ', status="failed", instance=~"$instance"')}[$__range])) / sum(increase({photos}[$__range]))""")],
                      kind="stat", width=6, height=5, thresholds=[("orange", 0.01), ("red", 0.1)]),
                panel("Shards", "Shards that were done in the time shown.", "none",
                      [("shards", f"""sum(increase({counter("shards", ', outcome="done", instance=~"$instance"')}[$__range]))""")], kind="stat", width=6, height=5),
            ]),
            ("Over time", [
                panel("Photos by what came of them", "Photos a second: redacted, already there from an earlier try, or failed.", "cps",
                      [("{{status}}", f"sum by (status) (rate({photos}[$__rate_interval]))")], width=12, stack=True),
                panel("Failures by code", "Photos a second without a result, by the API's code.", "cps",
                      [("{{code}}", f"""sum by (code) (rate({counter("photos", ', status="failed", instance=~"$instance"')}[$__rate_interval]))""")], width=12, stack=True),
                panel("Shards by outcome", "Shards a second; those to be tried again are worth a look at the storage.", "cps",
                      [("{{outcome}}", f"""sum by (outcome) (rate({counter("shards", ', instance=~"$instance"')}[$__rate_interval]))""")], stack=True),
                panel("Bytes", "Bytes of photos read and of results written, a second.", "Bps",
                      [("{{direction}}", f"""sum by (direction) (rate({counter("bytes", ', instance=~"$instance"')}[$__rate_interval]))""")]),
                panel("Where photos spend their time", "Photos in a stage at a time, on average: reading, redacting, writing. Much reading or writing waits for the storage.", "none",
                      [("{{stage}}", f"""sum by (stage) (rate({counter("stage_seconds", ', instance=~"$instance"')}[$__rate_interval]))""")], stack=True),
                panel("Faces a photo", "Mean number of faces found in a photo.", "none",
                      [("faces", f"""sum(rate({counter("faces", ', instance=~"$instance"')}[$__rate_interval])) / sum(rate({photos}[$__rate_interval]))""")]),
            ]),
        ],
    )


def main():
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "dashboards"
    target.mkdir(parents=True, exist_ok=True)
    for name, build in {"service": service, "privacy": privacy, "fleet": fleet, "batch": batch}.items():
        text = json.dumps(build(), indent=2, ensure_ascii=False, sort_keys=True)
        (target / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
