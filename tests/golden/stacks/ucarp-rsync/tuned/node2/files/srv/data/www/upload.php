<?php
// Appends one line to a file of the site, and answers "ok <id>" once it is on this node's disk, and on the other node's,
// as far as that can be waited for: not when the other is away, and not for longer than 1500 ms.
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
$size = fstat($file)['size'];
fclose($file);
$limit = hrtime(true) + 1500 * 1000000;
while (hrtime(true) < $limit) {
    // How much of the file the other has, or `away`; nothing where nobody has sent yet.
    $there = @file_get_contents('/run/filesync');
    if ($there === "gone\n") {
        http_response_code(503);
        exit(gethostname() . " has given up the address\n");
    }
    if ($there === false || $there === "away\n" || (int) $there >= $size) {
        break;
    }
    usleep(5000);
}
echo "ok $id\nnode ", gethostname(), "\n";
