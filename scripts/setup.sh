#!/bin/sh
# Installs what this machine lacks to build halab and to run its guests: Debian packages, nothing else. With the argument
# "test", also a browser, and Node to bundle the page for it. Run as root. Run again, it does nothing.
set -eu

packages="qemu-system-x86 qemu-utils libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients libvirt-dev
  mmdebstrap debian-archive-keyring e2fsprogs zstd lz4 xz-utils iproute2 iputils-ping iputils-arping nftables procps openssh-client curl
  gcc libc6-dev make pkg-config libssl-dev sip-tester"

if [ "${1:-}" = test ]; then
  packages="$packages chromium chromium-driver"
  command -v npm >/dev/null || packages="$packages nodejs npm"
  python3 -c 'import venv, ensurepip' 2>/dev/null || packages="$packages python3-venv"
fi

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# shellcheck source=/dev/null
. /etc/os-release
case "${ID:-} ${ID_LIKE:-}" in
*debian*) ;;
*) die "this script knows Debian's packages only; install the equivalents of: $packages" ;;
esac
[ "$(dpkg --print-architecture)" = amd64 ] || die "halab runs x86-64 guests on x86-64 machines only"

# From libvirt 9.1 on, the network driver is a package of its own.
with_network_driver() {
  if apt-cache show libvirt-daemon-driver-network >/dev/null 2>&1; then echo libvirt-daemon-driver-network; fi
}

missing() {
  for package in $packages $(with_network_driver); do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || printf '%s ' "$package"
  done
}

wanted=$(missing)
if [ -z "$wanted" ]; then
  exit 0
fi
[ "$(id -u)" = 0 ] || die "run me as root (sudo make setup); missing: $wanted"

export DEBIAN_FRONTEND=noninteractive
say "updating the lists of packages"
apt-get update -qq

# Debian 12's own QEMU and libvirt are old, and parts of another suite on the machine do not mix with them: there
# both come from its backports, from the mirror that the machine already uses.
suite=""
if [ "${VERSION_CODENAME:-}" = bookworm ]; then
  suite=bookworm-backports
  # The dollars are apt's own placeholders.
  # shellcheck disable=SC2016
  known=$(apt-get indextargets --format '$(RELEASE) $(SUITE) $(CODENAME)' 'Created-By: Packages' | grep -c "$suite" || true)
  if [ "$known" = 0 ]; then
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
      awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || die "no apt source of Debian 12 found to take the backports from"
    say "adding $suite (/etc/apt/sources.list.d/halab-backports.sources)"
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
      "$mirror" "$suite" >/etc/apt/sources.list.d/halab-backports.sources
    apt-get update -qq
  fi
fi

wanted=$(missing)
say "installing $wanted"
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends ${suite:+-t "$suite"} $wanted >/var/log/halab-setup.log 2>&1 ||
  { tail -n 20 /var/log/halab-setup.log >&2; die "apt-get failed; all of its output is in /var/log/halab-setup.log"; }
say "done"
