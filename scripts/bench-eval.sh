#!/bin/sh
# Measures cocostat eval against other libraries, see docs/benchmarks.md.
# FILE=/path/instances.json takes other annotations, DETECTIONS=/path/results.json
# other detections than the made ones, N=10000 makes another number of them;
# LARGEST=1000000 ends the growth there; ROUNDS=7 is how often quick programs run.
set -eu
cd "$(dirname "$0")/.."
absolute() {
	case $1 in
	"" | /*) echo "$1" ;;
	*) echo "$PWD/$1" ;;
	esac
}
mkdir -p build/bench/bin
CGO_ENABLED=0 go -C bench build -o ../build/bench/bin/measure ./measure
exec build/bench/bin/measure eval -file "$(absolute "${FILE:-}")" -detections "$(absolute "${DETECTIONS:-}")" \
	-n "${N:-733070}" -largest "${LARGEST:-10000000}" -rounds "${ROUNDS:-7}"
