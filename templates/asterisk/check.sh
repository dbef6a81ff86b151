#!/bin/bash
# Whether Asterisk answers: an OPTIONS over UDP, as telephones send to see whether their exchange is there.
exec 3<>/dev/udp/127.0.0.1/5060 || exit 1
once=$$-$RANDOM$RANDOM
# Written by the shell itself, each line would be a packet of its own.
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
# As many characters at once: of a packet that is read in part, the rest is gone.
read -r -t 3 -N 11 answer <&3
[ "$answer" = 'SIP/2.0 200' ]
