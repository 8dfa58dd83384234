with

events as (

    select
        tenant_id,
        product_key,
        sku,
        product_title,
        category,
        business_date,
        upload_seq,
        row_number
    from {{ ref('stg_core__sales_event') }}

),

-- Few spellings per product are left for the ordered choice below.
spellings as (

    select
        tenant_id,
        product_key,
        sku,
        product_title,
        category,
        max(
            array[
                business_date - date '2000-01-01',
                upload_seq,
                row_number
            ]
        ) as recency
    from events
    group by tenant_id, product_key, sku, product_title, category

),

described as (

    select
        tenant_id,
        product_key,
        (
            array_agg(sku order by recency desc, sku asc)
            filter (where sku is not null)
        )[1] as sku,
        (
            array_agg(product_title order by recency desc, product_title asc)
            filter (where product_title is not null)
        )[1] as product_title,
        (
            array_agg(category order by recency desc, category asc)
            filter (where category is not null)
        )[1] as category
    from spellings
    group by tenant_id, product_key

)

select * from described
