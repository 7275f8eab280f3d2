#!/bin/sh
# bench-gpu.sh: measures train on a GPU against the CPU and against PyTorch on the same
# GPU, see docs/gpu.md. NETWORKS, SIZE=512, BATCHES="32 128", PRECISIONS="float32 tf32
# bfloat16", ROUNDS=2, SCALE=4 (epochs of 4·SCALE steps), THREADS=8, WORKERS=8 and
# DEVICE=cuda say what; DEVICE=cpu, with small numbers, tries the benchmark itself. Run
# it through make, which builds train for PyTorch's CUDA libraries first.
#
# bench-gpu.sh torch: prints the folder of PyPI's newest PyTorch, which it installs into
# build/bench if it is missing (5 GB).
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
[ "${1:-}" != torch ] || exec build/bench/bin/measure torch
set -- -device "${DEVICE:-cuda}" -size "${SIZE:-512}" -rounds "${ROUNDS:-2}" -scale "${SCALE:-4}" -threads "${THREADS:-8}" -workers "${WORKERS:-8}"
[ -z "${NETWORKS:-}" ] || set -- "$@" -networks "$NETWORKS"
[ -z "${BATCHES:-}" ] || set -- "$@" -batches "$BATCHES"
[ -z "${PRECISIONS:-}" ] || set -- "$@" -precisions "$PRECISIONS"
exec build/bench/bin/measure gpu "$@"
