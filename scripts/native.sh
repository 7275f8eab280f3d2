#!/bin/sh
# native.sh [FOLDER]: builds gotorch's libcgotorch.so and our libtorchx.so into
# FOLDER (build/lib), unless they are there already for these sources, this
# compiler and this libtorch. LIBTORCH=/path takes another libtorch than the
# system's; each wants a folder of its own.
set -eu
cd "$(dirname "$0")/.."
lib=${1:-build/lib}

die() {
	echo "native: $*" >&2
	exit 1
}

# missing LIBRARY: the names of what it needs and the machine lacks.
missing() { ldd "$1" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u | tr '\n' ' '; }

include= link= abi= headers=/usr/include
if [ -n "${LIBTORCH:-}" ]; then
	LIBTORCH=$(cd "$LIBTORCH" && pwd)
	headers=$LIBTORCH/include
	include="-isystem $headers"
	link="-L$LIBTORCH/lib -Wl,-rpath,$LIBTORCH/lib"
fi
api=$headers/torch/csrc/api/include
include="$include -isystem $api"
[ -f "$api/torch/version.h" ] || die "no libtorch found (looked for $api/torch/version.h); install libtorch-dev or set LIBTORCH=/path"

compiler=${CXX:-g++}
# Where the numbers are written depends on the version, so the preprocessor looks.
# shellcheck disable=SC2086 # $include holds several arguments
version=$(printf '#include <torch/version.h>\nTORCH_VERSION\n' | $compiler -E -P -x c++ $include - | sed -n 's/^"\(.*\)"$/\1/p')
# The headers refuse older standards with an #error that names the oldest: C++14
# in libtorch 1, C++17 in 2.0, C++20 since 2.14.
standard=$(sed -n 's/^#error C++\([0-9]*\) or later.*/\1/p' "$api/torch/all.h")
[ -n "$version" ] && [ -n "$standard" ] || die "$api holds headers of no known libtorch (version '$version', C++ standard '$standard')"
$compiler -std=c++"$standard" -fsyntax-only -x c++ /dev/null 2>/dev/null ||
	die "libtorch $version needs C++$standard, which $($compiler --version | head -n 1) lacks; set CXX to a newer compiler, or LIBTORCH to an older libtorch"

openmp=-fopenmp
if [ -n "${LIBTORCH:-}" ]; then
	cpu=$LIBTORCH/lib/libtorch_cpu.so cuda=$LIBTORCH/lib/libtorch_cuda.so
	lacks=$(missing "$cpu")
	[ -z "$lacks" ] || die "$cpu needs what this machine lacks: ${lacks}(pip install torch brings it along, with --no-deps it does not)"
	# Nothing refers to the CUDA half by name; loading it is what registers it.
	if [ -f "$cuda" ]; then
		lacks=$(missing "$cuda")
		if [ -z "$lacks" ]; then
			link="$link -Wl,--no-as-needed -ltorch_cuda -Wl,--as-needed"
		else
			echo "native: without CUDA: $cuda needs what this machine lacks: $lacks" >&2
		fi
	fi
	# PyTorch wheels before 2.6 were built with GCC's old strings, which show in
	# the mangled name of c10::Error's constructor.
	if grep -q SourceLocationESs "$LIBTORCH/lib/libc10.so"; then abi=-D_GLIBCXX_USE_CXX11_ABI=0; fi
	# It brings OpenMP, in older wheels (2.5.1) under a name of its own. What
	# libtorchx calls is found there; linked by itself it would load a second
	# one, with threads of its own.
	if objdump -p "$cpu" | grep -q 'NEEDED *lib\(gomp\|iomp5\|omp\)[-.]'; then openmp=; fi
	# gotorch links with -ltorch, an empty library that loads both halves. This
	# is found before it, and leaves out a CUDA half that cannot be loaded.
	mkdir -p "$lib"
	echo 'INPUT(-ltorch_cpu)' >"$lib/libtorch.so"
fi

gotorch=$(go list -m -f '{{.Dir}}' github.com/wangkuiyi/gotorch)
if [ -z "$gotorch" ]; then
	go mod download github.com/wangkuiyi/gotorch
	gotorch=$(go list -m -f '{{.Dir}}' github.com/wangkuiyi/gotorch)
fi
ours=train/torchx/native
flags="-std=c++$standard -O3 -fPIC $abi $include -I$gotorch"
mkdir -p "$lib"

# build NAME SOURCE...: makes libNAME.so of the sources. Reading libtorch's headers
# takes most of the time: they are compiled once, and objects are kept whose source and
# headers, of which the compiler makes a list, did not change.
build() {
	name=$1
	shift
	stamp=$lib/$name.fingerprint objects=$lib/objects/$name
	heads=$({
		echo "$version $flags"
		$compiler --version
	} | sha256sum)
	fingerprint=$({
		echo "$heads $link"
		cat "$@" "$(dirname "$1")"/*.h
	} | sha256sum)
	[ "$(cat "$stamp" 2>/dev/null)" != "$fingerprint" ] || return 0
	echo "building lib$name.so for libtorch $version in C++$standard (a minute or two, once)" >&2
	rm -f "$stamp"
	if [ "$(cat "$objects/headers" 2>/dev/null)" != "$heads" ]; then
		rm -rf "$objects"
		mkdir -p "$objects/precompiled"
		echo '#include <torch/torch.h>' >"$objects/precompiled/torch.h"
		# shellcheck disable=SC2086 # $flags holds several arguments
		$compiler $flags -x c++-header "$objects/precompiled/torch.h" -o "$objects/precompiled/torch.h.gch"
		echo "$heads" >"$objects/headers"
	fi
	for source; do
		object=$objects/$(basename "$source").o
		sha256sum -c --status "$object.read" 2>/dev/null || printf '%s\n%s\n' "$source" "$object"
	done | xargs -P "$(nproc)" -n 2 sh -c "rm -f \"\$1.read\" && $compiler $flags -include $objects/precompiled/torch.h -MMD -MF \"\$1.d\" -MT read -c \"\$0\" -o \"\$1\" &&
		sed 's/^read://; s/\\\\\$//' \"\$1.d\" | xargs sha256sum >\"\$1.part\" && mv \"\$1.part\" \"\$1.read\" || exit 255"
	list=
	for source; do list="$list $objects/$(basename "$source").o"; done
	# shellcheck disable=SC2086 # $list and $link hold several arguments
	$compiler -shared -o "$lib/lib$name.so.tmp" $list $link -ltorch_cpu -lc10
	mv "$lib/lib$name.so.tmp" "$lib/lib$name.so"
	echo "$fingerprint" >"$stamp"
}

build cgotorch "$gotorch"/cgotorch/*.cc
# Several processes are joined by Gloo, whose headers c10d's include. PyPI's wheels
# have Gloo without its headers: there the system's, of libgloo-dev, do as well, as
# c10d is called by nothing that depends on what Gloo's classes hold.
gloo=$headers/gloo
if [ ! -f "$gloo/algorithm.h" ] && [ -f /usr/include/gloo/algorithm.h ]; then
	gloo=$lib/headers/gloo
	mkdir -p "$lib/headers"
	ln -sfn /usr/include/gloo "$gloo"
	flags="$flags -isystem $lib/headers"
fi
if [ -f "$gloo/algorithm.h" ]; then
	flags="$flags -DUSE_C10D_GLOO"
else
	echo "native: without Gloo: one process trains alone; libgloo-dev has the headers that several need" >&2
fi
flags="$flags -fopenmp -Wall -Wextra" link="$link $openmp"
build torchx "$ours"/*.cc
