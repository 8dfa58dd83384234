from __future__ import annotations

import pytest

from forecast_api.identity.local_issuer import LoginThrottle
from forecast_api.problems import TooManyRequests


def test_attempts_are_allowed_again_when_the_window_has_passed() -> None:
    now = [0.0]
    throttle = LoginThrottle(clock=lambda: now[0])
    for _ in range(5):
        throttle.begin("a")
    with pytest.raises(TooManyRequests) as refusal:
        throttle.begin("a")

    now[0] = float(refusal.value.headers["Retry-After"])

    throttle.begin("a")


def test_success_clears_the_count() -> None:
    throttle = LoginThrottle(clock=lambda: 0.0)
    for _ in range(4):
        throttle.begin("a")

    throttle.succeed("a")

    for _ in range(5):
        throttle.begin("a")


def test_other_logins_are_not_affected() -> None:
    throttle = LoginThrottle(clock=lambda: 0.0)
    for _ in range(5):
        throttle.begin("a")

    throttle.begin("b")
