#!/bin/sh
# Install the Debian packages named. Where the base image has them all, no network is needed.
set -eu
if ! command -v apt-get >/dev/null; then
    echo "the base image has no apt-get: \`base\` in [image] must be a Debian or Ubuntu image" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
if ! apt-get install --yes --no-install-recommends --no-download "$@" >/dev/null 2>&1; then
    apt-get update
    apt-get install --yes --no-install-recommends "$@"
    apt-get clean
    rm -rf /var/lib/apt/lists/*
fi
