#!/bin/sh
# What the black-box tests need from the system: a browser with its driver, Node with npm, Apache with mod_auth_openidc, curl.
# Installs what is missing where that is possible (Debian, as root), and fails when something is still missing.
set -eu

PATH=$PATH:/usr/sbin

missing() {
  for tool in chromium:chromium chromedriver:chromium-driver node:nodejs npm:npm apache2:apache2 curl:curl; do
    command -v "${tool%%:*}" >/dev/null 2>&1 || printf '%s ' "${tool##*:}"
  done
  [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] || printf 'libapache2-mod-auth-openidc '
}

packages=$(missing)
if [ -n "$packages" ] && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing $packages…"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086  # one word per package
  apt-get install -qq -y --no-install-recommends $packages >/dev/null
fi

packages=$(missing)
[ -z "$packages" ] || { echo "test-blackbox: please install: $packages" >&2; exit 1; }
