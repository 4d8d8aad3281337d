"""The calls that take a photo, over real HTTP, with real photos: what goes in, what comes out."""

import json
import urllib.parse

import numpy
import pytest
import requests
from PIL import Image

from conftest import DEMO_FACES, TESTDATA, exif_tags
from running_service import DEMO, encoded, multipart, opened, part, photo, problem

ROUTES = ["/v1/blur", "/v1/detect", "/detect_faces"]
LANDMARKS = {"left_eye", "right_eye", "nose", "mouth_left", "mouth_right"}
SIZE = (480, 340)
FORMATS = ["jpeg", "png", "webp", "tiff", "gif"]


@pytest.fixture(scope="module")
def faces():
    return photo()


@pytest.fixture(scope="module")
def lossless():
    return photo("png")


def changed(before, after):
    before, after = numpy.asarray(before), numpy.asarray(after)
    return (before != after).reshape(*before.shape[:2], -1).any(axis=2)


def area(mask, x, y, width, height):
    return mask[round(y):round(y + height), round(x):round(x + width)]


# The answer of each call

@pytest.mark.parametrize("name", sorted(DEMO_FACES))
def test_blur_covers_the_faces_of_a_photo_as_it_comes_from_a_camera(service, name, tmp_path):
    content = (DEMO / name).read_bytes()
    answer = service.post("/v1/blur?profile=balanced", content)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    found = int(answer.headers["X-Face-Count"])
    assert found >= DEMO_FACES[name]
    boxes = [face["box"] for face in service.post("/v1/detect?profile=balanced", content).json()["faces"]]
    assert len(boxes) == found
    before, after = opened(content), opened(answer.content)
    assert before.size == after.size
    for box in boxes:
        assert area(changed(before, after), box["x"], box["y"], box["width"], box["height"]).mean() > 0.9
    assert changed(before, after).mean() < 0.5
    (tmp_path / "out.jpg").write_bytes(answer.content)
    assert not {tag.split(":")[0] for tag in exif_tags(tmp_path / "out.jpg")} & {"IFD0", "ExifIFD", "GPS", "XMP-xmp"}


def test_an_answer_tells_from_which_score_on_a_face_counted(service, faces):
    own = service.metric("face_privacy_default_min_score_ratio", profile="balanced")
    for route in ("/v1/blur", "/v1/detect"):
        answer = service.post(f"{route}?profile=balanced", faces)
        assert float(answer.headers["X-Min-Score"]) == pytest.approx(own, abs=1e-4)
        assert service.post(f"{route}?min_score=0.25", faces).headers["X-Min-Score"] == "0.25"
    assert "X-Min-Score" not in service.post("/v1/blur?detect=false", faces).headers


def test_blur_tells_which_kinds_of_metadata_it_took_out(service):
    answer = service.post("/v1/blur?detect=false", (TESTDATA / "codec/metadata.jpg").read_bytes())
    kinds = answer.headers["X-Removed-Metadata"].split(", ")
    assert {"position", "device", "owner", "comments", "thumbnail", "xmp", "iptc", "trailer"} <= set(kinds)
    assert "SECRET" not in str(answer.headers)
    plain = service.post("/v1/blur?detect=false", (TESTDATA / "codec/420.jpg").read_bytes())
    assert plain.status_code == 200 and "X-Removed-Metadata" not in plain.headers


def test_detect_answers_the_contracts_json(service, faces):
    answer = service.post("/v1/detect", faces)
    assert answer.headers["Content-Type"] == "application/json"
    document = answer.json()
    assert set(document) == {"image", "faces", "model"}
    assert document["image"] == {"width": SIZE[0], "height": SIZE[1]}
    assert set(document["model"]) == {"name", "sha256"} and len(document["model"]["sha256"]) == 64
    assert len(document["faces"]) >= 3 and int(answer.headers["X-Face-Count"]) == len(document["faces"])
    scores = [face["score"] for face in document["faces"]]
    assert scores == sorted(scores, reverse=True) and 0 < scores[-1] <= scores[0] <= 1
    for face in document["faces"]:
        assert set(face) == {"box", "score", "landmarks"}
        assert set(face["box"]) == {"x", "y", "width", "height"}
        assert set(face["landmarks"]) == LANDMARKS
        x, y = face["landmarks"]["nose"]
        box = face["box"]
        assert box["x"] < x < box["x"] + box["width"] and box["y"] < y < box["y"] + box["height"]


