-- Run as root by the set-up. Accounts, the table of markers and that of the one note are made on both sides and do not travel.
-- The password is no secret: it keeps the databases of two labs apart when they meet on one wire.
SET SESSION sql_log_bin = 0;
CREATE USER IF NOT EXISTS 'replica'@'%' IDENTIFIED BY 'halab-{{ lab.name }}';
GRANT REPLICATION SLAVE ON *.* TO 'replica'@'%';
GRANT SELECT ON halab.* TO 'replica'@'%';
CREATE TABLE IF NOT EXISTS halab.markers (id VARBINARY(64) PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE IF NOT EXISTS halab.notes (id INT PRIMARY KEY, text MEDIUMTEXT NOT NULL) ENGINE=InnoDB;
INSERT IGNORE INTO halab.notes VALUES (1, '');
{{- extra.sql }}
SET SESSION sql_log_bin = 1;
STOP SLAVE;
{%- if param.replicate %}
CHANGE MASTER TO MASTER_HOST = '{{ peers[0].nics[param.network].ip }}', MASTER_USER = 'replica',
    MASTER_PASSWORD = 'halab-{{ lab.name }}', MASTER_USE_GTID = slave_pos,
    MASTER_CONNECT_RETRY = {{ param.retry.seconds }}, MASTER_HEARTBEAT_PERIOD = 1, MASTER_SSL = 0, MASTER_SSL_VERIFY_SERVER_CERT = 0;
START SLAVE;
{%- else %}
RESET SLAVE ALL;
{%- endif %}
