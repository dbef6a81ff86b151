#!/usr/bin/perl
# Does what comes through the machine's virtio port: a machine that was just restored is asked this way, because a new SSH
# connection takes longer than its whole restore. Root of the host only is at the other end.
#
# A request is one line, `NUMBER VERB TEXT`, and its answer ends with a line `halab-NUMBER STATUS`. The verbs:
#   here                            whether somebody listens
#   prepare                         answered once shells wait for the scripts that come first after a restore
#   wake SECONDS NANOSECONDS TEXT   sets the clock, and has the kernel draw new random numbers from the text and what it knows
#   run SCRIPT                      a script for sh, with `\n`, `\\` and `\0OOO` for what cannot stand in a line
# Scripts run side by side. Their answers come whole, in the order in which they end.
use strict;
use warnings;
use Fcntl qw(F_SETFL F_SETOWN O_ASYNC O_RDWR);

# clock_settime(2), CLOCK_REALTIME, memfd_create(2) and MFD_CLOEXEC of x86-64; RNDRESEEDCRNG of random(4).
my ($clock_settime, $realtime, $memfd_create, $cloexec, $reseed) = (227, 0, 319, 1, 0x5207);
# What is before the end of a longer answer is not sent, in bytes.
my $longest = 64 * 1024;
# As many as a node of our labs has health checks.
my $spares = 3;

# One bell for a child that ended and for the host that came, went or said something.
pipe my $rung, my $bell or die $!;
$SIG{CHLD} = $SIG{IO} = sub { syswrite $bell, '.' };
my ($port) = glob '/dev/vport*p1' or die 'there is no virtio port';
sysopen my $line, $port, O_RDWR or die "$port: $!";
# A number, or Perl would give the kernel a text.
fcntl($line, F_SETOWN, 0 + $$) && fcntl($line, F_SETFL, O_ASYNC) or die "$port: $!";
# Waking is done without starting anything: a machine that was just restored has to translate anew whatever it runs.
open my $random, '>', '/dev/urandom' or die "/dev/urandom: $!";

my ($heard, $connected, %running, @waiting) = ('', 1);
while (1) {
    my $wanted = '';
    vec($wanted, fileno $rung, 1) = 1;
    # A port with nobody at its other end can be read from at any time, and nothing comes. The bell tells of whoever comes.
    vec($wanted, fileno $line, 1) = 1 if $connected;
    # Perl notes a signal and rings afterwards: one that comes just before this call is heard after the next return from it.
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
    # One that came to nothing has closed its end without a word.
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
    # The pipe takes all of it: the kernel keeps 64 KiB, and the host sends no script that is longer than a part of that.
    local $SIG{PIPE} = 'IGNORE';
    syswrite $shell->{feed}, "exec 3<&-; $script";
    close $shell->{feed};
}

# A shell that waits for its script. What a script leaves running keeps its output, so that is a file and no pipe: it may be
# written when nobody reads any more.
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
