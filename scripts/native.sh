#!/bin/sh
# native.sh [FOLDER]: builds gotorch's libcgotorch.so and our libtorchx.so into
# FOLDER (build/lib), by train/torchx/native/Makefile, which compiles only what
# changed. LIBTORCH=/path takes another libtorch than the system's; each wants a
# folder of its own.
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
# Several processes are joined by Gloo, whose headers c10d's include. PyPI's wheels
# have Gloo without its headers: there the system's, of libgloo-dev, do as well, as
# c10d is called by nothing that depends on what Gloo's classes hold.
mkdir -p "$lib"
gloo=$headers/gloo
if [ ! -f "$gloo/algorithm.h" ] && [ -f /usr/include/gloo/algorithm.h ]; then
	gloo=$lib/headers/gloo
	mkdir -p "$lib/headers"
	ln -sfn /usr/include/gloo "$gloo"
	include="$include -isystem $lib/headers"
fi
if [ -f "$gloo/algorithm.h" ]; then
	include="$include -DUSE_C10D_GLOO"
else
	echo "native: without Gloo: one process trains alone; libgloo-dev has the headers that several need" >&2
fi

# Another compiler, libtorch or option: all is built anew.
objects=$lib/objects
export FLAGS="-std=c++$standard $abi $include" LINK="$link $openmp"
settings=$(echo "$version $FLAGS $LINK $gotorch" && $compiler --version)
if [ "$(cat "$objects/settings" 2>/dev/null)" != "$settings" ]; then
	rm -rf "$objects"
	mkdir -p "$objects"
	echo "$settings" >"$objects/settings"
fi
make() { MAKEFLAGS='' command make -f train/torchx/native/Makefile --no-print-directory -s -j"$(nproc)" CXX="$compiler" FOLDER="$lib" GOTORCH="$gotorch" "$@"; }
make -q && exit
echo "building libcgotorch.so and libtorchx.so for libtorch $version in C++$standard (some minutes, once)" >&2
make
