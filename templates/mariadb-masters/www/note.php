<?php
// Adds an entry to the one note that there is, a row that the other server may change as well, and answers "ok <id>" once that is
// durable. Asking again for the same id changes nothing. Without an id: the entries, one a line, then "end <how many>".
require __DIR__ . '/database.php';
$id = $_REQUEST['id'] ?? null;
if ($id === null) {
    page(function (PDO $database): void {
        $text = $database->query('SELECT text FROM notes WHERE id = 1')->fetchColumn();
        echo $text, 'end ', substr_count($text, "\n"), "\n";
    });
    exit;
}
writing_page(function (PDO $database) use ($id): void {
    if (!is_string($id) || !preg_match('/^[A-Za-z0-9_.-]{1,64}$/D', $id)) {
        http_response_code(400);
        echo "id must be 1 to 64 letters, digits or any of _ . -\n";
        return;
    }
    $add = $database->prepare(
        "UPDATE notes SET text = CONCAT(text, ?, '\n') WHERE id = 1 AND LOCATE(CONCAT('\n', ?, '\n'), CONCAT('\n', text)) = 0"
    );
    $add->execute([$id, $id]);
    echo "ok $id\nnode ", gethostname(), "\n";
});
