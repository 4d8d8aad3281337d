"""The one exception of this package."""

from __future__ import annotations


class FacePrivacyError(Exception):
    """A photo or clip that has no result.

    `code` is one of the HTTP API's problem codes, such as `not_a_photo`, `damaged_photo` or `unknown_option`, or one of
    this package's own: `worker_died` (the program ended while it had the photo; the next one gets a new one),
    `no_program` (there is none to run), `start_failed`, `no_answer` (no answer within the time), `io_error` (a file that
    cannot be read or written), `invalid_input` (an array or a value of a kind that is not taken).
    `status` is the HTTP status, or None where no answer came over HTTP.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status

    def __reduce__(self) -> tuple[type[FacePrivacyError], tuple[str, str, int | None]]:
        return FacePrivacyError, (self.code, self.message, self.status)
