# Apache is started by the cluster manager only.
exit 0
