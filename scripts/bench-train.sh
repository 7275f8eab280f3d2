#!/bin/sh
# Measures train against PyTorch in Python, see docs/benchmarks.md. SCALE=0.25
# makes the epochs shorter; ROUNDS=3 is how often each program trains; THREADS=2
# and WORKERS=1 are those of the network and of the loader.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
exec build/bench/bin/measure train -scale "${SCALE:-1}" -rounds "${ROUNDS:-3}" -threads "${THREADS:-2}" -workers "${WORKERS:-1}"
