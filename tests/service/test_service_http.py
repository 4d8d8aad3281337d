"""HTTP itself, byte by byte where a library would not send such a thing."""

import re
import time

import pytest

from running_service import Service, multipart, part, photo, problem

PHOTO_ROUTES = ["/v1/blur", "/v1/detect", "/detect_faces"]
READ_ROUTES = ["/livez", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs.json", "/docs"]


@pytest.fixture(scope="module")
def grass():
    return photo(name=None, size=(64, 64))


# Routes and methods

@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("route", READ_ROUTES)
def test_what_can_be_read(service, prefix, route):
    whole, head = service.get(prefix + route), service.ask("HEAD", prefix + route)
    assert whole.status_code == head.status_code == 200
    assert whole.content and not head.content
    if route != "/metrics":  # which changes from one call to the next
        assert head.headers["Content-Length"] == str(len(whole.content))
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]


@pytest.mark.parametrize("route", READ_ROUTES + PHOTO_ROUTES)
def test_the_wrong_method_is_told_the_right_ones(service, grass, route):
    right = "POST, OPTIONS" if route in PHOTO_ROUTES else "GET, HEAD, OPTIONS"
    for method in {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"} - set(right.split(", ")):
        answer = service.ask(method, route, data=grass if method in ("POST", "PUT") else None)
        assert answer.status_code == 405 and answer.headers["Allow"] == right, method
        if method != "HEAD":
            assert problem(answer, 405) == "method_not_allowed"
    answer = service.ask("OPTIONS", route)
    assert answer.status_code == 204 and answer.headers["Allow"] == right and "Content-Length" not in answer.headers


def test_options_of_the_whole_server(service):
    with service.connect() as wire:
        assert wire.request("OPTIONS * HTTP/1.1").answer().status == 204


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/blur/", "/V1/blur", "/v1/blur%2f", "/api/nothing", "/docs/nothing.js",
                                  "/docs/../metrics", "/docs/..%2f..%2fmodels", "/.git/config", "//livez", "/livez/"])
def test_there_is_nothing_elsewhere(service, path):
    with service.connect() as wire:
        answer = wire.request(f"GET {path} HTTP/1.1").answer()
        assert (answer.status, answer.code) == (404, "not_found")


def test_the_root_leads_to_the_documents_where_there_is_no_page(service):
    for path, to in {"/": "/docs", "/api/": "/api/docs", "/docs/": "../docs", "/api/docs/": "../docs",
                     "/docs/index.html": "../docs"}.items():
        answer = service.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, to), path


def test_a_target_may_be_encoded_or_absolute(service):
    for target in ["/l%69vez", "http://elsewhere/livez", "/livez?", "/livez?x=1"]:
        with service.connect() as wire:
            assert wire.request(f"GET {target} HTTP/1.1").answer().status == 200, target


# What is no request

