{#- Rows for which the condition is false; unknown (null) passes. -#}
{% test always(model, condition) %}

select *
from {{ model }}
where not ({{ condition }})

{% endtest %}
