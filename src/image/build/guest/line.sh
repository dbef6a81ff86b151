#!/bin/sh
# Does what comes over the second serial line, one request at a time: a machine that was just restored is asked this way, because
# a new SSH connection takes longer than its whole restore. Root of the host only is at the other end.
#
# A request is one line, `NUMBER SCRIPT`, with the escapes of printf in the script. The answer is what the script prints and
# then a line `halab-NUMBER STATUS`. What came before anybody listened is lost, so the host sends empty requests until one is
# answered.
exec 0<>/dev/ttyS1 1>&0 2>&1
stty raw -echo
while read -r number script; do
    [ -n "$number" ] || continue
    (set -eu; eval "$(printf %b "$script")") </dev/null
    printf '\nhalab-%s %s\n' "$number" "$?"
done
