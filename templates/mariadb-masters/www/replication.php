<?php
// Writes a marker into the node's own database, asks the other one for it until it is there, and says how long that
// took after the commit was acknowledged: both times are of this node's clock.
require __DIR__ . '/database.php';
writing_page(function (PDO $database): void {
    [$host, $password] = file('/etc/mysql/peer', FILE_IGNORE_NEW_LINES);
    // Not kept: every worker of Apache would have one, and the other database has room for those of its own only.
    $peer = new PDO("mysql:host=$host;dbname=halab", 'replica', $password, [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_TIMEOUT => 2,
    ]);
    $look = $peer->prepare('SELECT 1 FROM markers WHERE id = ?');
    $id = bin2hex(random_bytes(8));
    $database->prepare('INSERT INTO markers VALUES (?)')->execute([$id]);
    $written = hrtime(true);
    $asked = 0;
    do {
        $before = (hrtime(true) - $written) / 1e6;
        $look->execute([$id]);
        $there = $look->fetchColumn();
        $look->closeCursor();
        $after = (hrtime(true) - $written) / 1e6;
        $asked++;
    } while (!$there && $after < 5000);
    if (!$there) {
        http_response_code(504);
        echo "not replicated after $asked questions in 5 s\n";
        return;
    }
    // It came while the last question was asked, or before the first.
    printf("replicated %s to %.1f ms after the commit, seen by question %d\nnode %s\n",
        $asked > 1 ? sprintf('%.1f', $before) : '0', $after, $asked, gethostname());
});
