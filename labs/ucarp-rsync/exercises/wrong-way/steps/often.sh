# The same copy, every five seconds.
set -eu
sed -i 's/Sec=[0-9]*s$/Sec=5s/; s/^AccuracySec=.*/AccuracySec=1s/' /etc/systemd/system/site-copy.timer
systemctl daemon-reload
systemctl --quiet enable --now site-copy.timer
sync
