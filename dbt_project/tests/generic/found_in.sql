{#-
    Combinations of the columns without a row in `to`. Unlike dbt's own
    `relationships` it compares the tenant too: another tenant's product of
    the same name does not count.
-#}
{% test found_in(model, columns, to) %}

select {{ columns | join(", ") }} from {{ model }}
except
select {{ columns | join(", ") }} from {{ to }}

{% endtest %}
