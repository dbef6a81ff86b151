<?php
// Appends one line to a file of the site, and answers "ok <id>" once it is on this node's disk. Whether it is
// anywhere else by then is up to what copies the files.
header('Content-Type: text/plain');
header('Cache-Control: no-store');
$id = $_REQUEST['id'] ?? '';
if (!is_string($id) || !preg_match('/^[A-Za-z0-9_.-]{1,64}$/D', $id)) {
    http_response_code(400);
    exit("id must be 1 to 64 letters, digits or any of _ . -\n");
}
$file = fopen('/srv/data/www/uploads/ledger.txt', 'a');
if (!$file || !flock($file, LOCK_EX) || !fwrite($file, "$id\n") || !fsync($file)) {
    http_response_code(503);
    exit('the file cannot be written on ' . gethostname() . "\n");
}
fclose($file);
echo "ok $id\nnode ", gethostname(), "\n";
