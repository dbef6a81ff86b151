{%- if param.web_server == "always" -%}
# Apache does not need its pages to start. On this node, where a page will be asked for first, it comes up while the
# nodes wait for each other.
systemctl start --no-block apache2.service
{%- else -%}
# Apache is started by the cluster manager only.
exit 0
{%- endif %}
