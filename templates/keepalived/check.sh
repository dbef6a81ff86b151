#!/bin/bash
# Checks whether this node serves clients. The shell sends the request itself: starting a program each time would cost
# an emulated node more than the answer.
{%- if param.check != "" %}
page={{ param.check }}
exec 3<>/dev/tcp/127.0.0.1/80 || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$page" >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ] || exit 1
{%- endif %}
{%- if param.check_services %}
# Each of the stacks on this node has its own question.
for service in /usr/local/lib/halab/checks/*; do
    [ -e "$service" ] || continue
    "$service" || exit 1
done
{%- endif %}
exit 0
