#!/bin/sh
# Measures train against PyTorch in Python, see docs/benchmarks.md.
# NETWORKS="resnet18 fcos" trains these alone; SIZE=512 and BATCH=2 are other
# inputs; SCALE=0.25 makes the epochs shorter; ROUNDS=3 is how often each program
# trains; THREADS=2 and WORKERS=1 are those of the network and of the loader.
# PEERS=newest compares with PyPI's newest PyTorch too, a download of 5 GB.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
set -- -scale "${SCALE:-1}" -rounds "${ROUNDS:-2}" -threads "${THREADS:-2}" -workers "${WORKERS:-1}" -size "${SIZE:-256}" -batch "${BATCH:-4}"
[ -z "${PEERS:-}" ] || set -- "$@" -peers "$PEERS"
[ -z "${NETWORKS:-}" ] || set -- "$@" -networks "$NETWORKS"
exec build/bench/bin/measure train "$@"
