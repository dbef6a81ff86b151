# Writes or reads a file and prints what it took, on the clock of the node: measure.pl KIND FOLDER BYTES
use strict;
use warnings;
use Fcntl qw(O_RDONLY O_WRONLY O_CREAT O_TRUNC);

# sync(2), fsync(2), clock_gettime(2) and CLOCK_MONOTONIC of x86-64: Perl's own modules for them are not on every image.
my ($sync, $fsync, $clock_gettime, $monotonic) = (162, 74, 228, 1);
my $block = 1 << 20;
my ($kind, $folder, $size) = @ARGV;
my $file = "$folder/.halab-measure";
$| = 1;

# The caller may be gone before the end, and the disk must not stay full.
$SIG{$_} = sub { exit 1 } for qw(HUP INT PIPE TERM);
END { unlink $file if defined $file }

sub now {
    my $time = pack 'q2', 0, 0;
    syscall($clock_gettime, $monotonic, $time) == 0 or die "the clock: $!\n";
    my ($seconds, $nanoseconds) = unpack 'q2', $time;
    return $seconds + $nanoseconds / 1e9;
}

# Random data of 16 blocks, written again and again: nothing on the way of a write looks further back than that for
# what it could leave out, and to draw all of it would take an emulated node longer than to write it.
sub pool {
    my $pool = '';
    open my $random, '<:raw', '/dev/urandom' or die "random data: $!\n";
    while (length $pool < 16 * $block) {
        sysread $random, $pool, $block, length $pool or die "random data: $!\n";
    }
    return $pool;
}

sub store {
    my ($pool, $told) = @_;
    sysopen my $out, $file, O_WRONLY | O_CREAT | O_TRUNC or die "$file: $!\n";
    my ($left, $at) = ($size, 0);
    while ($left > 0) {
        my $done = syswrite $out, $$pool, ($left < $block ? $left : $block), $at;
        defined $done or die "$file: $!\n";
        $left -= $done;
        $at = ($at + $done) % (15 * $block);
    }
    my $returned = now();
    syscall($fsync, fileno $out) == 0 or die "$file: $!\n";
    return ($returned, now());
}

sub load {
    sysopen my $in, $file, O_RDONLY or die "$file: $!\n";
    my ($left, $data) = ($size, '');
    while ($left > 0) {
        my $done = sysread $in, $data, $block;
        defined $done && $done > 0 or die "$file: $!\n";
        $left -= $done;
    }
}

sub room {
    my ($free) = (split ' ', (split /\n/, `df -P -B1 '$folder'`)[1] // '')[3];
    defined $free && $free > $size or die "$folder has room for " . ($free // 'no') . " bytes and not for $size\n";
}

# What DRBD says of its mirrors: whether all are in sync, and nothing when there is none.
sub mirror {
    open my $proc, '<', '/proc/drbd' or return '';
    my @states = map { /ds:(\S+)/ ? $1 : () } <$proc>;
    return '' unless @states;
    return (grep { $_ ne 'UpToDate/UpToDate' } @states) ? 'behind' : 'in-sync';
}

# Of a run that lost its power: it would take the room, and to remove it would be measured.
unlink $file;
room();
my $pool = pool();
my ($begun, $returned, $ended);
if ($kind eq 'write' || $kind eq 'write-and-flush') {
    syscall($sync);
    print "begin\n";
    $begun = now();
    ($returned, $ended) = store(\$pool);
} else {
    store(\$pool);
    if ($kind eq 'read-disk') {
        open my $caches, '>', '/proc/sys/vm/drop_caches' or die "the memory: $!\n";
        syswrite $caches, "3\n" or die "the memory: $!\n";
    } else {
        load();
    }
    print "begin\n";
    $begun = now();
    load();
    $returned = $ended = now();
}
printf "end %.6f %.6f %s\n", $returned - $begun, $ended - $begun, mirror();
