#!/bin/sh
# The main job on data that the project makes itself: draw a long-tailed set,
# count it, write weights, train a detector with them, report its AP. Goes on
# where it was stopped; a second run evaluates what the first one trained.
set -eu
cd "$(dirname "$0")/.."
bin=build/bin
set=demo/sample
run=demo/run
say() { printf '\n$ %s\n' "$*"; }
do_() {
	say "$@"
	"$@"
}

do_ $bin/cocostat sample $set
do_ $bin/cocostat analyze $set/annotations/instances_train.json -o demo/tables
do_ $bin/cocostat weights $set/annotations/instances_train.json -o demo/weights.arrow --deferred-epochs 3
if [ -f $run/results.json ]; then
	echo
	echo "$run holds a trained detector; remove it to train again"
	do_ $bin/train eval --checkpoint $run/last.safetensors
elif [ -f $run/last.safetensors ]; then
	do_ $bin/train --resume $run
else
	rm -rf $run
	do_ $bin/train --weights demo/weights.arrow -o $run \
		--size 128 --width 0.5 --neck 128,64,64 --epochs 14 --lr 2e-3 --eval-every 7
fi
