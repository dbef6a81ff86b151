<?php
// All ids of the ledger in the order in which they were written, one on each line, then "end <how many>".
// Without that last line the answer is not complete.
require __DIR__ . '/database.php';
page(function (PDO $database): void {
    $count = 0;
    foreach ($database->query('SELECT id FROM ledger ORDER BY number', PDO::FETCH_COLUMN, 0) as $id) {
        echo $id, "\n";
        $count++;
    }
    echo "end $count\n";
});
