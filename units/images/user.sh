#!/bin/sh
# Make a user and group with a fixed number, so that folders of the host have the same owner under every image.
set -eu
name=$1 number=$2 home=$3
# tools that make users may be missing in a minimal image
grep -q "^$name:" /etc/group || echo "$name:x:$number:" >>/etc/group
grep -q "^$name:" /etc/passwd || echo "$name:x:$number:$number:$name:$home:/usr/sbin/nologin" >>/etc/passwd
mkdir -p "$home"
chown "$number:$number" "$home"
