{%- if param.delay.ms > 0 -%}
set -u
{%- for peer in peers %}
# Asked from here, the whole round trip takes at least twice the delay: the other node has it too.
ip={{ peer.nics[param.network].ip }}
until rtt=$(ping -c 1 -W {{ 2 * param.delay.seconds + 2 }} "$ip" | sed -n 's/.*time=\([0-9]*\).*/\1/p') &&
    [ -n "$rtt" ] && [ "$rtt" -ge {{ 2 * param.delay.ms }} ]; do
    sleep 1
done
{%- endfor %}
{%- else -%}
# They are not far.
exit 0
{% endif -%}
