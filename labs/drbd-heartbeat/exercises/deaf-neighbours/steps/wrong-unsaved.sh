# Added to what runs now, not to the file.
set -eu
nft add rule inet filter "${direction}put" udp dport 694 accept