def test_detect_faces_answers_the_earlier_services_client(service):
    """As that client was written: a named file of a named type in a field called input."""
    with open(DEMO / "sample4.jpg", "rb") as file:
        answer = requests.post(service.url("/detect_faces"), files={"input": ("sample4.jpg", file, "image/jpeg")}, timeout=60)
    found = answer.json()
    assert list(found) == [f"face_{number}" for number in range(1, len(found) + 1)] and len(found) >= 4
    for face in found.values():
        assert set(face) == {"score", "facial_area", "landmarks"}
        left, top, right, bottom = face["facial_area"]
        assert all(type(edge) is int for edge in face["facial_area"])
        assert 0 <= left < right <= 1920 and 0 <= top < bottom <= 1448
        assert set(face["landmarks"]) == LANDMARKS
        assert all(len(point) == 2 for point in face["landmarks"].values())
        assert 0 < face["score"] <= 1
    same = service.post("/v1/detect", (DEMO / "sample4.jpg").read_bytes()).json()["faces"]
    for old, new in zip(found.values(), same):
        assert abs(old["facial_area"][0] - max(0, new["box"]["x"])) <= 1
        assert old["score"] == pytest.approx(new["score"], abs=1e-3)


def test_a_photo_without_a_face_is_no_error(service):
    grass = photo("png", name=None)
    assert service.post("/detect_faces", grass).json() == {}
    assert service.post("/v1/detect", grass).json()["faces"] == []
    answer = service.post("/v1/blur", grass)
    assert answer.status_code == 200 and answer.headers["X-Face-Count"] == "0"
    assert not changed(opened(grass), opened(answer.content)).any()


@pytest.mark.parametrize("route", ROUTES)
def test_every_photo_answer_has_its_headers(service, faces, route):
    answer = service.post(route, faces, headers={"X-Request-Id": "my.own-id_1"})
    assert answer.headers["X-Request-Id"] == "my.own-id_1"
    timing = dict(stage.strip().split(";dur=") for stage in answer.headers["Server-Timing"].split(","))
    assert list(timing) == ["queue", "decode", "detect", "redact", "encode"]
    assert all(float(value) >= 0 for value in timing.values()) and float(timing["detect"]) > 0
    assert int(answer.headers["X-Face-Count"]) >= 3
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(service.post(route, faces, headers={"X-Request-Id": "not plain"}).headers["X-Request-Id"]) == 32


# How a photo may be sent

@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_call_is_there_below_api_too(service, faces, prefix, route):
    assert service.post(prefix + route, faces).status_code == 200


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "application/octet-stream", "application/x-www-form-urlencoded",
                                  "IMAGE/JPEG; whatever=1", None])
def test_a_raw_body_is_what_its_bytes_are(service, faces, kind):
    headers = {"Content-Type": kind} if kind else {}
    answer = service.ask("POST", "/v1/detect", data=faces, headers=headers)
    assert answer.status_code == 200 and len(answer.json()["faces"]) >= 3


@pytest.mark.parametrize("field", ["input", "photo", "file", "image", "style", "a name with blanks", "gesicht-ä"])
def test_a_form_may_call_the_photo_anything(service, faces, field):
    assert len(service.form("/v1/detect", files={field: ("x.jpg", faces, "image/jpeg")}).json()["faces"]) >= 3


def test_a_form_may_say_little_about_the_photo(service, faces):
    """No file name, or no type, or neither, as some clients do."""
    for one in [part("a", faces, kind="image/jpeg"), part("a", faces, file_name=""), part("a", faces, file_name="x.bin"), part("a", faces)]:
        answer = service.post("/v1/detect", multipart(one), "multipart/form-data; boundary=b")
        assert answer.status_code == 200 and len(answer.json()["faces"]) >= 3, answer.text


def test_a_body_in_chunks_is_read(service, faces):
    pieces = (faces[start:start + 1000] for start in range(0, len(faces), 1000))
    answer = service.post("/v1/detect", pieces)
    assert answer.status_code == 200 and len(answer.json()["faces"]) >= 3


# What kinds of photo

@pytest.mark.parametrize("kind", FORMATS)
def test_what_comes_out_has_the_format_of_what_went_in(service, kind):
    answer = service.post("/v1/blur", photo(kind), f"image/{kind}")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == f"image/{kind}"
    assert int(answer.headers["X-Face-Count"]) >= 2
    assert opened(answer.content).format.lower() == kind


