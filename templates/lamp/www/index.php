<?php
// Reads and writes the database, and says which node did it.
require __DIR__ . '/database.php';
writing_page(function (PDO $database): void {
    $database->exec("UPDATE visits SET count = count + 1 WHERE page = '/'");
    $count = $database->query("SELECT count FROM visits WHERE page = '/'")->fetchColumn();
    $node = htmlspecialchars(gethostname());
    header('Content-Type: text/html');
    echo "<!DOCTYPE html>\n<title>halab</title>\n<h1>Answered by $node</h1>\n",
        "<p>Visit number <b>$count</b>, counted in a database that outlives the node.</p>\n";
});
