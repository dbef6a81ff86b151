#!/bin/sh
# Gives the interfaces the addresses of /etc/halab/network (commands of `ip -batch`) and the names of /etc/halab/nics
# ("52:54:00:12:34:56 eth0"), by their Ethernet addresses, because the kernel's order can differ.
set -u

mismatch=
while read -r mac device; do
    found=
    { read -r found < "/sys/class/net/$device/address"; } 2> /dev/null
    [ "$found" = "$mac" ] || mismatch=yes
done < /etc/halab/nics

if [ -n "$mismatch" ]; then
    # In two rounds, because two of them may have to swap names.
    for round in 1 2; do
        while read -r mac device; do
            for path in /sys/class/net/*; do
                read -r found < "$path/address"
                [ "$found" = "$mac" ] || continue
                [ $round = 2 ] || device=swap-$device
                ip link set "${path##*/}" down
                ip link set "${path##*/}" name "$device"
            done
        done < /etc/halab/nics
    done
fi
exec ip -force -batch /etc/halab/network
