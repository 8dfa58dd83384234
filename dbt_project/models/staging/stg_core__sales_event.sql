with

source as (

    select * from {{ source('core', 'sales_event') }}

),

renamed as (

    select
        -- keys
        tenant_id,
        source,
        order_key,
        event_key,

        -- what, where, when
        kind as event_kind,
        business_date,
        occurred_at,
        product_key,
        sku,
        product_title,
        category,
        location_key,
        channel,

        -- measures
        quantity,
        unit_price_minor,
        gross_minor,
        discount_minor,
        net_minor,
        tax_minor,
        currency_code,
        is_promotion,
        stock_on_hand,
        is_refund_unresolved,

        -- where it was read from
        upload_id,
        upload_seq,
        row_number

    from source

)

select * from renamed
