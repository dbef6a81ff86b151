set -u
# The servers one by one, past the balancer, and then the balancer: it may still leave alone one that has just come back.
answers() {
    curl --silent --fail --max-time 5 "http://$1/health.php" | grep -q 'database ok'
}

for server in{% for server in param.servers %} {{ server.nics[param.network].ip }}{% endfor %} 127.0.0.1; do
    until answers "$server"; do
        sleep 1
    done
done