@pytest.mark.parametrize("bytes_sent, status, code", [
    ("GARBAGE\r\n\r\n", 400, "invalid_request"),
    ("GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", 400, "invalid_request"),
    ("GET /livez HTTP/1.1\r\n\r\n", 400, "invalid_request"),
    ("GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "invalid_request"),
    ("GET /livez HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", 400, "invalid_request"),
    ("GET /livez HTTP/1.1\r\nHost: a\r\nNoColon\r\n\r\n", 400, "invalid_request"),
    ("GET /liv\x01ez HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid_request"),
    ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid_request"),
    ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid_request"),
    ("GET /livez?a=%0d%0a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid_request"),
    ("GET livez HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid_request"),
    ("GET ftp://x/livez HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid_request"),
    ("GET /" + "a" * 9000 + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target_too_long"),
    ("GET /" + "a" * 40000 + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target_too_long"),
    ("GET /livez HTTP/1.1\r\nHost: a\r\nX: " + "a" * 40000 + "\r\n\r\n", 431, "header_too_large"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\n\r\n", 411, "length_required"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, "invalid_request"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, "invalid_request"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400, "invalid_request"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "invalid_request"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, "invalid_request"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "invalid_request"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", 400, "invalid_request"),
    ("POST /v1/blur HTTP/1.1\r\nHost: a\r\nExpect: the-unexpected\r\nContent-Length: 3\r\n\r\nabc", 417, "expectation_failed"),
])
def test_what_is_no_request_is_refused(service, bytes_sent, status, code):
    with service.connect() as wire:
        answer = wire.send(bytes_sent).answer()
        assert (answer.status, answer.code) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    assert service.get("/livez").status_code == 200


def test_a_request_that_was_not_understood_ends_the_connection(service):
    """What follows it could be anything, a smuggled request too."""
    for first in ["GARBAGE\r\n\r\n", "POST /v1/blur HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]:
        with service.connect() as wire:
            wire.send(first + "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = wire.answer()
            assert answer.status == 400 and answer.headers["connection"] == "close"
            assert wire.ended()


# Connections

def test_a_connection_serves_many_requests(service, grass):
    with service.connect() as wire:
        for _ in range(3):
            assert wire.request("POST /v1/blur HTTP/1.1", body=grass).answer().status == 200
            assert wire.request("GET /livez HTTP/1.1").answer().headers["connection"] == "keep-alive"
            assert wire.request("POST /v1/blur?x=1 HTTP/1.1", body=grass).answer().code == "unknown_option"


def test_requests_sent_ahead_are_answered_in_order(service, grass):
    with service.connect() as wire:
        wire.request("POST /detect_faces HTTP/1.1", body=grass).request("GET /livez HTTP/1.1").request("GET /nothing HTTP/1.1")
        assert wire.answer().json() == {}
        assert wire.answer().json() == {"status": "alive"}
        assert wire.answer().status == 404


def test_a_client_that_wants_it_closed_gets_it_closed(service):
    for line, header in [("GET /livez HTTP/1.1", "Connection: close"), ("GET /livez HTTP/1.0", "X: y")]:
        with service.connect() as wire:
            answer = wire.request(line, header).answer()
            assert answer.status == 200 and answer.headers["connection"] == "close" and wire.ended()
    with service.connect() as wire:
        wire.request("GET /livez HTTP/1.0", "Connection: keep-alive").answer()
        assert wire.request("GET /livez HTTP/1.0").answer().status == 200


def test_a_head_that_comes_in_drops_is_read(service):
    with service.connect() as wire:
        for byte in b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n":
            wire.send(bytes([byte]))
            time.sleep(0.002)
        assert wire.answer().status == 200


# Bodies

def test_a_client_that_asks_first_is_told_to_go_on(service, grass):
    with service.connect() as wire:
        wire.request("POST /v1/blur HTTP/1.1", f"Content-Length: {len(grass)}", "Expect: 100-Continue")
        assert wire.head()[0] == 100
        assert wire.send(grass).answer().status == 200
        assert wire.request("GET /livez HTTP/1.1").answer().status == 200


@pytest.mark.parametrize("line, header, status", [
    ("POST /v1/blur?style=none HTTP/1.1", "X: y", 400), ("POST /v1/blur HTTP/1.1", "Content-Type: text/html", 415),
    ("POST /nothing HTTP/1.1", "X: y", 404), ("POST /livez HTTP/1.1", "X: y", 405),
])
def test_a_client_that_asks_first_is_spared_the_upload(service, line, header, status):
    with service.connect() as wire:
        answer = wire.request(line, header, "Content-Length: 1000000", "Expect: 100-continue").answer()
        assert answer.status == status and wire.ended()


def test_chunks_of_any_size_with_extensions_and_trailers(service, grass):
    with service.connect() as wire:
        wire.request("POST /v1/blur HTTP/1.1", "Transfer-Encoding: Chunked")
        wire.send("1;name=value\r\n").send(grass[:1]).send("\r\n")
        wire.send(f"{len(grass) - 1:X}\r\n").send(grass[1:]).send("\r\n0\r\nX-Trailer: yes\r\n\r\n")
        assert wire.answer().status == 200
        assert wire.request("GET /livez HTTP/1.1").answer().status == 200


def test_trailers_that_do_not_end_cost_their_own_connection_alone(service, grass):
    chunk = f"{len(grass):x}\r\n".encode() + grass + b"\r\n"
    for trailers in [b"X-Trailer: " + b"a" * 70_000 + b"\r\n", b"a" * 70_000 + b": yes\r\n", b"X-Trailer: yes\r\n" * 9_000]:
        with service.connect() as wire:
            wire.request("POST /v1/detect HTTP/1.1", "Transfer-Encoding: chunked").send(chunk + b"0\r\n" + trailers + b"\r\n")
            answer = wire.answer()
            assert answer.status == 400 and answer.json()["code"] == "invalid_request" and wire.ended()
        assert service.get("/livez").status_code == 200


def test_a_get_with_a_body_is_answered_and_its_body_is_not_the_next_request(service):
    with service.connect() as wire:
        assert wire.request("GET /livez HTTP/1.1", body=b"GET /metrics HTTP/1.1\r\n\r\n").answer().status == 200
        assert wire.request("GET /nothing HTTP/1.1").answer().status == 404


def test_an_empty_line_before_a_request_is_passed_over(service, grass):
    with service.connect() as wire:
        wire.send("\r\n")
        assert wire.request("POST /v1/detect HTTP/1.1", body=grass).answer().status == 200
        wire.send("\r\n")
        assert wire.request("GET /livez HTTP/1.1").answer().status == 200


def test_a_form_in_chunks(service, grass):
    body = multipart(part("p", grass, "p.jpg"), part("style", "fill"))
    with service.connect() as wire:
        wire.request("POST /v1/blur HTTP/1.1", "Transfer-Encoding: chunked", "Content-Type: multipart/form-data; boundary=b")
        for byte in body[:100]:
            wire.send(b"1\r\n" + bytes([byte]) + b"\r\n")
        wire.send(f"{len(body) - 100:x}\r\n").send(body[100:]).send("\r\n0\r\n\r\n")
        assert wire.answer().status == 200


# Answers

def test_every_answer_has_the_security_headers(service, grass):
    for answer in [service.get("/livez"), service.get("/docs"), service.get("/openapi.json"), service.get("/nothing"),
                   service.post("/v1/blur", grass), service.post("/v1/blur", b"x"), service.ask("OPTIONS", "/v1/blur")]:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["Date"])
        assert headers["X-Request-Id"] and "Server" not in headers and "Strict-Transport-Security" not in headers
        assert headers["Cache-Control"] in ("no-store", "no-cache")


def test_files_are_not_sent_again_where_the_client_has_them(service):
    tag = service.get("/docs").headers["ETag"]
    again = service.get("/docs", headers={"If-None-Match": tag})
    assert again.status_code == 304 and not again.content and again.headers["ETag"] == tag
    assert service.get("/docs", headers={"If-None-Match": '"another"'}).status_code == 200


# Other pages' scripts

def preflight(service, origin):
    return service.ask("OPTIONS", "/v1/blur", headers={"Origin": origin, "Access-Control-Request-Method": "POST",
                                                       "Access-Control-Request-Headers": "content-type"})


def test_no_other_page_may_call_unless_it_was_allowed(service, grass):
    assert "Access-Control-Allow-Origin" not in preflight(service, "https://a.example").headers
    assert "Access-Control-Allow-Origin" not in service.post("/v1/blur", grass, headers={"Origin": "https://a.example"}).headers


def test_allowed_pages_may_call(grass):
    with Service("--threads", "1", "--cors-origin", "https://a.example,https://b.example:8443", "--cors-origin", "http://localhost:5173") as service:
        for origin in ["https://a.example", "https://b.example:8443", "http://localhost:5173"]:
            before = preflight(service, origin)
            assert before.status_code == 204
            assert before.headers["Access-Control-Allow-Origin"] == origin
            assert "POST" in before.headers["Access-Control-Allow-Methods"]
            assert "content-type" in before.headers["Access-Control-Allow-Headers"].lower()
            for answer in [service.post("/v1/blur", grass, headers={"Origin": origin}), service.post("/v1/blur", b"x", headers={"Origin": origin})]:
                assert answer.headers["Access-Control-Allow-Origin"] == origin
                assert "X-Face-Count" in answer.headers["Access-Control-Expose-Headers"]
                assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin" and answer.headers["Vary"] == "Origin"
        for origin in ["https://a.example.evil.example", "http://a.example", "https://b.example", "null", "https://A.example/"]:
            answer = service.post("/v1/blur", grass, headers={"Origin": origin})
            assert answer.status_code == 200 and "Access-Control-Allow-Origin" not in answer.headers and answer.headers["Vary"] == "Origin"


def test_all_pages_may_call_where_everybody_was_allowed(grass):
    with Service("--threads", "1", "--cors-origin", "*") as service:
        answer = service.post("/v1/blur", grass, headers={"Origin": "https://any.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*" and "Access-Control-Allow-Credentials" not in answer.headers
