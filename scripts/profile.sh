#!/bin/sh
# Makes cmd/cocostat/default.pgo, the profile by which the compiler optimises
# cocostat: what calls what how often while annotations are counted.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/profile
CGO_ENABLED=0 go test -trimpath ./dataset -run '^$' -bench '^BenchmarkCount$' -benchtime "${RUNS:-100}x" -o build/profile/dataset.test -cpuprofile build/profile/cpu.prof >&2
go tool pprof -proto -output build/profile/default.pgo build/profile/cpu.prof
mv build/profile/default.pgo cmd/cocostat/default.pgo
ls -l cmd/cocostat/default.pgo >&2
