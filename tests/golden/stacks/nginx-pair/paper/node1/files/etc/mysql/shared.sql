-- Run as root by the set-up, on each node for itself. The password is no secret: it keeps the databases of two labs apart
-- when they meet on one wire.
SET SESSION sql_log_bin = 0;
CREATE USER IF NOT EXISTS 'page'@'%' IDENTIFIED BY 'halab-nginx-pair';
GRANT SELECT, INSERT, UPDATE ON halab.* TO 'page'@'%';
SET SESSION sql_log_bin = 1;
