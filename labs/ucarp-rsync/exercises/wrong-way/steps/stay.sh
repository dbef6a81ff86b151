# UCARP without preempt: node1 takes the address only from a server that is silent. It starts again so once the other
# one has all files, because the address may go there.
set -eu
sed -i 's/ --preempt / /' /etc/systemd/system/ucarp.service
systemctl daemon-reload
sync
sleep 12
systemctl restart ucarp.service
