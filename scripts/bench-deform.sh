#!/bin/sh
# Measures the deformable convolution of train/torchx against torchvision's, see
# docs/benchmarks.md. ROUNDS=5 is how often each is computed. Run it through
# make, which builds the libraries and says where they are.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
exec build/bench/bin/measure deform -rounds "${ROUNDS:-5}"
