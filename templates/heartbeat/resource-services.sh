#!/bin/sh
# services start|stop|status: all resources of the group as one Heartbeat resource.
#
# Heartbeat's ResourceManager starts some forty processes for each resource that it looks up, asks and starts. In an
# emulated guest they take longer than the resources themselves, so this script calls the resources directly, with
# the same contract: start from first to last, stop from last to first, and give all up when one does not start.
cd /etc/ha.d/resource.d || exit 1
{% set address = param.address.ip ~ "/" ~ param.address.prefix ~ "/" ~ node.nics[param.address.network].device %}
start() {
    {% for resource in resources %}{% for word in resource | split(pat="::") %}{% if loop.first %}./{% else %} {% endif %}{{ word }}{% endfor %} start &&
        {% endfor %}./address {{ address }} start
}

# Every one is stopped, also when one of them fails; the result says whether all did.
stop() {
    result=0
    ./address {{ address }} stop || result=1
    {%- for resource in resources | reverse %}
    {% for word in resource | split(pat="::") %}{% if loop.first %}./{% else %} {% endif %}{{ word }}{% endfor %} stop || result=1
    {%- endfor %}
    return "$result"
}

case $1 in
start)
    start || {
        stop
        exit 1
    }
    ;;
stop)
    stop
    ;;
status)
{%- if resources %}
    # The first resource is the one that others depend on: without it, nothing else runs.
    {% for word in resources | first | split(pat="::") %}{% if loop.first %}./{% else %} {% endif %}{{ word }}{% endfor %} status
{%- else %}
    ./address {{ address }} status
{%- endif %}
    ;;
*)
    echo "usage: $0 start|stop|status" >&2
    exit 2
    ;;
esac
