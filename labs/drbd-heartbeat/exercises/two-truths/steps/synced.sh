# The two disks are equal, and have one history.
set -eu
until grep -q 'cs:Connected .* ds:UpToDate/UpToDate' /proc/drbd; do
    sleep 1
done
