<?php
// One small read: for health checks and for load. The text "database ok" is there only when the read worked.
require __DIR__ . '/database.php';
page(function (PDO $database): void {
    $database->query("SELECT count FROM visits WHERE page = '/'")->fetchColumn();
    echo 'node ', gethostname(), "\ndatabase ok\n";
});
