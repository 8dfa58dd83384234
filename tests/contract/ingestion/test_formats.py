"""What every sales file format must do, whatever it reads: add the next format's sample here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from ingestion.contract import ERROR_SCHEMA, EVENT_SCHEMA, SalesFileFormat
from ingestion.formats.generic import GenericFormat
from ingestion.formats.registry import FORMATS
from ingestion.formats.shopify_orders import ShopifyOrdersFormat
from ordernimbus.errors import UnreadableFile
from tests.sales_files import CONTEXT, parse, shopify_export, shopify_order


@dataclass(frozen=True)
class Sample:
    """A small good file of one format and the same file with its last row spoilt."""

    sales_format: SalesFileFormat
    good: str
    spoilt: str
    ambiguous: str


SAMPLES = [
    Sample(
        GenericFormat(),
        good="date,sku,location,quantity,price\n2026-01-05,A,X,1,2.50\n2026-01-06,B,X,2,3.00\n",
        spoilt="date,sku,location,quantity,price\n2026-01-05,A,X,1,2.50\n2026-01-06,B,X,?,3.00\n",
        ambiguous="date,sku,location,quantity,price\n01/05/2026,A,X,1,2.50\n",
    ),
    Sample(
        ShopifyOrdersFormat(),
        good=shopify_export(shopify_order("#1", {}, {}), shopify_order("#2", {})),
        spoilt=shopify_export(
            shopify_order("#1", {}, {}), shopify_order("#2", {"Lineitem quantity": "?"})
        ),
        ambiguous=shopify_export(shopify_order("#1", {}, Created_at="01/05/2026 10:00")),
    ),
]
every_format = pytest.mark.parametrize(
    "sample", SAMPLES, ids=[sample.sales_format.name for sample in SAMPLES]
)


def header_of(sample: Sample) -> list[str]:
    return sample.good.splitlines()[0].split(",")


def test_every_registered_format_has_a_sample() -> None:
    assert {each.name for each in FORMATS} == {sample.sales_format.name for sample in SAMPLES}


@every_format
def test_only_its_own_header_is_recognised(sample: Sample) -> None:
    recognising = [each.name for each in FORMATS if not each.missing_columns(header_of(sample))]

    assert recognising == [sample.sales_format.name]


@every_format
def test_the_position_of_columns_does_not_matter(sample: Sample) -> None:
    backwards = "\n".join(",".join(reversed(line.split(","))) for line in sample.good.splitlines())

    assert parse(backwards).events.equals(parse(sample.good).events)


@every_format
def test_the_names_of_columns_may_differ_in_case_and_spaces(sample: Sample) -> None:
    header, rest = sample.good.split("\n", 1)

    assert parse(f"{header.upper().replace(' ', '_')}\n{rest}").format_name == (
        sample.sales_format.name
    )


@every_format
def test_columns_nobody_knows_are_passed_over(sample: Sample) -> None:
    wider = "\n".join(f"anything,{line}" for line in sample.good.splitlines())

    assert parse(wider).events.equals(parse(sample.good).events)


@every_format
def test_events_have_the_declared_schema(sample: Sample) -> None:
    assert parse(sample.good).events.schema == EVENT_SCHEMA


@every_format
def test_events_leave_no_needed_column_empty(sample: Sample) -> None:
    needed = ["order_key", "event_key", "kind", "business_date", "product_key", "location_key"]

    events = parse(sample.good).events

    assert events.select(*needed, "quantity", "row_number").null_count().sum_horizontal()[0] == 0


@every_format
def test_event_keys_are_unique_within_an_order(sample: Sample) -> None:
    events = parse(sample.good).events

    assert events.select("order_key", "event_key").is_unique().all()


@every_format
def test_reading_twice_gives_the_same_events(sample: Sample) -> None:
    assert parse(sample.good).events.equals(parse(sample.good).events)


@every_format
def test_a_wrong_row_is_reported_with_the_declared_schema_and_a_reason(sample: Sample) -> None:
    errors = parse(sample.spoilt).errors

    assert errors.schema == ERROR_SCHEMA
    assert errors.select("row_number", "code", "message").null_count().sum_horizontal()[0] == 0


@every_format
def test_accepted_and_rejected_rows_are_all_rows(sample: Sample) -> None:
    parsed = parse(sample.spoilt)

    assert parsed.counts.n_rejected == 1
    assert parsed.counts.n_read == len(sample.spoilt.splitlines()) - 1


@every_format
def test_sales_after_today_are_rejected(sample: Sample) -> None:
    latest = max(parse(sample.good).events["business_date"].to_list())

    parsed = parse(sample.good, replace(CONTEXT, today=latest - timedelta(days=1)))

    assert "future_date" in parsed.errors["code"].to_list()


@every_format
def test_a_merchant_elsewhere_reads_the_same_quantities(sample: Sample) -> None:
    elsewhere = replace(CONTEXT, time_zone="Pacific/Auckland")

    assert parse(sample.good, elsewhere).events["quantity"].sum() == (
        parse(sample.good).events["quantity"].sum()
    )


@every_format
def test_dates_that_may_mean_two_days_refuse_the_file(sample: Sample) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        parse(sample.ambiguous)

    assert refusal.value.code == "ambiguous_dates"
