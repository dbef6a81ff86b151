set -eu
accounts=20
password=lab

# An account is a file with a table of Lua. Whoever is in there and not among them now is no account any more.
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

# What "systemctl enable" does, without the daemon reading all units again.
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
# On the disk soon, in case of a power cut; nobody has to wait for it.
sync >/dev/null 2>&1 &
