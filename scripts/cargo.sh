#!/bin/sh
# Runs cargo as the person who typed `sudo make …`, with that person's toolchain: root often has none, and files
# that root builds could not be built over later. Where nobody is behind root, it runs as root.
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
