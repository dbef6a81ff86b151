#!/usr/bin/perl
# Tells how often it ran, and with which files.
open my $motd, '<', '/etc/motd' or die $!;
open my $log, '>>', '/root/own.log' or die $!;
print $log "ran on ", <$motd>;
close $log or die $!;
