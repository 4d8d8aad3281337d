"""What was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, overload

if TYPE_CHECKING:
    import numpy
    import supervision
    from numpy.typing import NDArray


class Box(NamedTuple):
    """Pixels of the upright photo, from the left and the top."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float


class Point(NamedTuple):
    x: float
    y: float


_LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


@dataclass(frozen=True)
class Face:
    box: Box
    score: float  # 0 to 1
    landmarks: tuple[Point, ...]  # the person's own left eye, right eye, nose, left and right corner of the mouth
    kept: bool = False  # left as it was, since it lies in a box of `keep`
    frame: int = 0  # of an animation

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Face:
        box = told["box"]
        return Face(
            Box(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]),
            told["score"],
            tuple(Point(*told["landmarks"][name]) for name in _LANDMARKS),
            bool(told.get("kept", False)),
            int(told.get("frame", 0)),
        )


class Faces(Sequence[Face]):
    """Faces, best first. The arrays need numpy."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._faces = tuple(faces)

    def __len__(self) -> int:
        return len(self._faces)

    def __iter__(self) -> Iterator[Face]:
        return iter(self._faces)

    @overload
    def __getitem__(self, index: int) -> Face: ...
    @overload
    def __getitem__(self, index: slice) -> Faces: ...
    def __getitem__(self, index: int | slice) -> Face | Faces:
        return Faces(self._faces[index]) if isinstance(index, slice) else self._faces[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Faces) and self._faces == other._faces

    def __hash__(self) -> int:
        return hash(self._faces)

    def __repr__(self) -> str:
        return f"Faces({list(self._faces)!r})"

    @property
    def xyxy(self) -> NDArray[numpy.float32]:
        """(N, 4): x_min, y_min, x_max, y_max in pixels."""
        import numpy

        return numpy.array([face.box for face in self._faces], numpy.float32).reshape(-1, 4)

    @property
    def confidence(self) -> NDArray[numpy.float32]:
        """(N,): 0 to 1."""
        import numpy

        return numpy.array([face.score for face in self._faces], numpy.float32)

    @property
    def landmarks(self) -> NDArray[numpy.float32]:
        """(N, 5, 2): the person's own left eye, right eye, nose, left and right corner of the mouth, as x, y."""
        import numpy

        return numpy.array([face.landmarks for face in self._faces], numpy.float32).reshape(-1, 5, 2)

    def to_supervision(self) -> supervision.Detections:
        """As supervision.Detections of one class, `face`; needs the package supervision."""
        import numpy
        import supervision

        names = numpy.array(["face"] * len(self))
        return supervision.Detections(
            xyxy=self.xyxy,
            confidence=self.confidence,
            class_id=numpy.zeros(len(self), int),
            data={"class_name": names, "landmarks": self.landmarks},
        )
