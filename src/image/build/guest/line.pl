#!/usr/bin/perl
# Executes requests from the machine's virtio port. The host uses it after a restore, because a new SSH connection takes
# longer than the whole restore. Only the host's root can open the other end.
#
# A request is one line, `NUMBER VERB TEXT`, and its answer ends with a line `halab-NUMBER STATUS`. The verbs:
#   here                            tests whether the line works
#   prepare                         starts shells in advance for the first scripts after a restore
#   wake SECONDS NANOSECONDS TEXT   sets the clock, and reseeds the kernel's random number generator with the text
#   run SCRIPT                      a script for sh, with `\n`, `\\` and `\0OOO` for special bytes
# Scripts run concurrently. Their answers are sent whole, in the order in which they end.
use strict;
use warnings;
use Fcntl qw(F_SETFL F_SETOWN O_ASYNC O_RDWR);

# clock_settime(2), CLOCK_REALTIME, memfd_create(2) and MFD_CLOEXEC of x86-64; RNDRESEEDCRNG of random(4).
my ($clock_settime, $realtime, $memfd_create, $cloexec, $reseed) = (227, 0, 319, 1, 0x5207);
# The longest answer, in bytes; of a longer one only the end is sent.
my $longest = 64 * 1024;
# The usual number of health checks on a node.
my $spares = 3;

# One pipe to wake the loop for an ended child and for events at the host's end.
pipe my $rung, my $bell or die $!;
$SIG{CHLD} = $SIG{IO} = sub { syswrite $bell, '.' };
my ($port) = glob '/dev/vport*p1' or die 'there is no virtio port';
sysopen my $line, $port, O_RDWR or die "$port: $!";
# Adding 0 makes it a number; Perl would pass a string to the kernel.
fcntl($line, F_SETOWN, 0 + $$) && fcntl($line, F_SETFL, O_ASYNC) or die "$port: $!";
# `wake` starts no program: a restored emulated machine has to translate all code again.
open my $random, '>', '/dev/urandom' or die "/dev/urandom: $!";

my ($heard, $connected, %running, @waiting) = ('', 1);
while (1) {
    my $wanted = '';
    vec($wanted, fileno $rung, 1) = 1;
    # A port without a peer is always readable, with no data. The pipe signals when a peer connects.
    vec($wanted, fileno $line, 1) = 1 if $connected;
    # Perl delays signal handlers: one that arrives just before this call runs after its next return.
    next if select($wanted, undef, undef, %running ? 0.2 : undef) < 0;
    if (vec $wanted, fileno $rung, 1) {
        sysread $rung, my $bells, 100;
        $connected = 1;
        while ((my $child = waitpid -1, 1) > 0) { ended($child, $?) }
    }
    if (vec $wanted, fileno $line, 1) {
        $connected = sysread $line, $heard, 65536, length $heard;
        request($1, $2, $3) while $heard =~ s/^.*?(?:([^ \n]+) ([a-z]+) ?([^\n]*))?\n//;
    }
}

sub request {
    my ($number, $verb, $text) = @_;
    return unless defined $number;
    if ($verb eq 'here') { answer($number, 0, '') }
    elsif ($verb eq 'prepare') { answer($number, prepare()) }
    elsif ($verb eq 'wake') { answer($number, wake(split ' ', $text)) }
    elsif ($verb eq 'run') { run($number, $text) }
    else { answer($number, 127, "$verb is not known here") }
}

sub prepare {
    while (@waiting < $spares) {
        my ($shell, $trouble) = shell();
        return 1, $trouble unless $shell;
        push @waiting, $shell;
    }
    # A failed shell has closed its end without output.
    for (@waiting) { $_->{ready} ||= word($_->{told}) or return 1, '/bin/sh does not start' }
    return 0, '';
}

sub word {
    my ($from) = @_;
    my $length;
    do { $length = sysread $from, my $word, 1 } until defined $length || !$!{EINTR};
    return $length;
}

sub wake {
    my ($seconds, $nanoseconds, $text) = @_;
    my $time = pack 'q2', $seconds, $nanoseconds;
    syscall($clock_settime, $realtime, $time) == 0 or return 1, "clock_settime: $!";
    syswrite($random, $text) && ioctl($random, $reseed, 0) or return 1, "/dev/urandom: $!";
    return 0, '';
}

sub run {
    my ($number, $script) = @_;
    my ($shell, $trouble) = @waiting ? shift @waiting : shell();
    return answer($number, 255, $trouble) unless $shell;
    $script =~ s/\\(?:(n)|(\\)|0([0-7]{3}))/$1 ? "\n" : $2 ? "\\" : chr oct $3/ge;
    $running{$shell->{child}} = {%$shell, number => $number};
    # The script fits into the pipe: the kernel buffers 64 KiB, and the host sends only shorter scripts.
    local $SIG{PIPE} = 'IGNORE';
    syswrite $shell->{feed}, "exec 3<&-; $script";
    close $shell->{feed};
}

# A shell that waits for its script. Background processes of a script keep its output open, so that is a file instead of
# a pipe: they can still write when it is no longer read.
sub shell {
    my $memory = syscall $memfd_create, my $name = 'output', $cloexec;
    open my $output, '+<&=', $memory or return undef, "memfd_create: $!";
    pipe(my $script, my $feed) && pipe(my $told, my $tell) or return undef, "pipe: $!";
    my $child = fork // return undef, "fork: $!";
    return {child => $child, feed => $feed, told => $told, output => $output} if $child;
    open STDIN, '<&', $script;
    open STDOUT, '>&', $tell;
    open STDERR, '>&', $output;
    exec '/bin/sh', '-euc', 'echo; exec 3<&0 </dev/null >&2; . /dev/fd/3' or exit 255;
}

sub ended {
    my ($child, $status) = @_;
    @waiting = grep { $_->{child} != $child } @waiting;
    my $shell = delete $running{$child} or return;
    answer($shell->{number}, $status & 127 ? 255 : $status >> 8, said($shell->{output}));
}

sub said {
    my ($output) = @_;
    my $length = sysseek $output, 0, 2;
    sysseek $output, $length > $longest ? $length - $longest : 0, 0;
    sysread $output, my ($text), $longest;
    return $text;
}

sub answer {
    my ($number, $status, $text) = @_;
    my $all = "$text\nhalab-$number $status\n";
    while (length $all) {
        my $written = syswrite $line, $all;
        next if !defined $written && $!{EINTR};
        substr $all, 0, $written || exit 1, '';
    }
}
