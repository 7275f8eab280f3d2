"""The table of bench-processes.sh, of the last epochs in metrics.jsonl."""
import json
import statistics
import sys

folder, batches, rounds, ways, networks = sys.argv[1:]
print("| network | processes × threads | images/s | to the first | in all-reduce, of a step | loss of the last epoch |")
print("|---|---|---:|---:|---:|---:|")
for network in networks.split():
    first = None
    for way in ways.split():
        runs = []
        for i in range(int(rounds)):
            with open(f"{folder}/{network}-{way}-{i + 1}/metrics.jsonl") as f:
                runs.append([json.loads(line) for line in f][-1])
        speeds = [r["images_per_second"] for r in runs]
        if first is None:
            first = speeds
        ratios = [a / b for a, b in zip(speeds, first)]
        share = statistics.median(r["time"].get("reducing", 0) / r["seconds"] for r in runs)
        print(f"| {network} | {way.replace('x', ' × ')} | {statistics.median(speeds):.1f} "
              f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} – {max(ratios):.2f}) | {100 * share:.1f} % | {runs[0]['loss']:.6f} |")
print(f"\nSteps of {batches} batches; medians of {rounds} rounds, in brackets the least and greatest ratio of a round.")
