set -u
# Both services tell systemd when they are ready; a page that is asked for too early is asked for again.
until curl --silent --fail --max-time 5 http://127.0.0.1/health.php | grep -q 'database ok'; do
    sleep 1
done
