with

days as (

    select *
    from {{ ref('int_demand__summed') }}
    where {{ of_the_runs_tenants() }}

),

demand_daily as (

    select
        tenant_id,
        product_key,
        location_key,
        demand_date,
        returned_quantity as returned_units,
        net_revenue_minor,
        is_promotion,
        stock_on_hand,
        cast(
            case
                when stock_on_hand is null then null
                when stock_on_hand > 0 then 0
                -- Sold out at some time of a day that still sold: which part
                -- of it is not known from the stock at its end.
                when demanded_quantity > 0 then 0.5
                else 1
            end as double precision
        ) as stock_out_share,
        -- A location's own @ becomes %40: the last @ always separates.
        product_key || '@' || replace(location_key, '@', '%40')
            as series_id,
        greatest(demanded_quantity, 0) as demand_units,
        coalesce(paid_price_minor, stated_price_minor) as unit_price_minor
    from days

)

select
    tenant_id,
    series_id,
    demand_date,
    product_key,
    location_key,
    demand_units,
    returned_units,
    net_revenue_minor,
    unit_price_minor,
    is_promotion,
    stock_on_hand,
    stock_out_share
from demand_daily
