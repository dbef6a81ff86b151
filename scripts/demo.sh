#!/bin/sh
# The first five minutes with halab: a cluster, its power cut under load, and what its clients saw.
set -eu

lab=${LAB_BINARY:-target/release/lab}
step() { printf '\n\033[1m$ %s\033[0m\n' "lab $*"; "$lab" "$@"; }

step up drbd-heartbeat
step status drbd-heartbeat
step drill run power-cut

cat <<TEXT

The cluster still stands. Look around (as root):
  $lab ssh node1                            a shell on a node
  $lab exec node1 -- drbdadm status         one command on a node
  $lab client -- curl -s http://192.168.0.100/   be a client of the cluster
  $lab forward web:80                       open the page in your browser
  $lab drill run failback                   the planned way back
  $lab drill report                         the last drill's figures, from its record
Take it down, and nothing is left:
  $lab down
TEXT
