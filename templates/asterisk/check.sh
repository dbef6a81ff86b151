#!/bin/bash
# Checks whether Asterisk answers an OPTIONS over UDP, as telephones check their exchange.
exec 3<>/dev/udp/127.0.0.1/5060 || exit 1
once=$$-$RANDOM$RANDOM
# The shell itself would send each line as a separate packet.
printf '%s\r\n' \
    'OPTIONS sip:127.0.0.1 SIP/2.0' \
    "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK-$once" \
    'From: <sip:100@127.0.0.1>;tag=check' \
    'To: <sip:127.0.0.1>' \
    "Call-ID: $once" \
    'CSeq: 1 OPTIONS' \
    'Max-Forwards: 1' \
    'Content-Length: 0' \
    '' | dd bs=4096 iflag=fullblock status=none >&3
# Read all characters at once: the rest of a partly read packet is lost.
read -r -t 3 -N 11 answer <&3
[ "$answer" = 'SIP/2.0 200' ]