@pytest.mark.parametrize("kind, mode", [("png", "L"), ("png", "LA"), ("png", "RGBA"), ("png", "P"), ("png", "1"), ("gif", "P"),
                                        ("jpeg", "L"), ("jpeg", "CMYK"), ("webp", "RGBA"), ("tiff", "L")])
def test_pictures_that_are_not_rgb_are_read(service, kind, mode):
    picture = opened(photo("png")).convert(mode)
    if mode.endswith("A"):
        picture.putpixel((0, 0), (*picture.getpixel((0, 0))[:-1], 0))  # an opaque picture may well lose its alpha
    content = encoded(picture, kind)
    for route in ROUTES:
        answer = service.post(route, content)
        assert answer.status_code == 200, answer.text
        if mode != "1":
            assert int(answer.headers["X-Face-Count"]) >= 2
    blurred = opened(service.post("/v1/blur", content).content)
    assert blurred.size == SIZE
    assert ("A" in blurred.getbands()) == mode.endswith("A")


@pytest.mark.parametrize("name, width", [("8bit.heic", None), ("8bit.avif", None), ("10bit_hdr.avif", None), ("rgb16.png", None)])
def test_formats_of_phones(service, name, width):
    content = (TESTDATA / "codec" / name).read_bytes()
    answer = service.post("/v1/blur", content, "application/octet-stream")
    assert answer.status_code == 200, answer.text
    expected = {"heic": "image/jpeg"}.get(name.split(".")[1], "image/" + name.split(".")[1])
    assert answer.headers["Content-Type"] == expected


def test_a_photo_lying_on_its_side_comes_out_upright(service):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a secret description"
    turned = encoded(opened(photo()).transpose(Image.Transpose.ROTATE_90), exif=exif)
    found = service.post("/v1/detect", turned).json()
    assert found["image"] == {"width": SIZE[0], "height": SIZE[1]} and len(found["faces"]) >= 3
    blurred = service.post("/v1/blur", turned).content
    assert opened(blurred).size == SIZE
    assert b"secret" not in blurred and not opened(blurred).getexif()


def test_an_animation_keeps_its_frames(service):
    frames = [opened(photo("png", name=name)) for name in ("sample3.jpg", "sample1.jpg")]
    content = encoded(frames[0], "webp", save_all=True, append_images=frames[1:], duration=100)
    answer = service.post("/v1/blur", content)
    assert opened(answer.content).n_frames == 2
    assert {face["frame"] for face in service.post("/v1/detect", content).json()["faces"]} == {0, 1}


# Options, in the query and in the form

def as_query(options):
    return "?" + urllib.parse.urlencode(options)


@pytest.fixture(params=["query", "form"])
def send(request, service):
    """Sends a photo with options in one of the two ways."""
    def post(route, content, **options):
        if request.param == "query":
            return service.post(route + as_query(options), content)
        return service.form(route, options, {"photo": ("p", content)})
    return post


def test_styles_look_different_and_shapes_cover_different_areas(send, lossless):
    before = opened(lossless)
    results = {style: opened(send("/v1/blur", lossless, style=style).content) for style in ("blur", "pixelate", "fill")}
    assert changed(results["blur"], results["fill"]).any() and changed(results["pixelate"], results["fill"]).any()
    covered = {shape: changed(before, opened(send("/v1/blur", lossless, style="fill", color="#ff00ff", shape=shape).content)).sum()
               for shape in ("ellipse", "box")}
    assert covered["ellipse"] != covered["box"]


def test_fill_has_the_color_that_was_asked_for(send, lossless):
    for color, expected in {"#102030": (0x10, 0x20, 0x30), "102030": (0x10, 0x20, 0x30), "#f0a": (255, 0, 170), "navy": (0, 0, 128)}.items():
        after = opened(send("/v1/blur", lossless, style="fill", color=color, detect="false",
                            regions="[[100,100,60,60]]").content)
        assert after.getpixel((130, 130)) == expected, color


def test_margin_grows_what_is_covered(send, lossless):
    before = opened(lossless)
    sizes = [changed(before, opened(send("/v1/blur", lossless, style="fill", color="#ff00ff", margin=margin).content)).sum()
             for margin in ("0", "0.5", "2")]
    assert sizes[0] < sizes[1] < sizes[2]


