# The most that the exchange grants, for all accounts. A registration that was granted before keeps its time.
set -eu
sed -i 's/^minimum_expiration = .*/&\nmaximum_expiration = 20/' /etc/asterisk/pjsip.conf
sync
asterisk -rx 'module reload res_pjsip.so'
