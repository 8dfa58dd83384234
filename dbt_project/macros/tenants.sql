{#-
    Stop before any model or data test when the connection names no tenants:
    row-level security would show no rows, and the run would be green and empty.
    Unit tests bring their own rows and need no tenant.
-#}
{% macro require_tenants() -%}
    {%- set runs = flags.WHICH not in ["compile", "generate"] -%}
    {%- if execute and runs and reads_tenants_rows() -%}
        {%- set answer = run_query(
            "select coalesce(cardinality(core.tenants()), 0) as n_tenants"
        ) -%}
        {%- if answer.rows[0]["n_tenants"] == 0 -%}
            {{ exceptions.raise_compiler_error(
                "no tenants for this run: set PGOPTIONS to"
                " '-c app.tenant_ids=<uuid>,<uuid>' and start it again"
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro reads_tenants_rows() -%}
    {%- set found = namespace(any=false) -%}
    {%- for resource in selected_resources -%}
        {%- if not resource.startswith("unit_test.") -%}
            {%- set found.any = true -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found.any) }}
{%- endmacro %}


{#-
    Delete the rows of the run's tenants, in the transaction that inserts the
    new ones: readers see the old rows or the new ones, and rows that left the
    ledger do not stay. The locks, taken in one order by everybody, let two
    runs of one tenant follow each other instead of meeting in the primary key.
-#}
{% macro remove_tenants_rows() -%}
    select pg_advisory_xact_lock(hashtextextended(tenants.lock_name, 0))
    from (
        select '{{ this.identifier }}:' || tenant_id as lock_name
        from unnest(core.tenants()) as tenant_id
        order by tenant_id
    ) as tenants;

    delete from {{ this }} where tenant_id = any(core.tenants())
{%- endmacro %}


{#-
    A condition with the run's tenants written out, for every query of rows.

    Row-level security alone keeps other tenants out; this tells the planner
    which ones are wanted before it runs: the ledger is read from the tenants'
    partitions only, and a small tenant by index next to a large one.
    Where no tenant is set (compiling, unit tests) it is `true`.
-#}
{% macro of_the_runs_tenants() -%}
    {%- set tenants = [] -%}
    {%- if execute -%}
        {%- set answer = run_query(
            "select cast(unnest(core.tenants()) as text) as tenant_id"
        ) -%}
        {%- for row in answer.rows -%}
            {%- do tenants.append("'" ~ row["tenant_id"] ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ "tenant_id in (" ~ tenants | join(", ") ~ ")" if tenants else "true" }}
{%- endmacro %}


{#- dbt's generic tests ask through here which rows to look at. -#}
{% macro get_where_subquery(relation) -%}
    {%- set condition = config.get("where") or "true" -%}
    (
        select * from {{ relation }}
        where {{ of_the_runs_tenants() }} and {{ condition }}
    ) as tested
{%- endmacro %}
