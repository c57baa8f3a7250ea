#!/bin/sh
# Runs in the machine that has the tools: build.sh SOURCE RELEASE OUT. Makes the sdist, and all packages from it.
set -eu
source=$1 release=$2 out=$3
work=$(mktemp -d)
mkdir -p "$out"

cd "$source"
python3 -m build --no-isolation --outdir "$out" . >"$work/wheel.log" 2>&1 || { cat "$work/wheel.log"; exit 1; }
sdist=$(ls "$out"/pulp_quadlet-*.tar.gz)
tar --extract --file="$sdist" --directory="$work"
tree=$(ls -d "$work"/pulp_quadlet-*/)

cp -r "$tree/packaging/debian" "$tree/debian"
cd "$tree"
sed -i "1s/-[0-9]*)/-$release)/" debian/changelog
# all that it says it needs, but for compilers of C
dpkg-checkbuilddeps -I
dpkg-buildpackage --no-sign --no-check-builddeps --build=binary
mv "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$out"
rm -r debian build

# rpm knows nothing of what Debian has installed
rpmbuild -bb --nodeps --define "_topdir $work/rpm" --define "_sourcedir $out" --define "rel $release" \
    packaging/rpm/pulp-quadlet.spec
mv "$work"/rpm/RPMS/noarch/*.rpm "$out"
rm -r "$work"
