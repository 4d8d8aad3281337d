"""A photo that is sent once and asked about again by its token, where the operator has it so."""

import hashlib
import json
import secrets

import pytest
import requests

from running_service import Service, in_memory, opened, photo, wait_for


@pytest.fixture(scope="module")
def holding():
    with Service("--threads", "1", "--profile", "fast", "--hold-photos", "120", "--hold-bytes", "1MiB") as service:
        yield service


@pytest.fixture(scope="module")
def faces():
    return photo()


def token_of(service, content, route="/v1/blur", **more):
    answer = service.post(route + "?hold=true", content, **more)
    assert answer.status_code == 200, answer.text
    return answer.headers["X-Photo-Token"]


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def test_a_photo_is_asked_about_again_without_sending_it(holding, faces):
    token = token_of(holding, faces)
    found = holding.post("/v1/detect", faces).json()
    regions = json.dumps([[10, 20, 60, 70]])
    whole = holding.form("/v1/blur", {"detect": "false", "regions": regions}, {"photo": ("photo", faces)})
    held = holding.form("/v1/blur", files={"detect": (None, "false"), "regions": (None, regions), "photo": (None, token)})
    assert held.status_code == 200, held.text
    assert held.content == whole.content
    assert int(held.request.headers["Content-Length"]) < 1000
    again = holding.ask("POST", f"/v1/detect?photo={token}", headers={"Content-Length": "0"}).json()
    assert [face["box"] for face in again["faces"]] == [face["box"] for face in found["faces"]]
    assert opened(holding.ask("POST", f"/v1/blur?photo={token}&format=png").content).size == (480, 340)


def test_detect_holds_too_and_a_form_answer_tells_the_token(holding, faces):
    token = token_of(holding, faces, "/v1/detect")
    answer = holding.post("/v1/blur?hold=true", faces, headers={"Accept": "multipart/form-data"})
    assert answer.headers["Content-Type"].startswith("multipart/form-data")
    assert answer.headers["X-Photo-Token"] != token


@pytest.mark.parametrize("route", ["/v1/blur", "/v1/detect"])
def test_who_does_not_know_a_token_gets_nothing(holding, faces, route):
    token = token_of(holding, faces)
    last = "0" if token[-1] != "0" else "1"
    for guess in (token[:-1] + last, secrets.token_hex(16), token[:16]):
        assert refusal(holding.ask("POST", f"{route}?photo={guess}")) == (404, "photo_gone")
    assert refusal(holding.ask("POST", f"{route}?photo=")) == (400, "invalid_option")
    assert refusal(holding.ask("POST", f"{route}?photo=../../etc")) == (400, "invalid_option")
    assert refusal(holding.ask("POST", f"{route}?photo={token}&photo={token}")) == (400, "duplicate_option")
    assert refusal(holding.post(f"{route}?photo={token}", faces)) == (400, "several_photos")
    assert refusal(holding.post(f"{route}?hold=perhaps", faces)) == (400, "invalid_option")
    assert refusal(holding.ask("POST", f"/detect_faces?photo={token}")) == (400, "unknown_option")


def test_it_is_let_go_when_its_owner_says_so(holding, faces):
    token = token_of(holding, faces)
    before = holding.metric("face_privacy_held_photos")
    assert holding.ask("DELETE", f"/v1/photos/{token}?a=1").status_code == 400
    assert holding.ask("GET", f"/v1/photos/{token}").status_code == 405
    assert holding.ask("DELETE", f"/v1/photos/{token}").status_code == 204
    assert refusal(holding.ask("DELETE", f"/v1/photos/{token}")) == (404, "photo_gone")
    assert refusal(holding.ask("POST", f"/v1/blur?photo={token}")) == (404, "photo_gone")
    assert holding.metric("face_privacy_held_photos") == before - 1


def test_a_refused_photo_is_not_held(holding):
    before = holding.metric("face_privacy_held_photo_events_total", event="held")
    for content, status in ((b"no photo at all", 415), (photo()[:2000], 422)):
        answer = holding.post("/v1/blur?hold=true", content)
        assert answer.status_code == status and "X-Photo-Token" not in answer.headers
    assert holding.metric("face_privacy_held_photo_events_total", event="held") == before


