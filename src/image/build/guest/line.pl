#!/usr/bin/perl
# Does what comes over the second serial line: a machine that was just restored is asked this way, because a new SSH connection
# takes longer than its whole restore. Root of the host only is at the other end.
#
# A request is one line, `NUMBER VERB TEXT`, and its answer ends with a line `halab-NUMBER STATUS`. The verbs:
#   here                            whether somebody listens: what came before anybody did is lost, so the host asks this again
#                                   and again at first
#   wake SECONDS NANOSECONDS TEXT   sets the clock, and has the kernel draw new random numbers from the text and what it knows
#   run SCRIPT                      a script for sh, with `\n`, `\\` and `\0OOO` for what cannot stand in a line
# Scripts run side by side. Their answers come whole, in the order in which they end.
use strict;
use warnings;

# clock_settime(2), CLOCK_REALTIME, memfd_create(2) and MFD_CLOEXEC of x86-64; RNDRESEEDCRNG of random(4).
my ($clock_settime, $realtime, $memfd_create, $cloexec, $reseed) = (227, 0, 319, 1, 0x5207);
# What is before the end of a longer answer is not sent, in bytes.
my $longest = 64 * 1024;

open my $line, '+<', '/dev/ttyS1' or die "/dev/ttyS1: $!";
system 'stty -F /dev/ttyS1 raw -echo';
# Waking is done without starting anything: a machine that was just restored has to translate anew whatever it runs.
open my $random, '>', '/dev/urandom' or die "/dev/urandom: $!";
pipe my $ended, my $end or die $!;
$SIG{CHLD} = sub { syswrite $end, '.' };

my ($heard, %running) = ('');
while (1) {
    my $wanted = '';
    vec($wanted, fileno $_, 1) = 1 for $line, $ended;
    next if select($wanted, undef, undef, undef) < 0;
    if (vec $wanted, fileno $ended, 1) {
        sysread $ended, my $bells, 100;
        while ((my $child = waitpid -1, 1) > 0) {
            my $status = $? & 127 ? 255 : $? >> 8;
            my ($number, $output) = @{delete $running{$child} or next};
            my $text = said($output);
            answer($number, $status, $text);
        }
    }
    if (vec $wanted, fileno $line, 1) {
        sysread $line, $heard, 4096, length $heard or exit;
        request($1, $2, $3) while $heard =~ s/^.*?(?:([^ \n]+) ([a-z]+) ?([^\n]*))?\n//;
    }
}

sub request {
    my ($number, $verb, $text) = @_;
    return unless defined $number;
    if ($verb eq 'here') { answer($number, 0, '') }
    elsif ($verb eq 'wake') { answer($number, wake(split ' ', $text)) }
    elsif ($verb eq 'run') { run($number, $text) }
    else { answer($number, 127, "$verb is not known here") }
}

sub wake {
    my ($seconds, $nanoseconds, $text) = @_;
    my $time = pack 'q2', $seconds, $nanoseconds;
    syscall($clock_settime, $realtime, $time) == 0 or return 1, "clock_settime: $!";
    syswrite($random, $text) && ioctl($random, $reseed, 0) or return 1, "/dev/urandom: $!";
    return 0, '';
}

# What a script leaves running keeps its output, so that is a file and no pipe: it may be written when nobody reads any more.
sub run {
    my ($number, $script) = @_;
    my $memory = syscall $memfd_create, $number, $cloexec;
    open my $output, '+<&=', $memory or return answer($number, 255, "memfd_create: $!");
    $script =~ s/\\(?:(n)|(\\)|0([0-7]{3}))/$1 ? "\n" : $2 ? "\\" : chr oct $3/ge;
    my $child = fork // return answer($number, 255, "fork: $!");
    if ($child) {
        $running{$child} = [$number, $output];
        return;
    }
    open STDIN, '<', '/dev/null';
    open STDOUT, '>&', $output;
    open STDERR, '>&', $output;
    exec '/bin/sh', '-euc', $script or exit 255;
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
        my $written = syswrite $line, $all or exit 1;
        substr $all, 0, $written, '';
    }
}
