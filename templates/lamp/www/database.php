<?php
// The connection to the node's own database, kept by the worker from one request to the next. Who we are is who the
// process runs as (unix_socket); there is no password. Or, where pages share one at a virtual address, to that one: a new
// connection for each request, because the other end of an old one may be a node that has lost its power.
function database(): PDO
{
    if (is_readable('/etc/mysql/shared')) {
        [$host, $password] = file('/etc/mysql/shared', FILE_IGNORE_NEW_LINES);
        ini_set('mysqlnd.net_read_timeout', '2');
        return new PDO("mysql:host=$host;dbname=halab", 'page', $password, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_TIMEOUT => 1,
        ]);
    }
    return new PDO('mysql:unix_socket=/run/mysqld/mysqld.sock;dbname=halab', 'www-data', null, [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_TIMEOUT => 2,
    ]);
}

// A page that writes waits for a disk, and where there is a copy for that, too. So that such waits never take all workers,
// pages that write share two thirds of them; the others are left to readers. The place is free again when it is closed.
function place_to_write()
{
    for ($number = max(1, intdiv({{ param.workers }} * 2, 3)); $number > 0; $number--) {
        $place = @fopen("/run/lock/halab-writer-$number", 'c');
        if ($place && flock($place, LOCK_EX | LOCK_NB)) {
            return $place;
        }
    }
    return null;
}

// Runs a page that writes. One that finds no place is refused at once: its turn would come when its client has gone.
function writing_page(callable $body): void
{
    $place = place_to_write();
    if (!$place) {
        http_response_code(503);
        exit('too many writes at a time on ' . gethostname() . "\n");
    }
    page($body);
    fclose($place);
}

// Runs a page, or says in one line why it could not.
function page(callable $body): void
{
    header('Content-Type: text/plain');
    header('Cache-Control: no-store');
    try {
        $body(database());
    } catch (PDOException $error) {
        http_response_code(503);
        echo 'database unavailable on ', gethostname(), ': ', $error->getMessage(), "\n";
    }
}
