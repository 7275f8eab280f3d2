"""The table of bench-busy.sh, of all epochs but the first in metrics.jsonl."""
import json
import sys

folder, rounds, busy = sys.argv[1:]
WAYS = {"default": "`train`", "passive": "OMP_WAIT_POLICY=passive", "one": "--threads 1"}


def best(way, n):
    """Images a second of the round that was disturbed least."""
    speeds = []
    for i in range(int(rounds)):
        with open(f"{folder}/{way}-{n}-{i + 1}/metrics.jsonl") as f:
            epochs = [json.loads(line) for line in f][1:]
        images = sum(e["images_per_second"] * e["seconds"] for e in epochs)
        speeds.append(images / sum(e["seconds"] for e in epochs))
    return max(speeds)


columns = busy.split()
speeds = {way: [best(way, n) for n in columns] for way in WAYS}
print("| images/s beside | " + " | ".join(f"{n} busy" for n in columns) + " |")
print("|---|" + "---:|" * len(columns))
for way, title in WAYS.items():
    print(f"| {title} | " + " | ".join(f"{v:.1f}" for v in speeds[way]) + " |")
print("| `train`, of the best row | " + " | ".join(f"{100 * speeds['default'][i] / max(s[i] for s in speeds.values()):.0f} %" for i in range(len(columns))) + " |")
print(f"\nThe best of {rounds} rounds each.")
