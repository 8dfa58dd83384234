import uuid
from datetime import UTC, datetime, timedelta

from orchestration.schedules import tenants_due
from ordernimbus.tenancy import Tenant


def tenant(time_zone: str) -> Tenant:
    return Tenant(
        tenant_id=uuid.uuid4(),
        slug="shop",
        name="Shop",
        time_zone=time_zone,
        currency_code="USD",
        country_code=None,
        status="active",
        accepts_partial_files=True,
    )


def due_hours(time_zone: str, day: datetime) -> list[int]:
    return [
        hour
        for hour in range(24)
        if tenants_due([tenant(time_zone)], day + timedelta(hours=hour, minutes=5))
    ]


def test_a_tenant_is_due_at_two_in_its_own_zone() -> None:
    assert due_hours("Asia/Tokyo", datetime(2026, 5, 4, tzinfo=UTC)) == [17]


def test_a_half_hour_zone_is_due_once_a_day() -> None:
    assert due_hours("Asia/Kolkata", datetime(2026, 5, 4, tzinfo=UTC)) == [21]


def test_a_night_without_two_o_clock_is_run_in_the_next_hour() -> None:
    # Berlin: 29 March 2026, 02:00 becomes 03:00, which is 01:00 UTC.
    assert due_hours("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)) == [1]


def test_a_night_with_two_o_clock_twice_is_due_twice_under_one_business_date() -> None:
    # Berlin: 25 October 2026, 03:00 becomes 02:00 again; the run key holds the local date.
    day = datetime(2026, 10, 25, tzinfo=UTC)
    hours = due_hours("Europe/Berlin", day)

    dates = {tenant("Europe/Berlin").business_date(day + timedelta(hours=h)) for h in hours}

    assert hours == [0, 1]
    assert len(dates) == 1
