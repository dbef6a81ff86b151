-- Prosody: chat between the accounts of this lab, in a closed network. Nothing is encrypted, so that a packet capture
-- shows all of it, and no other server is spoken to.

admins = {}
modules_enabled = { "saslauth", "roster", "disco", "ping", "posix", "time", "version" }
modules_disabled = { "s2s" }

interfaces = { "0.0.0.0" }
c2s_ports = { 5222 }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true

-- Passwords as they are: to hash one at every login would cost an emulated node more than the login.
authentication = "internal_plain"

daemonize = false
pidfile = "/run/prosody/prosody.pid"
-- Who comes and goes is not written down: that would cost an emulated node more than they do.
log = { { levels = { min = "warn" }, to = "console" } }
{{- extra.global }}

VirtualHost "lab"
{{- extra.host }}
