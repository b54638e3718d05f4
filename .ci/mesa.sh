#!/usr/bin/env bash
# Installs Mesa's Vulkan devices in software. mesa.sh FOLDER [OPTION…]: a folder for files, options for apt-get install.
# No source of the machine is changed: those of backports are written beside a copy of the machine's own list.
set -euo pipefail
folder=$1
. /etc/os-release
if [ "${ID:-}:${VERSION_ID:-}" != debian:12 ]; then
  exec apt-get install -q -y --no-install-recommends "${@:2}" mesa-vulkan-drivers
fi
suite="$VERSION_CODENAME-backports"
list="$folder/sources.list"
{
  cat /etc/apt/sources.list 2>/dev/null || true
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' "Created-By: Packages" | sort -u |
    awk -v suite="$VERSION_CODENAME" '$2 == suite { print "deb", $1, suite "-backports", "main" }'
} >"$list"
grep -q -- "$suite" "$list" || { echo "No source of $VERSION_CODENAME to find $suite beside."; exit 1; }
apt-get update -q -o Dir::Etc::sourcelist="$list"
apt-get install -q -y --no-install-recommends -o Dir::Etc::sourcelist="$list" -t "$suite" "${@:2}" mesa-vulkan-drivers
