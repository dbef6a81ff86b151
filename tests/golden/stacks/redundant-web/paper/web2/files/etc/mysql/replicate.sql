-- Run as root by the set-up. Accounts, the table of markers and that of the one note are made on both sides and do not travel.
-- The password is no secret: it keeps the databases of two labs apart when they meet on one wire.
SET SESSION sql_log_bin = 0;
CREATE USER IF NOT EXISTS 'replica'@'%' IDENTIFIED BY 'halab-redundant-web';
GRANT REPLICATION SLAVE ON *.* TO 'replica'@'%';
GRANT SELECT ON halab.* TO 'replica'@'%';
CREATE TABLE IF NOT EXISTS halab.markers (id VARBINARY(64) PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE IF NOT EXISTS halab.notes (id INT PRIMARY KEY, text MEDIUMTEXT NOT NULL) ENGINE=InnoDB;
INSERT IGNORE INTO halab.notes VALUES (1, '');
SET SESSION sql_log_bin = 1;
STOP SLAVE;
CHANGE MASTER TO MASTER_HOST = '10.20.0.1', MASTER_USER = 'replica',
    MASTER_PASSWORD = 'halab-redundant-web', MASTER_USE_GTID = slave_pos,
    MASTER_CONNECT_RETRY = 60, MASTER_HEARTBEAT_PERIOD = 1;
START SLAVE;
