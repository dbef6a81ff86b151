# One packet there and back.
port={{ param.port }}
perl -e '
    use Socket;
    socket(my $socket, PF_INET, SOCK_DGRAM, 17) or exit 1;
    alarm 5;
    while (1) {
        send($socket, "halab", 0, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) or exit 1;
        my $wanted = "";
        vec($wanted, fileno($socket), 1) = 1;
        next unless select($wanted, undef, undef, 0.5);
        recv($socket, my $packet, 100, 0);
        exit($packet eq "halab" ? 0 : 1) if defined $packet and length $packet;
    }
' "$port"
