#!/bin/sh
# The main job on data that the project makes itself: draw a long-tailed set,
# count it, write weights, train a detector with them, report its AP. Goes on
# where it was stopped; a second run evaluates what the first one trained.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/build/bin:$PATH
set=demo/sample
run=demo/run
do_() {
	printf '\n$ %s\n' "$*"
	"$@"
}

do_ cocostat sample $set --classes 6 --images 2000
do_ cocostat analyze $set/annotations/instances_train.json -o demo/tables
do_ cocostat weights $set/annotations/instances_train.json -o demo/weights.arrow --deferred-epochs 2
if [ -f $run/results.json ]; then
	printf '\n%s holds a trained detector; remove it to train again\n' $run
	do_ train eval --checkpoint $run/last.safetensors
elif [ -f $run/last.safetensors ]; then
	do_ train --resume $run
else
	rm -rf $run
	do_ train --weights demo/weights.arrow -o $run --detector fcos --width 0.35 --fpn-channels 32 --size 96 \
		--optimiser adam --lr 3e-3 --ema 0.99 --box-loss giou --centre-radius 1.5 --eta 0.999 --eta-scope batch --eta-group 4 --augment light --epochs 14 --eval-every 7
fi