def test_cells_decide_how_coarse_it_is(send, lossless):
    one, six = [numpy.asarray(opened(send("/v1/blur", lossless, style="pixelate", cells=cells, shape="box", detect="false",
                                          regions="[[40,40,240,240]]").content))[80:240, 80:240] for cells in ("1", "6")]
    assert len(numpy.unique(one.reshape(-1, 3), axis=0)) < len(numpy.unique(six.reshape(-1, 3), axis=0))


@pytest.mark.parametrize("boxes", ["[[200, 100, 50, 60]]", '[{"x": 200, "y": 100, "width": 50, "height": 60}]',
                                   '[[200.4,100.2,5e1,60],{"height":60,"width":50,"y":100,"x":200}]'])
def test_regions_are_redacted_and_without_detection_nothing_else(send, lossless, boxes):
    answer = send("/v1/blur", lossless, detect="false", regions=boxes)
    assert answer.status_code == 200 and answer.headers["X-Face-Count"] == "0"
    mask = changed(opened(lossless), opened(answer.content))
    assert area(mask, 210, 110, 30, 40).mean() > 0.9
    mask[60:200, 160:290] = False  # the ellipse round the box, faded outwards
    assert not mask.any()


def test_a_region_with_shape_and_margin_of_its_own_is_covered_as_given(send, lossless):
    region = {"x": 60, "y": 100, "width": 200, "height": 30, "shape": "box", "margin": 0}
    answer = send("/v1/blur", lossless, detect="false", style="fill", color="#ff0080", regions=json.dumps([region]))
    mask = changed(opened(lossless), opened(answer.content))
    assert area(mask, 60, 100, 200, 30).all(), "to its corners"
    mask[96:134, 56:264] = False
    assert not mask.any(), "and no farther"


def test_what_covers_a_neighbor_gives_way_to_a_face_that_is_left(send, lossless):
    covered, left = [100, 100, 60, 80], [163, 100, 60, 80]
    fields = {"detect": "false", "regions": json.dumps([covered])}
    over = [changed(opened(lossless), opened(send("/v1/blur", lossless, **fields, **keep).content))
            for keep in ({}, {"keep": json.dumps([left])})]
    assert area(over[0], *left).any() and not area(over[1], 165, 100, 58, 80).any()
    assert area(over[1], *covered).mean() > 0.9


def test_regions_come_on_top_of_the_faces(send, lossless):
    found = int(send("/v1/blur", lossless).headers["X-Face-Count"])
    answer = send("/v1/blur", lossless, regions="[[2, 2, 20, 20]]")
    assert int(answer.headers["X-Face-Count"]) == found
    mask = changed(opened(lossless), opened(answer.content))
    assert area(mask, 4, 4, 16, 16).mean() > 0.9 and mask[60:].any()


def test_keep_leaves_a_face(send, service, lossless):
    boxes = [face["box"] for face in service.post("/v1/detect", lossless).json()["faces"]]
    assert len(boxes) >= 3
    kept = boxes[0]
    answer = send("/v1/blur", lossless, keep=json.dumps([[kept["x"] - 2, kept["y"] - 2, kept["width"] + 4, kept["height"] + 4]]))
    mask = changed(opened(lossless), opened(answer.content))
    inner = (kept["x"] + kept["width"] / 3, kept["y"] + kept["height"] / 3, kept["width"] / 3, kept["height"] / 3)
    assert not area(mask, *inner).any()
    for box in boxes[1:3]:
        assert area(mask, box["x"], box["y"], box["width"], box["height"]).mean() > 0.9


def test_format_and_quality(send):
    faces = photo(size=(240, 170))
    for name, kind in {"png": "png", "webp": "webp", "jpeg": "jpeg", "jpg": "jpeg", "avif": "avif", "keep": "jpeg"}.items():
        answer = send("/v1/blur", faces, format=name)
        assert answer.headers["Content-Type"] == f"image/{kind}", name
    sizes = [len(send("/v1/blur", faces, format="webp", quality=quality).content) for quality in ("5", "50", "95")]
    assert sizes[0] < sizes[1] < sizes[2]


