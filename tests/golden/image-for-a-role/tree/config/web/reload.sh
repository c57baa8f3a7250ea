# Make nginx read its configuration again: only one that it accepts, and wait until it is in use.
set -eu
conf=/etc/pulp-quadlet/current/config/web/nginx.conf
# without NGINX, or the test would take this process's own files for the sockets of systemd
env --unset=NGINX nginx -t -q -e stderr -c "$conf"
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
