<?php
// One small read: for health checks and for load. The text "database ok" is there only when the read worked.
require __DIR__ . '/database.php';
// What visitors ask for first is compiled once this page was asked for, not while the first of them waits.
$first = __DIR__ . '/index.php';
if (function_exists('opcache_is_script_cached') && !opcache_is_script_cached($first)) {
    @opcache_compile_file($first);
}
page(function (PDO $database): void {
    $database->query("SELECT count FROM visits WHERE page = '/'")->fetchColumn();
    echo 'node ', gethostname(), "\ndatabase ok\n";
});
