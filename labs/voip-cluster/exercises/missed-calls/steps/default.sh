# The first setting with this word that the manual lists.
set -eu
sed -i 's/^minimum_expiration = .*/&\ndefault_expiration = 20/' /etc/asterisk/pjsip.conf
sync
asterisk -rx 'module reload res_pjsip.so'
