<?php
// The connection to the database, kept by the worker from one request to the next. Who we are is who the process
// runs as (unix_socket); there is no password.
function database(): PDO
{
    return new PDO('mysql:unix_socket=/run/mysqld/mysqld.sock;dbname=halab', 'www-data', null, [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_TIMEOUT => 2,
    ]);
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
