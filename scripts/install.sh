#!/bin/sh
# Installs what building and training need and this machine lacks: a C++
# compiler, libtorch, Gloo's headers, a threaded BLAS and libjpeg. With
# LIBTORCH=/path it takes that libtorch instead; with GOFLAGS=-tags=purejpeg it
# does without libjpeg.
# Says what is missing if it cannot install it.
#
# install.sh browser installs what the tests of the HTML report need instead:
# chromium, unless some browser is here. Without one these tests are skipped, so
# it says so and succeeds. install.sh interop does the same for the tests with
# Python and Node.
set -eu

without= status=1 remedy="; or set LIBTORCH=/path to a libtorch, GOFLAGS=-tags=purejpeg for no libjpeg"
die() {
	echo "install: $without$*" >&2
	exit $status
}

needed=
need() { needed="$needed $1"; }

if [ "${1:-}" = browser ]; then
	for browser in chromium chromium-browser google-chrome google-chrome-stable headless_shell; do
		"$browser" --version >/dev/null 2>&1 && exit 0
	done
	without="no browser, the tests of the HTML report will be skipped: " status=0 remedy=
	need chromium
elif [ "${1:-}" = interop ]; then
	without="the interoperability tests will be skipped in part: " status=0 remedy=
	python=/usr/bin/python3
	"$python" -c 'import venv, ensurepip' 2>/dev/null || need python3-venv
	"$python" -c 'import torch' 2>/dev/null || need python3-torch
	"$python" -c 'import torchvision' 2>/dev/null || need python3-torchvision
	command -v node >/dev/null || need nodejs
	command -v npm >/dev/null || need npm
else
	command -v go >/dev/null || die "Go is missing: install Go 1.21 or later"

	command -v g++ >/dev/null || need g++
	case " ${GOFLAGS:-} " in
	*purejpeg*) ;; # the build tag that decodes JPEG in Go
	*) echo '#include <stdio.h>
#include <jpeglib.h>' | "${CC:-cc}" -E - >/dev/null 2>&1 || need libjpeg-dev ;;
	esac
	if [ -n "${LIBTORCH:-}" ]; then
		[ -f "$LIBTORCH/include/torch/csrc/api/include/torch/torch.h" ] ||
			die "LIBTORCH=$LIBTORCH holds no libtorch: there is no include/torch/csrc/api/include/torch/torch.h in it"
		# One process trains without it.
		if [ ! -f "$LIBTORCH/include/gloo/algorithm.h" ] && [ ! -f /usr/include/gloo/algorithm.h ] && command -v apt-get >/dev/null; then need libgloo-dev; fi
	else
		[ -f /usr/include/torch/csrc/api/include/torch/torch.h ] || need libtorch-dev
		[ -f /usr/include/gloo/algorithm.h ] || need libgloo-dev
		ldconfig -p 2>/dev/null | grep -q openblas-pthread || [ -n "$(ls /usr/lib/*/openblas-pthread/libblas.so.3 2>/dev/null)" ] || need libopenblas0-pthread
	fi
fi
[ -n "$needed" ] || exit 0

sudo=
[ "$(id -u)" = 0 ] || sudo="sudo -n"
command -v apt-get >/dev/null || die "missing packages:$needed (there is no apt-get here$remedy)"
[ -z "$sudo" ] || $sudo true 2>/dev/null || die "missing packages; as an administrator run: apt-get install$needed"
echo "installing$needed" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for command in "update" "install -y --no-install-recommends$needed"; do
	# shellcheck disable=SC2086 # the words of $command are arguments
	$sudo apt-get $command >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "apt-get $command failed; missing packages:$needed"
	}
done
