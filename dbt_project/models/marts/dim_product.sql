with

products as (

    select *
    from {{ ref('int_product__described') }}
    where {{ of_the_runs_tenants() }}

),

demand as (

    select
        tenant_id,
        product_key,
        demand_date,
        demand_units
    from {{ ref('fct_demand_daily') }}
    where {{ of_the_runs_tenants() }}

),

sale_dates as (

    select
        tenant_id,
        product_key,
        coalesce(
            min(demand_date) filter (where demand_units > 0), min(demand_date)
        ) as first_sale_date,
        coalesce(
            max(demand_date) filter (where demand_units > 0), max(demand_date)
        ) as last_sale_date
    from demand
    group by tenant_id, product_key

),

dated as (

    select
        products.tenant_id,
        products.product_key,
        products.sku,
        products.product_title,
        products.category,
        sale_dates.first_sale_date,
        sale_dates.last_sale_date
    from products
    inner join sale_dates
        on
            products.tenant_id = sale_dates.tenant_id
            and products.product_key = sale_dates.product_key

)

select
    tenant_id,
    product_key,
    sku,
    product_title,
    category,
    first_sale_date,
    last_sale_date
from dated
