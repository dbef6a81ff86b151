#!/bin/sh
# Bundles the page of `lab serve`, where Node is installed; with the argument "install", installs Node first (as root).
# Without Node, the program is built with a plain page. Run again without a change, it does nothing.
set -eu

page=src/web/page
say() { printf 'page: %s\n' "$*" >&2; }

if [ "${1:-}" = install ] && ! command -v npm >/dev/null; then
  [ "$(id -u)" = 0 ] || { say "run me as root (sudo make page) to install Node"; exit 1; }
  say "installing nodejs and npm"
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends nodejs npm >/dev/null
fi
if ! command -v npm >/dev/null; then
  say "there is no Node, so the page has no terminals and no drawings; sudo make page installs it"
  exit 0
fi

# As the user behind sudo, who could not overwrite files of root.
as_user() {
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    sudo -u "$SUDO_USER" --set-home "$@"
  else
    "$@"
  fi
}

if [ ! -e $page/node_modules/.package-lock.json ] || [ $page/package-lock.json -nt $page/node_modules/.package-lock.json ]; then
  as_user npm --prefix $page ci --no-fund --no-audit --loglevel=error >&2
  as_user touch $page/node_modules/.package-lock.json
fi
newer=$(find $page/src $page/index.html $page/build.mjs $page/package-lock.json -newer $page/dist/index.html 2>/dev/null || echo all)
if [ -n "$newer" ]; then
  as_user npm --prefix $page run --silent build >&2
fi
