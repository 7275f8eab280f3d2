#!/bin/sh
# Installs PyTorch from PyPI into build/pytorch, unless it is there, and prints
# the folder that LIBTORCH wants. Of what it depends on only that comes along
# which its CPU half is linked with: no Python packages, no CUDA for the GPU.
set -eu
cd "$(dirname "$0")/.."
version=2.15.0
folder=$PWD/build/pytorch/$version

python=/usr/bin/python3
[ -x "$python" ] || python=python3
if [ ! -f "$folder/installed" ]; then
	echo "installing PyTorch $version into $folder" >&2
	rm -rf "$folder"
	"$python" -m venv "$folder" >&2
	"$folder/bin/python" -m pip install -q --disable-pip-version-check --no-cache-dir --no-deps --only-binary :all: \
		"torch==$version" 'nvidia-cuda-runtime==13.2.*' 'nvidia-cuda-cupti==13.2.*' >&2
	touch "$folder/installed"
fi
"$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib") + "/torch")'
