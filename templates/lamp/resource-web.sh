#!/bin/sh
# web start|stop|status: Apache as a Heartbeat resource.
. /etc/ha.d/mark

runs() {
    { read -r pid </run/apache2/apache2.pid && kill -0 "$pid"; } 2>/dev/null
}
{% if param.web_server == "always" %}
# Apache runs on every node; this node is the one that it counts on while the file is there.
held=/run/halab-web
{% endif %}
case $1 in
start)
    runs || systemctl start apache2.service || exit 1
{%- if param.web_server == "always" %}
    : >"$held"
{%- endif %}
    mark web-up
    ;;
stop)
{%- if param.web_server == "always" %}
    rm -f "$held"
{%- else %}
    # Ignoring dependencies: at shutdown, systemd's own stop job waits for Heartbeat to stop, and Heartbeat for this.
    systemctl stop --job-mode=ignore-dependencies apache2.service || exit 1
{%- endif %}
    mark web-down
    ;;
status)
{%- if param.web_server == "always" %}
    if [ -e "$held" ] && runs; then echo running; else echo stopped; fi
{%- else %}
    if runs; then echo running; else echo stopped; fi
{%- endif %}
    ;;
*)
    echo "usage: $0 start|stop|status" >&2
    exit 2
    ;;
esac
