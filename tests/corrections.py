"""Corrections as a client sends them."""

import json

MODEL = "a1" * 32


def report(**changes):
    """As a careless client would send it: finer than it is kept."""
    return {"image": {"width": 4000, "height": 3000}, "profile": "balanced", "model": MODEL, "min_score": 0.19,
            "candidates": {"from": 0.05, "passed_over": [0.0712345, 0.12]},
            "boxes": [{"box": {"x": 812.3456, "y": 640.789, "width": 210.1234, "height": 280.4321}, "action": "confirmed", "score": 0.9876543},
                      {"box": {"x": 90, "y": 75, "width": 60, "height": 60}, "action": "removed", "score": 0.41},
                      {"box": {"x": 2310, "y": 700, "width": 64, "height": 80}, "action": "drawn", "best_candidate": 0.1523}]} | changes


def send(service, body, **headers):
    text = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return service.ask("POST", "/v1/feedback", data=text, headers={"Content-Type": "application/json"} | headers)


def erase(service, receipt, token=None):
    return service.ask("DELETE", f"/v1/feedback/{receipt['id']}", headers={"X-Erase-Token": token or receipt["erase_token"]})
