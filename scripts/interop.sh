#!/bin/sh
# Makes what the interoperability tests run in, below build/interop:
#
#   tables      Python with pyarrow, polars, DuckDB, NumPy and safetensors
#   onnx        Python with ONNX's checker, ONNX Runtime, NumPy and Pillow
#   torch       Python with safetensors and the system's PyTorch, which needs
#               another NumPy
#   readers     Python with Ultralytics and supervision, and the system's PyTorch
#               and torchvision (0.9 GB)
#   spark       Python with PySpark, where Java is (0.5 GB)
#   javascript  Node's apache-arrow
#
# What cannot be made is left out; the tests of it are skipped, with the reason
# from build/interop/NAME.missing. What is there and of the wanted versions is
# kept.
set -u
cd "$(dirname "$0")/.."
wanted=$PWD/scripts/interop
mkdir -p build/interop
cd build/interop || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Debian's PyTorch is the system Python's.
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3) || python=

# environment NAME MADE-FROM COMMAND... makes a folder unless it is there and
# made from the same file.
environment() {
	name=$1 from=$2
	shift 2
	cmp -s "$from" "$name/made-from" && rm -f "$name.missing" && return
	rm -rf "$name"
	echo "setting up build/interop/$name" >&2
	if "$@" >"$log" 2>&1 && cp "$from" "$name/made-from"; then
		rm -f "$name.missing"
		return
	fi
	rm -rf "$name"
	missing "$name" "it could not be set up: $(grep -v -e '^ *$' -e 'complete log' "$log" | tail -n 1)"
}

missing() {
	echo "$2" >"$1.missing"
	echo "interop: the tests with $1 will be skipped: $2" >&2
}

venv() {
	folder=$1 requirements=$2
	shift 2
	"$python" -m venv "$@" "$folder" && "$folder/bin/python" -m pip install -q --disable-pip-version-check --only-binary :all: -r "$requirements"
}

node_modules() {
	mkdir -p javascript && cp "$wanted/package.json" "$wanted/package-lock.json" javascript &&
		npm ci --prefix javascript --no-audit --no-fund --ignore-scripts
}

if [ -z "$python" ]; then
	missing tables "Python is missing"
	missing onnx "Python is missing"
	missing torch "Python is missing"
	missing readers "Python is missing"
	missing spark "Python is missing"
else
	environment tables "$wanted/requirements.txt" venv tables "$wanted/requirements.txt"
	environment onnx "$wanted/requirements-onnx.txt" venv onnx "$wanted/requirements-onnx.txt"
	if "$python" -c 'import torch' 2>/dev/null; then
		environment torch "$wanted/requirements-torch.txt" venv torch "$wanted/requirements-torch.txt" --system-site-packages
	else
		rm -rf torch
		missing torch "$python has no PyTorch"
	fi
	if "$python" -c 'import torchvision' 2>/dev/null; then
		environment readers "$wanted/requirements-readers.txt" venv readers "$wanted/requirements-readers.txt" --system-site-packages
	else
		rm -rf readers
		missing readers "$python has no torchvision"
	fi
	if java -version >/dev/null 2>&1; then
		environment spark "$wanted/requirements-spark.txt" venv spark "$wanted/requirements-spark.txt"
	else
		rm -rf spark
		missing spark "Java is missing"
	fi
fi
if command -v node >/dev/null && command -v npm >/dev/null; then
	environment javascript "$wanted/package-lock.json" node_modules
else
	missing javascript "Node or npm is missing"
fi
