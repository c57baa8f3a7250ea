#!/bin/sh
# Install the Debian packages named, those that the base image lacks: without any missing, no network is needed.
set -eu
missing=
for package in "$@"; do
    case "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" in
        installed) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "the base image has no apt-get: \`base\` in [image] must be a Debian or Ubuntu image" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086 # package names are words
apt-get install --yes --no-install-recommends $missing
apt-get clean
rm -rf /var/lib/apt/lists/*
