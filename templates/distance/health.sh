{%- if param.delay.ms > 0 -%}
set -u
{%- for peer in peers %}
# A round trip takes at least twice the delay, because the other node adds it too.
ip={{ peer.nics[param.network].ip }}
until rtt=$(ping -c 1 -W {{ 2 * param.delay.seconds + 2 }} "$ip" | sed -n 's/.*time=\([0-9]*\).*/\1/p') &&
    [ -n "$rtt" ] && [ "$rtt" -ge {{ 2 * param.delay.ms }} ]; do
    sleep 1
done
{%- endfor %}
{%- else -%}
# No delay is configured.
exit 0
{% endif -%}
