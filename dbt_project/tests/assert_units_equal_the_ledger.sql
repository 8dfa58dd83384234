{{
    config(meta={"dagster": {"ref": {"name": "fct_demand_daily"}}})
}}

-- Every tenant's demand and returns are those of its ledger: no day is lost,
-- doubled or left over from an earlier run.
with

ledger_days as (

    select
        tenant_id,
        greatest(
            coalesce(sum(quantity) filter (where kind != 'return'), 0), 0
        ) as demand_units,
        coalesce(-sum(quantity) filter (where kind = 'return'), 0)
            as returned_units
    from {{ source('core', 'sales_event') }}
    where {{ of_the_runs_tenants() }}
    group by tenant_id, product_key, location_key, business_date

),

ledger as (

    select
        tenant_id,
        count(*) as n_days,
        sum(demand_units) as demand_units,
        sum(returned_units) as returned_units
    from ledger_days
    group by tenant_id

),

mart as (

    select
        tenant_id,
        count(*) as n_days,
        sum(cast(demand_units as numeric)) as demand_units,
        sum(cast(returned_units as numeric)) as returned_units
    from {{ ref('fct_demand_daily') }}
    where {{ of_the_runs_tenants() }}
    group by tenant_id

)

select
    ledger.tenant_id as ledger_tenant_id,
    mart.tenant_id as mart_tenant_id,
    ledger.n_days as ledger_days,
    mart.n_days as mart_days,
    ledger.demand_units as ledger_demand_units,
    mart.demand_units as mart_demand_units,
    ledger.returned_units as ledger_returned_units,
    mart.returned_units as mart_returned_units
from ledger
full outer join mart on ledger.tenant_id = mart.tenant_id
where
    ledger.n_days is distinct from mart.n_days
    or ledger.demand_units is distinct from mart.demand_units
    or ledger.returned_units is distinct from mart.returned_units
