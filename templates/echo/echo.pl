#!/usr/bin/perl
# Sends every packet back to where it came from (RFC 862, over UDP).
use strict;
use warnings;
use Socket;

socket(my $socket, PF_INET, SOCK_DGRAM, 17) or die "no socket: $!\n";
bind($socket, sockaddr_in({{ param.port }}, INADDR_ANY)) or die "port {{ param.port }}: $!\n";
while (1) {
    my $from = recv($socket, my $packet, 65535, 0);
    # A packet that cannot be sent back is lost, as anywhere on the way.
    send($socket, $packet, 0, $from) if defined $from and length $from;
}
