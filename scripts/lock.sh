#!/bin/sh
# Write requirements/run.txt (one process), full.txt (with PostgreSQL and NATS) and dev.txt (with the tools): exact
# versions and hashes for Python 3.11 to 3.13 on Linux and macOS. No index, host or path is recorded. Needs `uv` on the
# PATH or in .venv. Arguments are passed on (for instance `scripts/lock.sh --upgrade-package fastapi`).
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv || true)
[ -n "$uv" ] || uv=.venv/bin/uv
[ -x "$uv" ] || { echo "lock: uv is needed (pip install uv)" >&2; exit 1; }

# Wheels lying on this machine and indexes of its own must not choose what everybody else installs.
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_FIND_LINKS UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL

lock() {
  out=$1
  shift
  "$uv" pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url "$@" pyproject.toml requirements/build.in --output-file "$out"
}

lock requirements/run.txt "$@"
lock requirements/full.txt --extra full --constraint requirements/run.txt "$@"
lock requirements/dev.txt --extra dev --constraint requirements/full.txt "$@"
