{#-
    A view that is left alone while its definition stays the same.

    dbt's own view is dropped and made again on every run, and dropping cascades:
    a run for one tenant would pull the views away under a run for another.
    Here the definition's hash is kept in the view's comment, and only a changed
    definition touches the catalog, in one statement and behind a lock.
    The view reads as whoever asks (security_invoker), so that row-level security
    is that of the reader.
-#}
{% materialization view, adapter="postgres" %}

    {%- set view = this.incorporate(type="view") -%}
    {%- set name = view.include(database=false) -%}
    {%- set definition -%}
        create view {{ name }} with (security_invoker = true) as {{ sql }}
    {%- endset -%}
    {%- set fingerprint = "definition " ~ local_md5(definition) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement("main") -%}
        do $materialize$
        begin
            perform pg_advisory_xact_lock(hashtextextended('{{ name }}', 0));
            if obj_description(to_regclass('{{ name }}'), 'pg_class')
                is distinct from '{{ fingerprint }}'
            then
                drop view if exists {{ name }} cascade;
                {{ definition }};
                comment on view {{ name }} is '{{ fingerprint }}';
            end if;
        end
        $materialize$
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({"relations": [view]}) }}

{% endmaterialization %}
