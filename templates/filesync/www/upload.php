<?php
// Appends one line to a file of the site, and answers "ok <id>" once it is on this node's disk
{%- if param.method == "push-changes" and param.wait.ms > 0 %}, and on the other node's
// unless that is away. Where this is not known within {{ param.wait.ms }} ms, or this node is not the holder of the address any more, nothing is
// promised: it answers 503, and the line may be there or not.
{%- else %}. Whether it is
// anywhere else by then is up to what copies the files.
{%- endif %}
require __DIR__ . '/database.php';
header('Content-Type: text/plain');
header('Cache-Control: no-store');

function refuse(string $reason): void
{
    http_response_code(503);
    exit($reason . ' on ' . gethostname() . "\n");
}
{%- if param.method == "push-changes" %}

// What the sender of files knows of the other node: how many bytes of the file are there, or `away`, or `held` where that node holds the
// address, too. Empty while the sender has said nothing since this node took the address. This node's own hold is looked at
// last, so that a copy that was made during an earlier hold, or an answer after the end of this one, counts for nothing.
function on_the_other(): string
{
    [$hold, $there] = explode(' ', trim((string) @file_get_contents('/run/filesync'))) + ['', ''];
    $holder = @file_get_contents('/run/ucarp-holder');
    if ($holder === false) {
        refuse('the address is not');
    }
    return trim($holder) === $hold ? $there : '';
}
{%- endif %}

$id = $_REQUEST['id'] ?? '';
if (!is_string($id) || !preg_match('/^[A-Za-z0-9_.-]{1,64}$/D', $id)) {
    http_response_code(400);
    exit("id must be 1 to 64 letters, digits or any of _ . -\n");
}
$place = place_to_write();
if (!$place) {
    refuse('too many writes at a time');
}
{%- if param.method == "push-changes" %}
$limit = hrtime(true) + 1000000 * {% if param.wait.ms > 0 %}{{ param.wait.ms }}{% else %}1000{% endif %};
// What the other node was still sending could replace the file until the sender here says its first word.
while (on_the_other() === '') {
    if (hrtime(true) > $limit) {
        refuse('the sender of files is not ready');
    }
    usleep(20000);
}
{%- endif %}
$file = fopen('/srv/data/www/uploads/ledger.txt', 'a');
if (!$file || !flock($file, LOCK_EX) || !fwrite($file, "$id\n") || !fsync($file)) {
    refuse('the file cannot be written');
}
$size = fstat($file)['size'];
fclose($file);
{%- if param.method == "push-changes" %}
{%- if param.wait.ms > 0 %}
while (($there = on_the_other()) !== 'away' && ($there === '' || $there === 'held' || (int) $there < $size)) {
    if (hrtime(true) > $limit) {
        refuse('the other node does not have it in time');
    }
    usleep(20000);
}
{%- else %}
on_the_other();
{%- endif %}
{%- endif %}
echo "ok $id\nnode ", gethostname(), "\n";
