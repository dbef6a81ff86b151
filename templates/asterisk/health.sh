# Asterisk notifies systemd when it is ready; a check that comes too early is repeated.
until /usr/local/lib/halab/checks/sip 2>/dev/null; do
    sleep 1
done