def test_profile_and_min_score(send):
    faces = photo(size=(240, 170))
    for route in ROUTES:
        for profile in ("fast", "balanced", "thorough"):
            assert send(route, faces, profile=profile).status_code == 200
        counts = [int(send(route, faces, min_score=score).headers["X-Face-Count"]) for score in ("0", "0.5", "1")]
        assert counts[0] >= counts[1] >= 2 and counts[2] == 0
        assert send(route, faces, min_score="0.5", profile="fast").status_code == 200


def test_detect_takes_the_words_for_yes_and_no(send, faces):
    for word, found in {"true": True, "1": True, "false": False, "0": False}.items():
        assert (send("/v1/blur", faces, detect=word).headers["X-Face-Count"] != "0") == found


def test_query_and_form_may_be_mixed(service, lossless):
    answer = service.form("/v1/blur?style=fill", {"color": "#102030", "detect": "false", "regions": "[[10,10,40,40]]"}, {"p": ("p", lossless)})
    assert opened(answer.content).getpixel((30, 30)) == (0x10, 0x20, 0x30)


def test_percent_encoding_is_undone_once(service, lossless):
    def color(query):
        answer = service.post("/v1/blur?detect=false&regions=[[10,10,40,40]]&" + query, lossless)
        return opened(answer.content).getpixel((30, 30)) if answer.ok else answer.json()["code"]
    assert color("style=fill&color=%23102030") == (0x10, 0x20, 0x30)
    assert color("%73tyle=%66ill&color=navy") == (0, 0, 128)
    assert color("style=fill&color=%2523102030") == "invalid_option"
    with service.connect() as wire:  # no client between that encodes what a browser leaves as it is
        wire.request("POST /v1/blur?detect=false&regions=[[10,+10,%2040,40]] HTTP/1.1", body=lossless)
        assert wire.answer().status == 200


# Options that are none

@pytest.mark.parametrize("option, value", [
    ("style", "sepia"), ("style", ""), ("shape", "round"), ("margin", "-0.1"), ("margin", "2.5"), ("margin", "nan"),
    ("margin", "inf"), ("margin", "1x"), ("margin", " 1"), ("cells", "0"), ("cells", "7"), ("cells", "1.5"), ("color", "#12"),
    ("color", "vermilion"), ("detect", "yes"), ("detect", "True"), ("regions", "1,2,3,4"), ("regions", "[1,2,3,4]"),
    ("regions", "[[1,2,3]]"), ("regions", "[[1,2,0,4]]"), ("regions", "[[1,2,-3,4]]"), ("regions", '[[1,2,"3",4]]'),
    ("regions", '[{"x":1,"y":2,"width":3}]'), ("regions", '[{"x":1,"y":2,"width":3,"height":4,"z":5}]'), ("regions", '[{"x":1,"y":2,"width":3,"height":4,"x":0}]'),
    ("keep", '[{"x":1,"y":2,"width":3,"height":4,"\\u0078":0}]'), ("regions", "[[1,2,1e999,4]]"),
    ("regions", "[" * 2000), ("regions", "[[1,2,3,4]"), ("regions", ""), ("keep", "null"), ("format", "heic"), ("format", "bmp"),
    ("quality", "0"), ("quality", "101"), ("quality", "high"), ("profile", "slow"), ("min_score", "1.01"), ("min_score", "1.0000000000000002"), ("min_score", "-1"),
    ("min_score", "nan"), ("min_score", ""),
])
def test_a_value_that_cannot_be_used_is_refused_by_name(send, faces, option, value):
    answer = send("/v1/blur", faces, **{option: value})
    assert problem(answer, 400) == "invalid_option"
    assert answer.json()["detail"].startswith(option + ":")


def test_an_option_that_does_not_exist_is_refused_by_name(send, faces):
    for route, option in [("/v1/blur", "stile"), ("/v1/blur", "Style"), ("/v1/detect", "style"), ("/detect_faces", "regions"),
                          ("/v1/detect", "threshold")]:
        answer = send(route, faces, **{option: "fill"})
        assert problem(answer, 400) == "unknown_option"
        assert f'"{option}"' in answer.json()["detail"] and "min_score" in answer.json()["detail"]


def test_a_name_that_could_do_harm_is_not_repeated(send, faces):
    for option in ["<script>", "a b", "x" * 41, "ä"]:
        answer = send("/v1/blur", faces, **{option: "1"})
        assert problem(answer, 400) == "unknown_option"
        assert option not in answer.text


