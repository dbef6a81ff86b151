# Read by the resource scripts: notes a moment of a takeover or release in Heartbeat's log. README.md lists them.
# The time is that of the node since it booted, in seconds; no program is started to get it.
node={{ node.name }}

mark() {
    read -r up _ </proc/uptime
    echo "halab: mark $1 node=$node uptime=$up" >>/var/log/ha-log
}
