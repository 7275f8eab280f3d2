#!/bin/sh
# Measures training in several processes against one on the same processors: the
# same images in each step, one process of THREADS threads against THREADS processes
# of one. See docs/benchmarks.md. ROUNDS=3 is how often each trains; EPOCHS=2, SIZE=256
# and BATCH=4 are those of the training; NETWORKS="mobilenet_v2 resnet18".
# PROCESSES="2 3 4" takes these numbers of processes instead, with one thread each.
set -eu
cd "$(dirname "$0")/.."
train=build/bin/train folder=build/bench/processes
threads=${THREADS:-2} rounds=${ROUNDS:-3} epochs=${EPOCHS:-2} size=${SIZE:-256} batch=${BATCH:-4}
mkdir -p "$folder"
[ -f "$folder/sample/annotations/instances_train.json" ] ||
	build/bin/cocostat sample "$folder/sample" --images 240 --val-images 8 --size "$size" >/dev/null

# run NAME PROCESSES THREADS NETWORK: trains, and leaves metrics.jsonl in a folder.
run() {
	name=$1 n=$2 t=$3 network=$4
	rm -rf "$folder/$name"
	port=$((20000 + $$ % 10000)) pids=
	for rank in $(seq 0 $((n - 1))); do
		RANK=$rank WORLD_SIZE=$n MASTER_ADDR=127.0.0.1 MASTER_PORT=$port "$train" "$folder/sample" -o "$folder/$name" \
			--backbone "$network" --size "$size" --batch "$batch" --accumulate "$most" --epochs "$epochs" --eval-every 1000 \
			--augment light --threads "$t" --workers 1 --lr 1e-4 --quiet >"$folder/log.$rank" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || {
			cat "$folder"/log.* >&2
			exit 1
		}
	done
	echo "$name: $(tail -n 1 "$folder/$name/metrics.jsonl" | cut -c 1-120)" >&2
}

ways="1x$threads ${threads}x1"
[ -z "${PROCESSES:-}" ] || ways=$(for n in 1 $PROCESSES; do printf '%sx1 ' "$n"; done)
most=$threads
for way in $ways; do [ "${way%x*}" -le "$most" ] || most=${way%x*}; done
for network in ${NETWORKS:-mobilenet_v2 resnet18}; do
	for round in $(seq "$rounds"); do
		for way in $ways; do run "$network-$way-$round" "${way%x*}" "${way#*x}" "$network"; done
	done
done
exec python3 scripts/processes.py "$folder" "$most" "$rounds" "$ways" "${NETWORKS:-mobilenet_v2 resnet18}"
