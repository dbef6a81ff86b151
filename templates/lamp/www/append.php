<?php
// Writes one entry of the ledger, and answers "ok <id>" once it is durable.
// Asking again for the same id changes nothing and gives the same answer, so a client that got none may ask again.
require __DIR__ . '/database.php';
writing_page(function (PDO $database): void {
    $id = $_REQUEST['id'] ?? '';
    if (!is_string($id) || !preg_match('/^[A-Za-z0-9_.-]{1,64}$/D', $id)) {
        http_response_code(400);
        echo "id must be 1 to 64 letters, digits or any of _ . -\n";
        return;
    }
    $insert = $database->prepare('INSERT IGNORE INTO ledger (id, node) VALUES (?, ?)');
    $insert->execute([$id, gethostname()]);
    echo "ok $id\nnode ", gethostname(), "\n";
});
