# Read by Heartbeat's own scripts and by resource scripts, in place of the package's file of this name.
{%- if param.takeover == "grouped" %}
# That one reads a thousand lines of OCF functions each time. Heartbeat's scripts, of which several run in every
# takeover, need only what is here; everything else gets the OCF functions as before.
{%- endif %}
: "${HA_DIR:=/etc/ha.d}"
: "${HA_RCDIR:=$HA_DIR/rc.d}"
: "${HA_CF:=$HA_DIR/ha.cf}"
: "${HA_RESOURCEDIR:=$HA_DIR/resource.d}"
: "${HA_SBIN_DIR:=/usr/sbin}"
: "${HA_BIN:=/usr/libexec/heartbeat}"
: "${HA_NOARCHBIN:=/usr/share/heartbeat}"
: "${HA_FIFO:=/var/lib/heartbeat/fifo}"
: "${HA_LOGFILE:=/var/log/ha-log}"
: "${HA_DEBUGLOG:=/var/log/ha-debug}"
: "${OCF_AGENTS:=/usr/lib/ocf/resource.d/heartbeat/}"
export HA_DIR HA_RCDIR HA_CF HA_RESOURCEDIR HA_SBIN_DIR HA_BIN HA_NOARCHBIN HA_FIFO HA_LOGFILE HA_DEBUGLOG OCF_AGENTS
PATH=$HA_BIN:$HA_SBIN_DIR:$HA_NOARCHBIN:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# Sends a message, given on standard input, to the cluster.
ha_clustermsg() {
    { echo '>>>' && cat && echo '<<<'; } | cat >>"$HA_FIFO"
}

{% if param.takeover == "grouped" -%}
case ${0##*/} in
ResourceManager | mach_down | req_resource | harc | status | ip-request | ip-request-resp | ask_resources | hb_takeover | hb_standby)
    # Like the marks of our resources, with the time since the node booted, which no program has to be asked for.
    ha_log() {
        read -r up _ </proc/uptime
        echo "${0##*/}[$$]: $* uptime=$up" >>"$HA_LOGFILE"
    }
    ha_debug() { :; }
    ;;
*)
    . /usr/lib/ocf/lib/heartbeat/ocf-shellfuncs
    ;;
esac
{%- else -%}
. /usr/lib/ocf/lib/heartbeat/ocf-shellfuncs
{%- endif %}
