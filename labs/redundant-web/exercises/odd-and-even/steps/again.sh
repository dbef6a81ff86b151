# The rows that were set aside, with numbers of this server. First those of the other one have to be here.
set -eu
for _ in $(seq 30); do
    ! comm -23 /root/there /root/here | grep -q . && break
    sleep 1
    mariadb --batch --skip-column-names -e 'SELECT id FROM halab.ledger' | sort >/root/here
done
sed "s/.*/INSERT IGNORE INTO halab.ledger (id, node) VALUES ('&', 'web2');/" /root/only-here | mariadb
sync
