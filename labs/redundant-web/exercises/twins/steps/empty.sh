# As many guides say: forget all of it, and begin from zero.
set -eu
mariadb -e "STOP SLAVE; RESET MASTER; SET GLOBAL gtid_slave_pos = ''"
sync
