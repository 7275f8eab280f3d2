#!/bin/sh
# Measures cocostat analyze on a YOLO dataset against other programs, see
# docs/benchmarks.md. FILE=/path/instances.json makes the dataset of that file
# instead of a made one; SCALE=0.1 makes a smaller one; ROUNDS=7 is how often quick
# programs run; PYTHON=/path/python is an interpreter that has the others.
set -eu
cd "$(dirname "$0")/.."
case ${FILE:-} in
"" | /*) ;;
*) FILE=$PWD/$FILE ;;
esac
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
exec build/bench/bin/measure yolo -file "${FILE:-}" -scale "${SCALE:-1}" -rounds "${ROUNDS:-7}" -python "${PYTHON:-}"
