#!/bin/sh
# Measures training beside other programs that want the processors. See
# docs/benchmarks.md. BUSY="0 1 2 4 16" are the numbers of busy processes, ROUNDS=2 is
# how often each way trains beside them; SIZE=128 and BATCH=16 are those of the
# training.
set -eu
cd "$(dirname "$0")/.."
train=build/bin/train folder=build/bench/busy
busy=${BUSY:-0 1 2 4 16} rounds=${ROUNDS:-2} size=${SIZE:-128} batch=${BATCH:-16}
mkdir -p "$folder"
[ -f "$folder/sample-$size/annotations/instances_train.json" ] ||
	build/bin/cocostat sample "$folder/sample-$size" --images $((2 * batch)) --val-images 8 --size "$size" >/dev/null

pids=
stop() {
	# shellcheck disable=SC2086 # a list of processes
	[ -z "$pids" ] || kill $pids 2>/dev/null || true
	pids=
}
trap stop EXIT
trap 'exit 130' INT TERM

# run NAME ARGUMENTS: trains, the first of three epochs to warm up, and leaves
# metrics.jsonl in a folder.
run() {
	name=$1
	shift
	rm -rf "${folder:?}/$name"
	"$train" "$folder/sample-$size" -o "$folder/$name" --size "$size" --batch "$batch" --epochs 3 --eval-every 1000 \
		--augment light --warmup 0 --workers 1 --lr 1e-4 --quiet "$@" >"$folder/log" 2>&1 || {
		cat "$folder/log" >&2
		exit 1
	}
	echo "$name: $(tail -n 1 "$folder/$name/metrics.jsonl" | sed 's/.*\("images_per_second":[0-9.]*\).*/\1/')" >&2
}

for n in $busy; do
	i=0
	while [ $i -lt "$n" ]; do
		sh -c 'while :; do :; done' &
		pids="$pids $!"
		i=$((i + 1))
	done
	for round in $(seq "$rounds"); do
		run "default-$n-$round"
		OMP_WAIT_POLICY=passive run "passive-$n-$round"
		run "one-$n-$round" --threads 1
	done
	stop
done
exec python3 scripts/busy.py "$folder" "$rounds" "$busy"
