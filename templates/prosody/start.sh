set -eu
accounts={{ param.accounts }}
password={{ param.password }}

# An account is a file with a Lua table. Files of accounts that no longer exist are deleted.
folder=/var/lib/prosody/lab/accounts
rm -rf "$folder"
mkdir -p "$folder"
escaped=$(printf %s "$password" | sed 's/[\\"]/\\&/g')
number=100
while [ "$number" -lt $((100 + accounts)) ]; do
    printf 'return { ["password"] = "%s"; };\n' "$escaped" >"$folder/$number.dat"
    number=$((number + 1))
done
chown -R prosody:prosody /var/lib/prosody/lab

# As "systemctl enable", without making systemd reload all units.
ln -sf /lib/systemd/system/prosody.service /etc/systemd/system/multi-user.target.wants/
mkdir -p /var/lib/halab
stamp=/var/lib/halab/prosody.digest
digest=$(sha256sum </etc/prosody/prosody.cfg.lua)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$digest" ]; then
    systemctl restart prosody.service
else
    systemctl start prosody.service
fi
echo "$digest" >"$stamp"
# Flushed in the background, so that it survives a power cut.
sync >/dev/null 2>&1 &
