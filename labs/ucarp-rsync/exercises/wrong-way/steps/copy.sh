# The last copy that went as it should.
set -eu
/usr/local/sbin/filesync
