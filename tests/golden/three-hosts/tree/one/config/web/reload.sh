# Make nginx read its configuration again: only one that it accepts, and wait until it is in use.
set -eu
conf=/etc/pulp-quadlet/current/config/web/nginx.conf
# A test opens all sockets anew, and those of the network are for systemd alone to open: SELinux denies them to nginx. So
# others stand for them; and without NGINX, or this process's own files would be taken for the sockets of systemd.
tested=/tmp/tested.conf
sed -e 's|^\( *listen \)[0-9.]*:\([0-9]*\)|\1unix:/tmp/tested-4-\2.sock|' \
    -e 's|^\( *listen \)\[[0-9a-f:]*\]:\([0-9]*\) ipv6only=on|\1unix:/tmp/tested-6-\2.sock|' "$conf" >"$tested"
if ! said=$(env --unset=NGINX nginx -t -q -e stderr -c "$tested" 2>&1); then
    echo "$said" | sed "s|$tested|$conf|g" >&2
    exit 1
fi
mark=$(sed -n 's/^ *return 200 "\([0-9a-f]*\)";$/\1/p' "$conf")
kill -HUP 1
for _ in $(seq 100); do
    if [ "$(curl -sS --max-time 1 --unix-socket /tmp/health.sock http://localhost/)" = "$mark" ]; then
        exit 0
    fi
    sleep 0.1
done
echo "nginx does not use $conf ($mark) after 10 seconds" >&2
exit 1
