#!/bin/sh
# Measures train predict against PyTorch's newest release in Python (5 GB to download),
# and against the forward pass of training, see docs/benchmarks.md. NETWORKS="resnet18
# fcos" takes these alone; SIZE=512 and BATCH=8 are the input, SCALE=0.5 takes fewer
# images; ROUNDS=2 is how often each program runs; THREADS=2 and WORKERS=1 are those of
# the network and of the loader.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
set -- -scale "${SCALE:-1}" -rounds "${ROUNDS:-2}" -threads "${THREADS:-2}" -workers "${WORKERS:-1}" -size "${SIZE:-512}" -batch "${BATCH:-8}"
[ -z "${NETWORKS:-}" ] || set -- "$@" -networks "$NETWORKS"
exec build/bench/bin/measure predict "$@"
