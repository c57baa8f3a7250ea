#!/bin/sh
# Runs in a virtual machine of Vagrant, as root, each time that it is provisioned:
#
#   provision.sh network        at each start of one of several: have its private network where SELinux is on
#   provision.sh prepare        where SELinux is off: install it, label all files, have the next boot start it
#   provision.sh pulp URL HOST  install the packages, put the site file in its place and apply it, as HOST if there are several
#
# URL is that of the default site, for a folder without a site file.
set -eu
export DEBIAN_FRONTEND=noninteractive

UPLOADS=/tmp/pulp-quadlet
SITE=/etc/pulp-quadlet/site.toml
# What was installed last: packages that were built anew may have the same version.
INSTALLED=/var/lib/misc/pulp-quadlet-packages

fail() {
    echo "error: $1" >&2
    shift
    for line in "$@"; do
        echo "   = $line" >&2
    done
    exit 1
}

# --- packages ----------------------------------------------------------------------------------------------------------

on_debian() {
    command -v apt-get >/dev/null
}

# Lists of packages are fetched where something is missing: no network is needed where nothing is.
apt_install() {
    if ! apt-get --simulate --yes --no-install-recommends install "$@" >/dev/null 2>&1; then
        apt-get --quiet update
    fi
    apt-get --quiet --yes --option Dpkg::Use-Pty=0 --no-install-recommends install "$@"
}

dnf_install() {
    if [ -f /etc/centos-release ]; then # which has not all libraries of Python
        dnf --quiet --assumeyes install epel-release 'dnf-command(config-manager)'
        dnf config-manager --set-enabled crb
    fi
    dnf --quiet --assumeyes install "$@"
    if [ -f "$INSTALLED" ]; then
        rpm --upgrade --replacepkgs --oldpackage "$@"
    fi
}

packages() {
    kind=rpm
    if on_debian; then
        kind=deb
    fi
    set -- "$UPLOADS/pulp-quadlet.$kind" "$UPLOADS/pulp-quadlet-selinux.$kind"
    if [ ! -f "$1" ] || [ ! -f "$2" ]; then
        fail "dist/ of the folder with the Vagrantfile has no packages of pulp-quadlet (.$kind)" \
            "nothing was installed, and no site was changed" \
            "help: \`make packages\` there, then \`vagrant provision\`"
    fi
    if sha256sum --check --status "$INSTALLED" 2>/dev/null; then
        return
    fi
    if on_debian; then
        apt_install --reinstall --allow-downgrades "$@"
    else
        dnf_install "$@"
    fi
    sha256sum "$@" >"$INSTALLED"
}

# --- SELinux -----------------------------------------------------------------------------------------------------------

label_all_files() {
    echo "labelling all files"
    type=$(sed -n 's/^SELINUXTYPE=//p' /etc/selinux/config)
    setfiles -F -e /proc -e /sys -e /dev -e /run "/etc/selinux/$type/contexts/files/file_contexts" /
}

# Permissive for one boot: what is written until then has no label yet.
switch_on() {
    if ! on_debian || ! command -v update-grub >/dev/null; then
        fail "SELinux is off in this box, and only on a Debian with GRUB is known how to switch it on" \
            "nothing was changed" \
            "help: \`PULP_QUADLET_BOX=NAME vagrant up\` takes another box"
    fi
    apt_install selinux-policy-default selinux-utils policycoreutils auditd
    printf 'SELINUX=permissive\nSELINUXTYPE=default\n' >/etc/selinux/config
    mkdir -p /etc/default/grub.d
    # shellcheck disable=SC2016  # GRUB's own script reads the variable
    echo 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX security=selinux selinux=1"' >/etc/default/grub.d/60-selinux.cfg
    update-grub
    label_all_files
}

enforce() {
    if ! selinuxenabled 2>/dev/null; then
        fail "SELinux is still off after a restart" \
            "nothing was installed, and no site was changed" \
            "help: the command line of the kernel (/proc/cmdline) must have \`security=selinux selinux=1\`"
    fi
    if [ "$(getenforce)" = Permissive ]; then
        label_all_files
        sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config
        setenforce 1
    fi
}

# --- the site ----------------------------------------------------------------------------------------------------------

site() {
    if [ -f "$UPLOADS/site.toml" ]; then
        if ! cmp --quiet "$UPLOADS/site.toml" "$SITE"; then
            install -D --mode=0644 "$UPLOADS/site.toml" "$SITE"
            restorecon "$SITE"
        fi
    elif [ ! -f "$SITE" ]; then
        pulp-quadlet init --url "$1"
    fi
}

has_host() {
    python3 -c 'import sys, tomllib; sys.exit(sys.argv[1] not in tomllib.load(sys.stdin.buffer).get("hosts", {}))' \
        "$1" <"$SITE"
}

# --- what the Vagrantfile calls ------------------------------------------------------------------------------------------

# Vagrant moves the file of a private network to its place from /tmp, and networkd may not read what has the label of /tmp.
network() {
    if selinuxenabled 2>/dev/null && systemctl --quiet is-active systemd-networkd.service; then
        restorecon -RF /etc/systemd/network
        networkctl reload
    fi
}

prepare() {
    rm -rf "$UPLOADS" # the Vagrantfile copies to it what the folder has now
    if ! selinuxenabled 2>/dev/null; then
        switch_on
    fi
}

pulp() {
    enforce
    packages
    site "$1"
    if [ -z "$2" ]; then
        pulp-quadlet apply
    elif has_host "$2"; then
        pulp-quadlet apply --host "$2"
    else
        echo "The site file has no table [hosts.$2]: nothing is applied on $2."
    fi
}

"$@"