def test_an_option_given_twice_is_refused(service, faces):
    assert problem(service.post("/v1/blur?style=fill&style=fill", faces), 400) == "duplicate_option"
    assert problem(service.form("/v1/blur?style=fill", {"style": "blur"}, {"p": ("p", faces)}), 400) == "duplicate_option"
    assert problem(service.form("/v1/blur", {"style": ["blur", "fill"]}, {"p": ("p", faces)}), 400) == "duplicate_option"


def test_many_boxes_are_taken_and_too_many_are_not(service, faces):
    box = "[1,1,2,2]"
    assert service.form("/v1/blur", {"regions": f"[{','.join([box] * 10000)}]", "detect": "false"}, {"p": ("p", faces)}).status_code == 200
    answer = service.form("/v1/blur", {"regions": f"[{','.join([box] * 10001)}]", "detect": "false"}, {"p": ("p", faces)})
    assert problem(answer, 400) == "invalid_option" and "10000" in answer.json()["detail"]
    answer = service.form("/v1/blur", {"regions": "[" + " " * (1 << 20) + "]"}, {"p": ("p", faces)})
    assert problem(answer, 400) == "invalid_option"


# Photos that are none

@pytest.mark.parametrize("route", ROUTES)
def test_what_is_no_photo_or_a_broken_one(service, faces, route):
    assert problem(service.post(route, b"just words"), 415) == "not_a_photo"
    assert problem(service.post(route, b"%PDF-1.7 ..."), 415) == "not_a_photo"
    assert problem(service.post(route, b"<svg xmlns='http://www.w3.org/2000/svg'/>"), 415) == "not_a_photo"
    assert problem(service.post(route, b""), 400) == "missing_photo"
    for kind in ("jpeg", "png", "webp"):
        whole = photo(kind)
        assert problem(service.post(route, whole[:len(whole) // 2]), 422) == "damaged_photo", kind
    assert problem(service.post(route, faces, "text/plain"), 415) == "unsupported_media_type"
    assert problem(service.post(route, faces, "video/mp4"), 415) == "unsupported_media_type"
    assert problem(service.post(route, faces, headers={"Content-Encoding": "gzip"}), 415) == "unsupported_media_type"


def test_forms_that_are_broken(service, faces):
    kind = "multipart/form-data; boundary=b"
    good = part("p", faces, "p.jpg", "image/jpeg")
    assert problem(service.post("/v1/blur", multipart(good, good), kind), 400) == "several_photos"
    assert problem(service.post("/v1/blur", multipart(part("style", "fill")), kind), 400) == "missing_photo"
    assert problem(service.post("/v1/blur", multipart(part("p", b"", "p.jpg")), kind), 400) == "missing_photo"
    assert problem(service.post("/v1/blur", multipart(good, end=""), kind), 400) == "invalid_multipart"
    assert problem(service.post("/v1/blur", multipart(good)[:5000], kind), 400) == "invalid_multipart"
    assert problem(service.post("/v1/blur", multipart(good, boundary="c", end="--c--"), kind), 400) == "invalid_multipart"
    assert problem(service.post("/v1/blur", multipart(good), "multipart/form-data"), 400) == "invalid_multipart"
    assert problem(service.post("/v1/blur", multipart(good), "multipart/form-data; boundary=" + "b" * 71), 400) == "invalid_multipart"
    assert problem(service.post("/v1/blur", multipart(good), "multipart/mixed; boundary=b"), 415) == "unsupported_media_type"
    assert problem(service.post("/v1/blur", multipart(*[part(f"a{i}", "1") for i in range(640)], good), kind), 400) == "invalid_multipart"
    assert problem(service.post("/v1/blur", multipart(part("p", b"no photo", "p.jpg")), kind), 415) == "not_a_photo"


def test_an_error_never_carries_a_picture(service, faces):
    """Fail closed: whatever was wrong, the answer is a problem and no image."""
    for answer in [service.post("/v1/blur?style=sepia", faces), service.post("/v1/blur", faces[:-2000]),
                   service.form("/v1/blur", {"nonsense": "1"}, {"p": ("p", faces)}),
                   service.post("/v1/blur?format=jpeg", (TESTDATA / "codec/animated.gif").read_bytes())]:
        assert answer.status_code in (400, 422), answer.status_code
        assert answer.headers["Content-Type"] == "application/problem+json" and len(answer.content) < 1000
