# Prosody does not signal when it is ready, so the check is repeated until it answers.
until /usr/local/lib/halab/checks/xmpp 2>/dev/null; do
    sleep 0.5
done
