# Without a restart, and without the file.
set -eu
mariadb -e 'SET GLOBAL server_id = 12'
