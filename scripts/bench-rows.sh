#!/bin/sh
# Measures how a file with a row per annotation is made of COCO's JSON, by cocostat
# analyze -o and by other programs, see docs/benchmarks.md. FILE=/path/instances.json
# takes that file instead of a made one; SCALE=0.1 makes a smaller one; ROUNDS=7 is
# how often quick programs run.
set -eu
cd "$(dirname "$0")/.."
case ${FILE:-} in
"" | /*) ;;
*) FILE=$PWD/$FILE ;;
esac
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
exec build/bench/bin/measure rows -file "${FILE:-}" -scale "${SCALE:-1}" -rounds "${ROUNDS:-7}"