def test_the_oldest_makes_room_and_what_never_fits_is_done_all_the_same(holding, faces):
    large = faces + bytes(400_000)
    first, second = token_of(holding, large), token_of(holding, large)
    assert holding.ask("POST", f"/v1/detect?photo={first}").status_code == 200  # so that `second` is the oldest
    token_of(holding, large)
    assert holding.ask("POST", f"/v1/detect?photo={first}").status_code == 200
    assert refusal(holding.ask("POST", f"/v1/detect?photo={second}")) == (404, "photo_gone")
    assert holding.metric("face_privacy_held_photo_bytes") <= 1 << 20
    assert holding.metric("face_privacy_held_photo_limit_bytes") == 1 << 20
    answer = holding.post("/v1/blur?hold=true", faces + bytes(2_000_000))
    assert answer.status_code == 200 and "X-Photo-Token" not in answer.headers


def test_no_log_tells_a_token(holding, faces):
    token = token_of(holding, faces)
    answer = holding.ask("POST", f"/v1/detect?photo={token}")
    deleted = holding.ask("DELETE", f"/v1/photos/{token}")
    assert holding.logged(answer.headers["X-Request-Id"])["faces"] == 3
    assert holding.logged(deleted.headers["X-Request-Id"])["route"] == "/v1/photos/{token}"
    assert token not in holding.log_text() + holding.metrics()


def test_where_it_is_off_nothing_is_held(faces):
    with Service("--threads", "1", "--profile", "fast") as service:
        answer = service.post("/v1/blur?hold=true", faces)
        assert answer.status_code == 200 and "X-Photo-Token" not in answer.headers
        token = secrets.token_hex(16)
        assert refusal(service.ask("POST", f"/v1/blur?photo={token}")) == (404, "photo_gone")
        assert refusal(service.ask("DELETE", f"/v1/photos/{token}")) == (404, "not_found")
        assert service.metric("face_privacy_held_photo_limit_bytes") == 0


def test_it_is_gone_after_its_time(faces):
    with Service("--threads", "1", "--profile", "fast", environment={"FACE_PRIVACY_HOLD_PHOTOS": "1"}) as service:
        token = token_of(service, faces)
        assert service.metric("face_privacy_held_photos") == 1
        wait_for(lambda: service.metric("face_privacy_held_photos") == 0, "the photo's end", 20)
        assert service.metric("face_privacy_held_photo_events_total", event="expired") == 1
        assert refusal(service.ask("POST", f"/v1/blur?photo={token}")) == (404, "photo_gone")


def test_a_token_belongs_to_the_key_that_made_it(tmp_path, faces):
    keys = {name: secrets.token_hex(16) for name in ("anna", "ben")}
    lines = [f"{name} {hashlib.sha256(key.encode()).hexdigest()}\n" for name, key in keys.items()]
    (tmp_path / "keys").write_text("".join(lines))
    anna, ben = ({"X-API-Key": keys[name]} for name in ("anna", "ben"))
    with Service("--threads", "1", "--profile", "fast", "--hold-photos", "60", "--api-keys", tmp_path / "keys") as service:
        token = token_of(service, faces, headers=anna)
        path = f"/v1/blur?photo={token}"
        assert refusal(service.ask("POST", path)) == (401, "unauthorized")
        assert refusal(service.ask("POST", path, headers=ben)) == (404, "photo_gone")
        assert refusal(service.ask("DELETE", f"/v1/photos/{token}")) == (401, "unauthorized")
        assert refusal(service.ask("DELETE", f"/v1/photos/{token}", headers=ben)) == (404, "photo_gone")
        assert service.ask("POST", path, headers=anna).status_code == 200
        assert service.ask("DELETE", f"/v1/photos/{token}", headers=anna).status_code == 204


def test_nothing_of_it_stays_in_memory(faces):
    """A mark at the end of the file: it is there while the photo is held, and nowhere afterwards."""
    mark = secrets.token_bytes(48)
    with Service("--threads", "1", "--profile", "fast", "--hold-photos", "60") as service:
        token = token_of(service, faces + bytes(300_000) + mark)
        assert service.ask("POST", f"/v1/blur?photo={token}").status_code == 200
        assert in_memory(service.process.pid, mark)
        assert service.ask("DELETE", f"/v1/photos/{token}").status_code == 204
        assert not in_memory(service.process.pid, mark)


def test_a_drain_lets_all_go_and_ends_well(faces):
    with Service("--threads", "1", "--profile", "fast", "--hold-photos", "3600") as service:
        token = token_of(service, faces)
        assert service.stop() == 0
        with pytest.raises(requests.ConnectionError):
            service.ask("POST", f"/v1/blur?photo={token}")
        service.start()
        assert refusal(service.ask("POST", f"/v1/blur?photo={token}")) == (404, "photo_gone")
