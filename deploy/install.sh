#!/bin/sh
# Install Debian packages where that is allowed, and say what is missing where it is not.
# Usage: deploy/install.sh PACKAGE…
set -u

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed: $* (needs apt-get and root). What depends on it is skipped or fails." >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing $* …"
apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@" >/dev/null || {
    echo "Could not install: $*" >&2
    exit 0
}
