"""Photos and clips in, redacted ones out, by a child that is kept."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload
from weakref import finalize

from ._errors import FacePrivacyError
from ._faces import Face, Faces
from ._options import DetectOptions, Profile, RedactOptions, target
from ._pictures import Channels, wrap
from ._program import find_program, run_program
from ._service import Answer, Service

if TYPE_CHECKING:
    import numpy
    import PIL.Image
    from numpy.typing import NDArray
    from typing_extensions import Self, Unpack

    Array = NDArray[numpy.uint8]
    Picture = PIL.Image.Image

Data = bytes | bytearray | memoryview
PathLike = str | os.PathLike[str]
Photo = TypeVar("Photo")

_MOST_BYTES = 512 << 20  # of an array: as many as the most pixels that are taken have
_IN_FLIGHT = 2  # for each thread of the child: one is worked on, one is sent


@dataclass(frozen=True)
class Result(Generic[Photo]):
    """A redacted photo and what was done to it."""

    image: Photo  # bytes of a file for bytes and paths, else of the kind that was given
    faces: Faces  # that were found, in pixels of `image`
    regions: int  # places that were redacted: faces, and boxes of `regions`
    warnings: tuple[str, ...] = ()  # for people
    removed: tuple[str, ...] = ()  # kinds of metadata that the file had and `image` has not
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Detection:
    faces: Faces
    width: int  # of the upright photo
    height: int


@dataclass(frozen=True)
class VideoResult:
    path: Path
    tracks: int  # persons, at least: one that leaves and comes back is two
    covered_frames: int
    report: dict[str, Any]  # all that the program tells


@dataclass(frozen=True)
class Model:
    name: str
    sha256: str
    engine: str
    licence: str


class Redactor:
    """A child of one's own, for as long as the `with` block lasts. Any number of threads may use it.

    `threads` photos are worked on at once (default: one a core). `profile`, `min_score` and `model`, a RetinaFace as an
    ONNX file, hold where a call says nothing. `timeout`: seconds that a photo may take. `arguments`: further options of
    `face-privacy serve`. Nothing is started before the first photo.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        profile: Profile | None = None,
        min_score: float | None = None,
        model: PathLike | None = None,
        timeout: float = 120.0,
        arguments: Sequence[str] = (),
        program: PathLike | None = None,
    ) -> None:
        self.threads = threads or len(os.sched_getaffinity(0))
        self._program = os.fspath(program) if program else find_program()
        named = {"--threads": self.threads, "--profile": profile, "--min-score": min_score}
        self._shared = [text for name, value in named.items() if value is not None for text in (name, str(value))]
        if model is not None:
            self._shared += ["--model", os.fspath(model)]
        limits = ["--max-body", str(_MOST_BYTES), "--max-in-flight", str(2 * _MOST_BYTES)]
        limits += ["--request-timeout", f"{timeout:g}"]
        self._service = Service(
            self._program, [*self._shared, *limits, *arguments], _IN_FLIGHT * self.threads, timeout + 10
        )
        self._finalizer = finalize(self, self._service.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child. Calls after it fail."""
        self._finalizer()

    def start(self) -> int:
        """Starts the child now, where a first photo should not wait for it. Its process id."""
        return self._service.child().pid

    @overload
    def redact(
        self, photo: Data | PathLike, *, out: PathLike | None = None, **options: Unpack[RedactOptions]
    ) -> Result[bytes]: ...
    @overload
    def redact(
        self, photo: Array, *, channels: Channels = "rgb", **options: Unpack[RedactOptions]
    ) -> Result[Array]: ...
    @overload
    def redact(self, photo: Picture, **options: Unpack[RedactOptions]) -> Result[Picture]: ...
    def redact(
        self, photo: Any, *, out: PathLike | None = None, channels: Channels = "rgb", **options: Any
    ) -> Result[Any]:
        """A copy of the photo without its faces.

        `photo`: the bytes of a file, or its path: the result has bytes of the same format, also written to `out` where
        that is given (never over the photo itself); an array (height x width x 3 of uint8, RGB, or BGR with
        `channels="bgr"`) or a PIL picture: the result has a new one of the same kind.
        `options` are those of the HTTP API (docs/api.md); boxes of `regions` and `keep` are x_min, y_min, x_max, y_max.
        Fails with FacePrivacyError.
        """
        if isinstance(photo, (str, os.PathLike)):
            if out is not None:
                _refuse_same_file(photo, out)
            photo = _read(photo)
        wrapped = wrap(photo, channels)
        if not wrapped.is_file:
            _refuse_file_options(options, out)
        answer = self._service.ask(target("/v1/blur", options), wrapped.pieces, accept="multipart/form-data")
        told, content = _report_and_image(answer)
        if out is not None:
            _write(out, content)
        return Result(
            wrapped.unwrap(content),
            _faces_of(told),
            told["regions"],
            tuple(_warnings(told)),
            tuple(told["removed"]) if wrapped.is_file else (),
            told["timings_ms"],
        )

    def detect(
        self, photo: Data | PathLike | Array | Picture, *, channels: Channels = "rgb", **options: Unpack[DetectOptions]
    ) -> Detection:
        """Where the faces are, to look over and to give to `redact` as `regions=faces.xyxy, detect=False`."""
        given: Any = _read(photo) if isinstance(photo, (str, os.PathLike)) else photo
        answer = self._service.ask(target("/v1/detect", options), wrap(given, channels).pieces)
        told = json.loads(answer.body)
        return Detection(_faces_of(told), told["image"]["width"], told["image"]["height"])

    @overload
    def redact_many(
        self,
        photos: Iterable[Data | PathLike],
        *,
        threads: int | None = None,
        errors: Literal["raise"] = "raise",
        **options: Unpack[RedactOptions],
    ) -> Iterator[Result[bytes]]: ...
    @overload
    def redact_many(
        self,
        photos: Iterable[Data | PathLike],
        *,
        threads: int | None = None,
        errors: Literal["return"],
        **options: Unpack[RedactOptions],
    ) -> Iterator[Result[bytes] | FacePrivacyError]: ...
    @overload
    def redact_many(
        self,
        photos: Iterable[Any],
        *,
        threads: int | None = None,
        errors: Literal["raise", "return"] = "raise",
        channels: Channels = "rgb",
        **options: Unpack[RedactOptions],
    ) -> Iterator[Any]: ...
    def redact_many(
        self,
        photos: Iterable[Any],
        *,
        threads: int | None = None,
        errors: Literal["raise", "return"] = "raise",
        **options: Any,
    ) -> Iterator[Any]:
        """A result for each photo, in their order. No more than twice `threads` photos are taken ahead.

        `errors="return"` gives the FacePrivacyError in the place of a photo that has no result; else it is raised, and
        nothing comes after it.
        """
        many = threads or self.threads

        def one(photo: Any) -> Any:
            try:
                return self.redact(photo, **options)
            except FacePrivacyError as error:
                if errors == "return":
                    return error
                raise

        def results() -> Iterator[Any]:
            with ThreadPoolExecutor(many, "face-privacy") as pool:
                ahead: deque[Future[Any]] = deque()
                try:
                    for photo in photos:
                        ahead.append(pool.submit(one, photo))
                        if len(ahead) >= _IN_FLIGHT * many:
                            yield ahead.popleft().result()
                    while ahead:
                        yield ahead.popleft().result()
                finally:
                    for future in ahead:
                        future.cancel()

        return results()

    def redact_video(self, path: PathLike, out: PathLike, **options: Any) -> VideoResult:
        """A clip, from file to file, by a process of its own. `options`: those of `POST /v1/videos` (docs/api.md), but
        for `render`. `out` is whole or not there."""
        _refuse_same_file(path, out)
        command = ["blur", os.fspath(path), "-o", os.fspath(out), "--json", *self._shared, *_flags(options)]
        told = _clip_report(run_program(self._program, *command))
        return VideoResult(Path(out), told["tracks"], told["covered_frames"], told)

    def model(self) -> Model:
        """The weights in use. Those that come along are for non-commercial research: `licence` says more."""
        shared = [*self._shared]
        arguments = shared[shared.index("--model") :][:2] if "--model" in shared else []
        done = run_program(self._program, "model", *arguments)
        if done.returncode != 0:
            raise FacePrivacyError("model_error", done.stderr.decode("utf-8", "replace").strip())
        first = done.stdout.decode().split("\n\n")[0]
        told = dict(line.split(maxsplit=1) for line in first.splitlines() if " " in line)
        return Model(told["name"], told["sha256"], told["engine"], told["licence"])


def _report_and_image(answer: Answer) -> tuple[dict[str, Any], bytes]:
    """The two parts of the form: JSON, then the picture."""
    boundary = b"--" + answer.headers["content-type"].partition("boundary=")[2].encode()
    head_end = answer.body.index(b"\r\n\r\n")
    report_end = answer.body.index(b"\r\n" + boundary, head_end)
    image_start = answer.body.index(b"\r\n\r\n", report_end + 2) + 4
    image_end = len(answer.body) - len(b"\r\n" + boundary + b"--\r\n")
    return json.loads(answer.body[head_end + 4 : report_end]), answer.body[image_start:image_end]


def _faces_of(told: dict[str, Any]) -> Faces:
    return Faces([Face.from_json(face) for face in told["faces"]])


def _warnings(told: dict[str, Any]) -> Iterator[str]:
    if "extra_pictures" in told["removed"]:
        yield "further pictures of the file are not in the result"
    if "film" in told["removed"]:
        yield "the film of a motion photo is not in the result"


def _refuse_file_options(options: dict[str, Any], out: object) -> None:
    for name, neutral in (("format", "keep"), ("quality", None), ("metadata", "strip")):
        if options.get(name) not in (None, neutral):
            raise FacePrivacyError("invalid_option", f"{name}: what is no file comes back as it was given")
    if out is not None:
        raise FacePrivacyError("invalid_option", "out: what is no file comes back as it was given")


def _refuse_same_file(photo: PathLike, out: PathLike) -> None:
    with contextlib.suppress(OSError):
        if os.path.samefile(photo, out):
            raise FacePrivacyError("invalid_option", "out: the photo itself is never written over")


def _read(path: PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FacePrivacyError("io_error", f"{os.fspath(path)}: {error.strerror}") from error


def _write(path: PathLike, content: bytes) -> None:
    """Under a hidden name first, so that under its own there is the whole file or the old one."""
    place = Path(path)
    hidden = place.with_name(f".{place.name}.{secrets.token_hex(6)}")
    try:
        hidden.write_bytes(content)
        hidden.replace(place)
    except OSError as error:
        hidden.unlink(missing_ok=True)
        raise FacePrivacyError("io_error", f"{place}: {error.strerror}") from error


_CLIP_CODES = {
    "not_a_photo": "not_a_video",
    "damaged_photo": "damaged_video",
    "unsupported_photo": "unsupported_video",
}


def _clip_report(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """The program's JSON line, or why there is none."""
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]
    told: dict[str, Any] = lines[-1] if lines else {}
    if "error" in told:
        code = told["error"]["code"]
        raise FacePrivacyError(_CLIP_CODES.get(code, code), told["error"]["message"])
    if "image" in told:
        raise FacePrivacyError("not_a_video", "it is a photo, which `redact` takes")
    if "clip" not in told:
        code = {1: "io_error", 2: "invalid_option"}.get(done.returncode, "worker_died")
        words = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise FacePrivacyError(code, words or f"exit status {done.returncode}")
    return told


def _flags(options: dict[str, Any]) -> list[str]:
    """The options of a clip as the command line has them."""
    flags: list[str] = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if name == "detect":
            flags += [] if value else ["--no-detect"]
        elif name in ("regions", "keep"):
            for x_min, y_min, x_max, y_max in value:
                flags += ["--region" if name == "regions" else "--keep"]
                flags += [f"{x_min:g},{y_min:g},{x_max - x_min:g},{y_max - y_min:g}"]
        elif value is not None:
            flags += [flag, str(value)]
    return flags
