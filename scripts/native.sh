#!/bin/sh
# Builds gotorch's libcgotorch.so and our libtorchx.so into build/lib, unless
# they are there already for these sources, this compiler and this libtorch.
# LIBTORCH=/path takes another libtorch than the system's.
set -eu
cd "$(dirname "$0")/.."

die() {
	echo "native: $*" >&2
	exit 1
}

if [ -n "${LIBTORCH:-}" ]; then
	LIBTORCH=$(cd "$LIBTORCH" && pwd)
	include="-I$LIBTORCH/include -I$LIBTORCH/include/torch/csrc/api/include"
	link="-L$LIBTORCH/lib -Wl,-rpath,$LIBTORCH/lib"
	# Nothing refers to the CUDA half by name; loading it is what registers it.
	[ ! -f "$LIBTORCH/lib/libtorch_cuda.so" ] || link="$link -Wl,--no-as-needed -ltorch_cuda -Wl,--as-needed"
	version=$LIBTORCH/include/torch/csrc/api/include/torch/version.h
	core=$LIBTORCH/lib/libc10.so
else
	include=-I/usr/include/torch/csrc/api/include
	link=
	version=/usr/include/torch/csrc/api/include/torch/version.h
	core=
fi
[ -f "$version" ] || die "no libtorch found (looked for $version); install libtorch-dev or set LIBTORCH=/path"

major=$(sed -n 's/^#define TORCH_VERSION_MAJOR \([0-9]*\).*/\1/p' "$version")
standard=c++14
[ "$major" -lt 2 ] || standard=c++17
abi=
# PyTorch wheels before 2.6 were built with GCC's old strings, which show in the
# mangled name of c10::Error's constructor.
if [ -n "$core" ] && grep -q SourceLocationESs "$core"; then abi=-D_GLIBCXX_USE_CXX11_ABI=0; fi

gotorch=$(go list -m -f '{{.Dir}}' github.com/wangkuiyi/gotorch)
if [ -z "$gotorch" ]; then
	go mod download github.com/wangkuiyi/gotorch
	gotorch=$(go list -m -f '{{.Dir}}' github.com/wangkuiyi/gotorch)
fi
ours=train/torchx/native
flags="-std=$standard -O3 -fPIC $abi $include -I$gotorch"
compiler=${CXX:-g++}
mkdir -p build/lib

# build NAME SOURCE...: makes build/lib/libNAME.so of the sources.
build() {
	name=$1
	shift
	stamp=build/lib/$name.fingerprint
	fingerprint=$({
		echo "$flags $link"
		$compiler --version
		cat "$version" "$@" "$(dirname "$1")"/*.h
	} | sha256sum)
	[ "$(cat "$stamp" 2>/dev/null)" != "$fingerprint" ] || return 0
	echo "building lib$name.so (a minute or two, once)" >&2
	objects=build/objects/$name
	rm -rf "$objects" "$stamp"
	mkdir -p "$objects"
	printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c "$compiler $flags -c '{}' -o $objects/\$(basename '{}').o || exit 255"
	# shellcheck disable=SC2086 # $link holds several arguments
	$compiler -shared -o "build/lib/lib$name.so.tmp" "$objects"/*.o $link -ltorch -ltorch_cpu -lc10
	mv "build/lib/lib$name.so.tmp" "build/lib/lib$name.so"
	echo "$fingerprint" >"$stamp"
}

build cgotorch "$gotorch"/cgotorch/*.cc
flags="$flags -fopenmp" link="$link -fopenmp"
build torchx "$ours"/*.cc
