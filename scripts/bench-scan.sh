#!/bin/sh
# Measures cocostat analyze against other programs, see docs/benchmarks.md.
# FILE=/path/instances.json takes that file instead of a made one; SCALE=0.1
# makes a smaller one; ROUNDS=7 is how often quick programs run.
set -eu
cd "$(dirname "$0")/.."
case ${FILE:-} in
"" | /*) ;;
*) FILE=$PWD/$FILE ;;
esac
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
exec build/bench/bin/measure scan -file "${FILE:-}" -scale "${SCALE:-1}" -rounds "${ROUNDS:-7}"
