#!/usr/bin/perl
# Sets the clock and has the kernel draw new random numbers when a machine goes on after it was restored. It is started with
# the system and waits: an emulated machine that was just restored has to translate anew whatever it runs, and to start
# one program is more of that than all that there is to do.
#
# A request is one line in the first pipe, `SECONDS NANOSECONDS RANDOM`. The answer, in the second, is `SECONDS.NANOSECONDS ok`,
# or what went wrong in the place of ok.
use strict;
use warnings;

# mknod(2), clock_settime(2) and CLOCK_REALTIME of x86-64; RNDRESEEDCRNG of random(4).
my ($mknod, $clock_settime, $realtime, $reseed) = (133, 227, 0, 0x5207);
my ($ask, $answer) = ('/run/halab-wake', '/run/halab-woken');

for my $pipe ($ask, $answer) {
    my $mode = 0010600;
    -p $pipe or syscall($mknod, $pipe, $mode, 0) == 0 or die "$pipe: $!";
}
open my $random, '>', '/dev/urandom' or die $!;
# It came up behind everything else that boots; who asks must not wait behind anything.
setpriority 0, 0, 0;
while (1) {
    open my $request, '<', $ask or die $!;
    my ($seconds, $nanoseconds, $numbers) = split ' ', <$request> // '';
    close $request;
    next unless defined $numbers;
    my $time = pack 'q2', $seconds, $nanoseconds;
    my $done = syscall($clock_settime, $realtime, $time) == 0
        && syswrite($random, $numbers)
        && ioctl($random, $reseed, 0);
    my $said = $done ? 'ok' : "$!";
    open my $reply, '>', $answer or die $!;
    print $reply "$seconds.$nanoseconds $said\n";
    close $reply;
}
