# Prosody tells nobody when it listens, so it is asked until it answers.
until /usr/local/lib/halab/checks/xmpp 2>/dev/null; do
    sleep 0.5
done
