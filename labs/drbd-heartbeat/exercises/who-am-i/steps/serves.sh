# The other node has everything, or takes it over.
set -eu
until ip -4 -o addr show | grep -q 'inet 192\.168\.0\.100/'; do
    sleep 1
done
