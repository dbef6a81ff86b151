#!/bin/sh
# Runs cargo as the user who typed `sudo make …`, with that user's toolchain: root often has none, and that user could
# not overwrite files built by root. Without such a user it runs as root.
set -eu

if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
  home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
  exec sudo -u "$SUDO_USER" --preserve-env=CARGO_TARGET_DIR,RUSTFLAGS,RUST_BACKTRACE \
    env PATH="$home/.cargo/bin:$PATH" HOME="$home" cargo "$@"
fi
command -v cargo >/dev/null || {
  echo "cargo is not installed: https://www.rust-lang.org/tools/install" >&2
  exit 1
}
exec cargo "$@"
