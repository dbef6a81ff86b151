#!/bin/bash
# Checks whether Prosody opens a stream of the domain. The shell sends the request itself: starting a program each time
# would cost an emulated node more than the answer.
exec 3<>/dev/tcp/127.0.0.1/5222 || exit 1
printf '%s' "<?xml version='1.0'?><stream:stream to='lab' version='1.0'" \
    " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" >&3
# The declaration of XML, and then the stream.
read -r -t 3 -d '>' _ <&3 && read -r -t 3 -d '>' answer <&3 || exit 1
printf '</stream:stream>' >&3
[[ $answer == "<stream:stream"*"from='lab'"* ]]
