with

demand as (

    select
        tenant_id,
        product_key,
        location_key,
        demand_date,
        demand_units
    from {{ ref('fct_demand_daily') }}
    where {{ of_the_runs_tenants() }}

),

products as (

    select
        tenant_id,
        location_key,
        product_key,
        min(demand_date) as first_date,
        max(demand_date) as last_date,
        min(demand_date) filter (where demand_units > 0) as first_sale_date,
        max(demand_date) filter (where demand_units > 0) as last_sale_date
    from demand
    group by tenant_id, location_key, product_key

),

locations as (

    select
        tenant_id,
        location_key,
        coalesce(min(first_sale_date), min(first_date)) as first_sale_date,
        coalesce(max(last_sale_date), max(last_date)) as last_sale_date,
        count(*) as n_products
    from products
    group by tenant_id, location_key

)

select
    tenant_id,
    location_key,
    first_sale_date,
    last_sale_date,
    n_products
from locations
