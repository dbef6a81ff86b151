<?php
// All lines of the file that upload.php appends to, then "end <how many>". Without that the answer is not complete.
header('Content-Type: text/plain');
header('Cache-Control: no-store');
$lines = file('/srv/data/www/uploads/ledger.txt');
if ($lines === false) {
    http_response_code(503);
    exit('the file cannot be read on ' . gethostname() . "\n");
}
echo implode('', $lines), 'end ', count($lines), "\n";
