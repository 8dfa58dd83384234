-- Money is summed without conversion, so a tenant may have one currency only.
select
    tenant_id,
    min(currency_code) as one_currency,
    max(currency_code) as another_currency
from {{ ref('stg_core__sales_event') }}
where {{ of_the_runs_tenants() }}
group by tenant_id
having min(currency_code) != max(currency_code)
