# Asterisk tells systemd when it is there; one that is asked too early is asked again.
until /usr/local/lib/halab/checks/sip 2>/dev/null; do
    sleep 1
done
