# Until replication here has stopped with an error, or for half a minute.
set -eu
for _ in $(seq 30); do
    sleep 1
    if mariadb -e 'SHOW SLAVE STATUS\G' | grep -q 'Slave_SQL_Running: No'; then break; fi
done
sleep 2
sync
