#!/bin/sh
# Run in the image while it is built, at the speed of the machine: the database with its schema, in the folder whose
# content the mirrored file system is made with. The pages are put beside it by the seed.
set -eu
systemctl --quiet disable apache2.service apache-htcacheclean.service mariadb.service mariadb.socket
systemctl --quiet disable phpsessionclean.timer
a2enmod -q headers
a2dismod -q -f autoindex deflate negotiation reqtimeout setenvif status

data=/usr/share/halab/data
mkdir -p "$data/mysql" "$data/www"
chown mysql:mysql "$data/mysql"

# The same layout as 90-halab.cnf asks for: these sizes are decided when a database is made.
options="--no-defaults --user=mysql --datadir=$data/mysql --innodb-log-file-size=8M --innodb-undo-tablespaces=0
    --innodb-data-file-path=ibdata1:3M:autoextend --innodb-autoextend-increment=1 --skip-log-bin --skip-networking"

# shellcheck disable=SC2086
mariadb-install-db $options --auth-root-authentication-method=socket --skip-test-db --force >/dev/null

# The guest's user www-data is the database user www-data: there are no passwords.
# shellcheck disable=SC2086
mariadbd $options --bootstrap <<'SQL'
FLUSH PRIVILEGES;
-- Views of what the performance schema measures, which is off; and the texts of HELP, a third of all that a mirror
-- would have to copy first.
DROP DATABASE sys;
TRUNCATE mysql.help_topic;
TRUNCATE mysql.help_relation;
TRUNCATE mysql.help_keyword;
TRUNCATE mysql.help_category;
CREATE DATABASE halab CHARACTER SET ascii;
CREATE TABLE halab.visits (page VARCHAR(64) PRIMARY KEY, count BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB;
INSERT INTO halab.visits VALUES ('/', 0);
CREATE TABLE halab.ledger (number BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id VARBINARY(64) NOT NULL UNIQUE, node VARCHAR(64) NOT NULL) ENGINE=InnoDB;
CREATE USER 'www-data'@'localhost' IDENTIFIED VIA unix_socket;
GRANT SELECT, INSERT, UPDATE ON halab.* TO 'www-data'@'localhost';
SQL

# What is empty in these files takes up no blocks, and no time to copy.
find "$data/mysql" -type f -size +64k -exec fallocate --dig-holes {} \;
