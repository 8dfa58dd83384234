-- Schemas -----------------------------------------------------------------------------------------
create schema platform;
create schema core;
create schema marts;
create schema serving;
create schema dbt_staging authorization current_user;

grant usage on schema platform to ordernimbus_api, ordernimbus_pipeline, ordernimbus_platform, ordernimbus_backup;
grant usage on schema core to ordernimbus_api, ordernimbus_pipeline, ordernimbus_platform, ordernimbus_dbt, ordernimbus_backup;
grant usage on schema marts to ordernimbus_pipeline, ordernimbus_dbt, ordernimbus_backup;
grant usage on schema serving to ordernimbus_api, ordernimbus_pipeline, ordernimbus_backup;
-- Only views that dbt makes live here; no other role may read it.
grant usage, create on schema dbt_staging to ordernimbus_dbt;

-- Context of a session ----------------------------------------------------------------------------
-- A setting that was set in an earlier transaction reads as '' afterwards, hence nullif.
create function core.tenant() returns uuid language sql stable parallel safe
    as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;
create function core.tenants() returns uuid[] language sql stable parallel safe
    as $$ select string_to_array(nullif(current_setting('app.tenant_ids', true), ''), ',')::uuid[] $$;
create function core.subject() returns text language sql stable parallel safe
    as $$ select nullif(current_setting('app.subject', true), '') $$;

-- Registry ----------------------------------------------------------------------------------------
create table platform.tenant (
    tenant_id uuid primary key,
    slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,40}$'),
    name text not null check (length(name) between 1 and 200),
    time_zone text not null,
    currency_code char(3) not null check (currency_code ~ '^[A-Z]{3}$'),
    country_code char(2) check (country_code ~ '^[A-Z]{2}$'),
    status text not null default 'active' check (status in ('active', 'suspended')),
    accepts_partial_files boolean not null default true,
    created_at timestamptz not null default now()
);
create table platform.membership (
    tenant_id uuid not null references platform.tenant,
    subject text not null check (length(subject) between 1 and 255),
    member_role text not null default 'merchant' check (member_role in ('merchant', 'viewer')),
    created_at timestamptz not null default now(),
    primary key (tenant_id, subject)
);
create index membership_by_subject on platform.membership (subject, tenant_id);

alter table platform.tenant enable row level security, force row level security;
alter table platform.membership enable row level security, force row level security;
create policy platform_registry on platform.tenant to ordernimbus_platform using (true) with check (true);
create policy platform_registry on platform.membership to ordernimbus_platform using (true) with check (true);
create policy own_memberships on platform.membership for select to ordernimbus_api
    using (subject = (select core.subject()));
create policy own_tenants on platform.tenant for select to ordernimbus_api
    using (
        tenant_id = (select core.tenant())
        or tenant_id in (select m.tenant_id from platform.membership as m where m.subject = (select core.subject()))
    );
create policy tenant_isolation on platform.tenant for select to ordernimbus_pipeline
    using (tenant_id = (select core.tenant()));
grant select, insert, update on platform.tenant to ordernimbus_platform;
grant select, insert, update, delete on platform.membership to ordernimbus_platform;
grant select on platform.tenant to ordernimbus_api, ordernimbus_pipeline;
grant select on platform.membership to ordernimbus_api;

-- Uploads -----------------------------------------------------------------------------------------
create table core.upload (
    tenant_id uuid not null references platform.tenant,
    upload_id uuid not null,
    upload_seq bigint generated always as identity,
    source text not null check (source in ('file')),
    file_name text not null check (length(file_name) between 1 and 255),
    sha256 char(64) not null,
    size_bytes bigint not null check (size_bytes >= 0),
    storage_key text not null,
    state text not null default 'landed'
        check (state in ('landed', 'processing', 'loaded', 'refused')),
    format_name text,
    n_rows_read bigint,
    n_rows_accepted bigint,
    n_rows_rejected bigint,
    first_business_date date,
    last_business_date date,
    rejects_key text,
    refusal_code text,
    refusal_message text,
    run_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, upload_id),
    unique (tenant_id, sha256),
    check (n_rows_read is null or n_rows_read = n_rows_accepted + n_rows_rejected)
);
create index upload_by_state on core.upload (tenant_id, state, upload_seq);
create index upload_waiting on core.upload (tenant_id, upload_seq) where state in ('landed', 'processing');
create table core.upload_row_error (
    tenant_id uuid not null,
    upload_id uuid not null,
    error_ordinal integer not null,
    row_number bigint not null,
    column_name text,
    value text,
    code text not null,
    message text not null,
    primary key (tenant_id, upload_id, error_ordinal),
    foreign key (tenant_id, upload_id) references core.upload
);
alter table core.upload enable row level security, force row level security;
alter table core.upload_row_error enable row level security, force row level security;
create policy tenant_isolation on core.upload to ordernimbus_api, ordernimbus_pipeline
    using (tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()));
