with

events as (

    select
        tenant_id,
        product_key,
        location_key,
        business_date,
        occurred_at,
        event_kind,
        quantity,
        unit_price_minor,
        discount_minor,
        net_minor,
        is_promotion,
        stock_on_hand,
        upload_seq,
        row_number,
        event_kind in ('order', 'edit')
        and quantity > 0
        and unit_price_minor is not null as is_priced_sale
    from {{ ref('stg_core__sales_event') }}

),

summed as (

    select
        tenant_id,
        product_key,
        location_key,
        business_date as demand_date,
        coalesce(
            sum(quantity) filter (where event_kind != 'return'), 0
        ) as demanded_quantity,
        coalesce(
            -sum(quantity) filter (where event_kind = 'return'), 0
        ) as returned_quantity,
        -- A sum that leaves a line out would look like less revenue, so one
        -- line with units but without money makes the day unknown.
        case
            when bool_and(net_minor is not null or quantity = 0)
                then coalesce(sum(net_minor), 0)
        end as net_revenue_minor,
        sum(unit_price_minor * quantity - coalesce(discount_minor, 0)) filter (
            where is_priced_sale
        )
        / sum(quantity) filter (where is_priced_sale) as paid_price_minor,
        avg(unit_price_minor) filter (
            where quantity = 0
        ) as stated_price_minor,
        bool_or(is_promotion) as is_promotion,
        -- The last known stock without sorting the day's events: arrays compare
        -- element by element, so the greatest one carries the latest stock. An
        -- event without a time of day states the stock at the day's end.
        (
            max(
                array[
                    coalesce(extract(epoch from occurred_at), 'infinity'),
                    upload_seq,
                    row_number,
                    stock_on_hand
                ]
            ) filter (where stock_on_hand is not null)
        )[4] as stock_on_hand
    from events
    group by tenant_id, product_key, location_key, business_date

),

-- Sums are exact decimals; what leaves here has the types of the mart.
typed as (

    select
        tenant_id,
        product_key,
        location_key,
        demand_date,
        cast(demanded_quantity as double precision) as demanded_quantity,
        cast(returned_quantity as double precision) as returned_quantity,
        cast(net_revenue_minor as bigint) as net_revenue_minor,
        cast(paid_price_minor as double precision) as paid_price_minor,
        cast(stated_price_minor as double precision) as stated_price_minor,
        is_promotion,
        cast(stock_on_hand as double precision) as stock_on_hand
    from summed

)

select * from typed
