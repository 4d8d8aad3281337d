"""Everybody at once, in small; scripts/verify.d/30-service-crowd does it in full."""

from crowd import check, flood
from running_service import Service


def test_a_crowd_gets_its_answers_and_health_is_told_throughout():
    sizes = {"uploads": 6, "idle": 100, "loris": 5, "cuts": 5, "mixed": 100}
    with Service("--profile", "fast", "--queue", "8", "--header-timeout", "2", "--request-timeout", "300",
                 "--idle-timeout", "300", log_level="off") as service:
        check(flood(service, megapixels=3, **sizes), **sizes)
        for name in ("face_privacy_requests_in_flight", "face_privacy_in_flight_bytes", "face_privacy_queue_depth"):
            assert service.metric(name) == 0, name
        assert service.metric("face_privacy_problems_total", code="internal_error") == 0
        assert service.stop() == 0