create policy work_queue on core.upload for select to ordernimbus_platform using (true);
create policy tenant_isolation on core.upload_row_error to ordernimbus_api, ordernimbus_pipeline
    using (tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()));
grant select, insert on core.upload to ordernimbus_api;
grant select, insert, update on core.upload to ordernimbus_pipeline;
grant select (tenant_id, upload_id, upload_seq, state, created_at, updated_at) on core.upload to ordernimbus_platform;
grant select on core.upload_row_error to ordernimbus_api;
grant select, insert, delete on core.upload_row_error to ordernimbus_pipeline;

-- Ledger ------------------------------------------------------------------------------------------
create table core.sales_event (
    tenant_id uuid not null,
    source text not null,
    order_key text not null,
    event_key text not null,
    kind text not null check (kind in ('order', 'edit', 'return', 'adjustment', 'cancellation')),
    business_date date not null,
    occurred_at timestamptz,
    product_key text not null,
    sku text,
    product_title text,
    category text,
    location_key text not null,
    channel text,
    quantity numeric(18, 4) not null,
    unit_price_minor bigint,
    gross_minor bigint,
    discount_minor bigint,
    net_minor bigint,
    tax_minor bigint,
    currency_code char(3) not null,
    is_promotion boolean,
    stock_on_hand numeric(18, 4),
    is_refund_unresolved boolean not null default false,
    upload_id uuid not null,
    upload_seq bigint not null,
    row_number bigint not null,
    primary key (tenant_id, source, order_key, event_key)
) partition by hash (tenant_id);
do $$
begin
    for part in 0..15 loop
        execute format(
            'create table core.sales_event_p%s partition of core.sales_event for values with (modulus 16, remainder %s)',
            lpad(part::text, 2, '0'), part
        );
        execute format(
            'alter table core.sales_event_p%s enable row level security, force row level security',
            lpad(part::text, 2, '0')
        );
    end loop;
end $$;
alter table core.sales_event enable row level security, force row level security;
create policy tenant_isolation on core.sales_event to ordernimbus_pipeline
    using (tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()));
create policy tenants_of_the_run on core.sales_event for select to ordernimbus_dbt
    using (tenant_id = any ((select core.tenants())::uuid[]));
grant select, insert, update, delete on core.sales_event to ordernimbus_pipeline;
grant select on core.sales_event to ordernimbus_dbt;

-- Marts: filled by dbt ----------------------------------------------------------------------------
create table marts.fct_demand_daily (
    tenant_id uuid not null,
    series_id text not null,
    demand_date date not null,
    product_key text not null,
    location_key text not null,
    demand_units double precision not null,
    returned_units double precision not null,
    net_revenue_minor bigint,
    unit_price_minor double precision,
    is_promotion boolean,
    stock_on_hand double precision,
    stock_out_share double precision,
    primary key (tenant_id, series_id, demand_date)
);
create table marts.dim_product (
    tenant_id uuid not null,
    product_key text not null,
    sku text,
    product_title text,
    category text,
    first_sale_date date not null,
    last_sale_date date not null,
    primary key (tenant_id, product_key)
);
create table marts.dim_location (
    tenant_id uuid not null,
    location_key text not null,
    first_sale_date date not null,
    last_sale_date date not null,
    n_products bigint not null,
    primary key (tenant_id, location_key)
);
do $$
declare mart text;
begin
    foreach mart in array array['fct_demand_daily', 'dim_product', 'dim_location'] loop
        execute format('alter table marts.%I enable row level security, force row level security', mart);
        execute format(
            'create policy tenant_isolation on marts.%I for select to ordernimbus_pipeline using (tenant_id = (select core.tenant()))',
            mart
        );
        execute format(
            'create policy tenants_of_the_run on marts.%I to ordernimbus_dbt'
            ' using (tenant_id = any ((select core.tenants())::uuid[]))'
            ' with check (tenant_id = any ((select core.tenants())::uuid[]))',
            mart
        );
        execute format('grant select on marts.%I to ordernimbus_pipeline', mart);
        execute format('grant select, insert, delete on marts.%I to ordernimbus_dbt', mart);
    end loop;
end $$;

