# Pings an address and prints what came back, in the order in which it came: NUMBER MILLISECONDS. The words are the address, how
# many pings, how many milliseconds between two, and how many to wait for the last. No ping has to be on the image.
use strict;
use Socket;

my ($peer, $count, $gap, $patience) = @ARGV;
my ($clock_gettime, $monotonic, $icmp, $request, $reply) = (228, 1, 1, 8, 0);

sub now {
    my $time = pack 'q2', 0, 0;
    syscall($clock_gettime, $monotonic, $time) == 0 or die $!;
    my ($seconds, $nanoseconds) = unpack 'q2', $time;
    return $seconds * 1e3 + $nanoseconds / 1e6;
}

# RFC 1071, over a message of whole words.
sub checksum {
    my $sum = 0;
    $sum += $_ for unpack 'n*', shift;
    $sum = ($sum & 0xffff) + ($sum >> 16) for 1 .. 2;
    return ~$sum & 0xffff;
}

socket my $wire, PF_INET, SOCK_RAW, $icmp or die $!;
my ($to, $own) = (pack_sockaddr_in(0, inet_aton($peer)), $$ & 0xffff);
my ($sent, $next, $end, %at) = (0, now(), 0);
while ($sent < $count || (%at && now() < $end)) {
    if ($sent < $count && now() >= $next) {
        my $sum = checksum(pack 'C2 n3', $request, 0, 0, $own, $sent);
        $at{$sent} = now();
        send $wire, pack('C2 n3', $request, 0, $sum, $own, $sent), 0, $to;
        $sent++;
        ($next, $end) = ($next + $gap, now() + $patience);
        next;
    }
    my $left = ($sent < $count ? $next : $end) - now();
    my $ready = '';
    vec($ready, fileno $wire, 1) = 1;
    next unless select($ready, undef, undef, $left > 0 ? $left / 1000 : 0) > 0;
    recv $wire, my $message, 256, 0;
    my ($type, $id, $number) = unpack 'x20 C x3 n2', $message;
    next unless $type == $reply && $id == $own && defined $at{$number};
    printf "%d %.3f\n", $number, now() - delete $at{$number};
}