-- Models ------------------------------------------------------------------------------------------
create table core.model_version (
    tenant_id uuid not null references platform.tenant,
    model_version integer not null,
    sha256 char(64) not null,
    storage_key text not null,
    cutoff_date date not null,
    code_version text not null,
    tracking_run_id text,
    tracking_error text,
    metrics jsonb not null,
    run_id text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, model_version)
);
create table core.model_alias (
    tenant_id uuid not null,
    alias text not null check (alias in ('champion', 'challenger')),
    model_version integer not null,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, alias),
    foreign key (tenant_id, model_version) references core.model_version
);
alter table core.model_version enable row level security, force row level security;
alter table core.model_alias enable row level security, force row level security;
create policy tenant_isolation on core.model_version to ordernimbus_pipeline
    using (tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()));
create policy tenant_isolation on core.model_alias to ordernimbus_pipeline
    using (tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()));
grant select, insert on core.model_version to ordernimbus_pipeline;
grant select, insert, update on core.model_alias to ordernimbus_pipeline;

-- Serving: what the API reads ---------------------------------------------------------------------
-- Vintages and forecasts are never updated or deleted: no role has the right to.
create table serving.vintage (
    tenant_id uuid not null references platform.tenant,
    vintage_id uuid not null,
    cutoff_date date not null,
    horizon_days integer not null check (horizon_days between 1 and 400),
    quantiles double precision[] not null,
    model_version integer not null,
    model_sha256 char(64) not null,
    code_version text not null,
    data_watermark_seq bigint not null,
    n_series integer not null,
    run_id text not null,
    published_at timestamptz not null default now(),
    primary key (tenant_id, vintage_id)
);
create table serving.current_vintage (
    tenant_id uuid primary key,
    vintage_id uuid not null,
    updated_at timestamptz not null default now(),
    foreign key (tenant_id, vintage_id) references serving.vintage
);
create table serving.forecast (
    tenant_id uuid not null,
    vintage_id uuid not null,
    series_id text not null,
    start_date date not null,
    mean_units real[] not null,
    -- One row per quantile of the vintage, in its order; one column per day.
    quantile_units real[] not null,
    method text not null,
    reason text not null,
    primary key (tenant_id, vintage_id, series_id),
    foreign key (tenant_id, vintage_id) references serving.vintage,
    check (array_ndims(quantile_units) = 2),
    check (array_length(quantile_units, 2) = array_length(mean_units, 1))
);
create table serving.series (
    tenant_id uuid not null references platform.tenant,
    series_id text not null,
    vintage_id uuid not null,
    product_key text not null,
    sku text,
    product_title text,
    category text,
    location_key text not null,
    series_class text not null,
    first_sale_date date not null,
    last_sale_date date not null,
    n_days integer not null,
    mean_daily_units double precision not null,
    history_start_date date not null,
    -- Demand per day from history_start_date on; null where demand is not known.
    history_units real[] not null,
    primary key (tenant_id, series_id)
);
create index series_by_product on serving.series (tenant_id, product_key, location_key);
create index series_by_sku on serving.series (tenant_id, sku);
create table serving.accuracy (
    tenant_id uuid not null,
    vintage_id uuid not null,
    -- '' stands for all series together.
    series_id text not null,
    evidence text not null check (evidence in ('backtest', 'served')),
    from_date date not null,
    to_date date not null,
    n_days integer not null,
    actual_units double precision not null,
    wape double precision,
    bias_pct double precision,
    rmsse double precision,
    coverage_80 double precision,
    coverage_95 double precision,
    seasonal_naive_wape double precision,
    seasonal_naive_rmsse double precision,
    measured_at timestamptz not null default now(),
    primary key (tenant_id, vintage_id, series_id, evidence, to_date),
    foreign key (tenant_id, vintage_id) references serving.vintage
);
do $$
declare entity text;
begin
    foreach entity in array array['vintage', 'current_vintage', 'forecast', 'series', 'accuracy'] loop
        execute format('alter table serving.%I enable row level security, force row level security', entity);
        execute format(
            'create policy tenant_isolation on serving.%I to ordernimbus_api, ordernimbus_pipeline'
            ' using (tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()))',
            entity
        );
        execute format('grant select on serving.%I to ordernimbus_api', entity);
        execute format('grant select, insert on serving.%I to ordernimbus_pipeline', entity);
    end loop;
end $$;
grant update on serving.current_vintage to ordernimbus_pipeline;
grant update, delete on serving.series to ordernimbus_pipeline;

-- The API's readiness compares the schema's revision with the one its code needs.
grant select on public.alembic_version to ordernimbus_api;

-- Whatever a migration adds later, backups must hold; row-level security does not apply to them.
grant select on all tables in schema platform, core, marts, serving to ordernimbus_backup;
alter default privileges in schema platform, core, marts, serving grant select on tables to ordernimbus_backup;
