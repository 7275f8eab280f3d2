"""Measures splits of datasets: cocostat dataset split, the iterative stratification of
scikit-multilearn, and random ones.

    python split.py COCOSTAT ANNOTATIONS.json... [--seeds 10] [--order 1]

needs scikit-multilearn, scipy and NumPy. Of each file, the images are divided 70 : 20
: 10 with each seed. Printed are means over the seeds, with 95 % intervals by Student's
t, of

    tail images      mean of |n - e| / e over the parts and the classes of the tail,
                     n images of a class in a part, e as many as it should have
    tail instances   the same of annotations
    all instances    the same of all classes with 3 images or more
    lacking          pairs of a part and a class with 3 images or more that is not in it
    distance         total variation of the class shares of a part and of all others,
                     mean of the parts
    size             most images that a part has too many or too few
    seconds          of the division; for cocostat of the whole command, with reading and
                     writing the annotations

The tail is the rarer third, by images, of the classes with 3 images or more.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict

import numpy as np
import scipy.sparse
import scipy.stats

SHARES = {"train": 0.7, "val": 0.2, "test": 0.1}


class Truth:
    """What the images of a file hold: counts[image, class]."""

    def __init__(self, path):
        with open(path) as f:
            d = json.load(f)
        self.images = [im["id"] for im in d["images"]]
        row = {id: i for i, id in enumerate(self.images)}
        column = {c["id"]: i for i, c in enumerate(d["categories"])}
        held = defaultdict(int)
        for a in d["annotations"]:
            if a["image_id"] in row and a["category_id"] in column:
                held[row[a["image_id"]], column[a["category_id"]]] += 1
        at = np.array(list(held), dtype=int).reshape(-1, 2)
        self.counts = scipy.sparse.csr_matrix(
            (list(held.values()), (at[:, 0], at[:, 1])), shape=(len(row), len(column)))

    def measure(self, part):
        """part: the index of the share of each image."""
        n, e_n, n_images, e_images, sizes, distances = [], [], [], [], [], []
        total = np.asarray(self.counts.sum(0)).ravel()
        with_class = np.asarray((self.counts > 0).sum(0)).ravel()
        for j, r in enumerate(SHARES.values()):
            own = self.counts[part == j]
            count = np.asarray(own.sum(0)).ravel()
            n.append(count)
            n_images.append(np.asarray((own > 0).sum(0)).ravel())
            e_n.append(r * total)
            e_images.append(r * with_class)
            sizes.append(abs((part == j).sum() - r * len(part)))
            rest = total - count
            there = count.sum() and rest.sum()  # a part without objects has no distance
            distances.append(abs(count / count.sum() - rest / rest.sum()).sum() / 2 if there else np.nan)
        enough = with_class >= 3
        tail = np.zeros(len(total), bool)
        order = [c for c in np.argsort(with_class, kind="stable") if enough[c]]
        tail[order[: len(order) // 3]] = True
        n, e_n, n_images, e_images = map(np.array, (n, e_n, n_images, e_images))

        def off(n, e, classes):
            return (abs(n - e) / np.maximum(e, 1e-9))[:, classes].mean()

        return [off(n_images, e_images, tail), off(n, e_n, tail), off(n, e_n, enough),
                (n_images[:, enough] == 0).sum(), np.mean(distances), max(sizes)]


def random_split(truth, seed, _):
    rng = np.random.default_rng(seed)
    cuts = np.cumsum(np.array(list(SHARES.values())) * len(truth.images)).round().astype(int)
    part = np.empty(len(truth.images), int)
    for j, rows in enumerate(np.split(rng.permutation(len(truth.images)), cuts[:-1])):
        part[rows] = j
    return part


def multilearn(truth, seed, order):
    from skmultilearn.model_selection import IterativeStratification
    np.random.seed(seed)
    rows = np.random.permutation(len(truth.images))
    y = (truth.counts[rows] > 0).astype(int)
    k = IterativeStratification(n_splits=len(SHARES), order=order, sample_distribution_per_fold=list(SHARES.values()))
    part = np.empty(len(rows), int)
    x = np.zeros((len(rows), 1))
    for j, (_, test) in enumerate(k.split(x, y)):
        part[rows[test]] = j
    return part


def cocostat(program, path):
    def split(truth, seed, _):
        with tempfile.TemporaryDirectory() as folder:
            shares = ",".join(f"{name}={100 * r:g}" for name, r in SHARES.items())
            subprocess.run([program, "dataset", "split", path, "-o", folder + "/out", "--shares", shares,
                            "--seed", str(seed), "--group", "none"], check=True, capture_output=True)
            split.seconds = time.time() - split.start
            at = {}
            for j, name in enumerate(SHARES):
                with open(f"{folder}/out/annotations/instances_{name}.json") as f:
                    for im in json.load(f)["images"]:
                        at[im["id"]] = j
        return np.array([at[id] for id in truth.images])
    return split


def main():
    args = argparse.ArgumentParser()
    args.add_argument("cocostat")
    args.add_argument("files", nargs="+")
    args.add_argument("--seeds", type=int, default=10)
    args.add_argument("--order", type=int, default=1)
    a = args.parse_args()
    print("| file | split | tail images | tail instances | all instances | lacking | distance | size | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for path in a.files:
        truth = Truth(path)
        ways = {"random": random_split, "scikit-multilearn": multilearn, "cocostat": cocostat(a.cocostat, path)}
        found = defaultdict(list)
        for seed in range(a.seeds):
            for name, way in ways.items():
                way.seconds, way.start = None, time.time()
                part = way(truth, seed, a.order)
                seconds = time.time() - way.start if way.seconds is None else way.seconds
                found[name].append(truth.measure(part) + [seconds])
                print(f"{path}, seed {seed}, {name}: {seconds:.1f} s", file=sys.stderr)
        for name, rows in found.items():
            rows = np.array(rows)
            t = scipy.stats.t.ppf(0.975, max(len(rows) - 1, 1)) / np.sqrt(len(rows))
            cells = []
            for i, digits in enumerate((4, 4, 4, 1, 5, 0, 1)):
                spread = f" ± {t * rows[:, i].std(ddof=1):.{digits}f}" if len(rows) > 1 and i < 5 else ""
                mean = rows[:, i].mean()
                cells.append("–" if np.isnan(mean) else f"{mean:.{digits}f}{spread}")
            print(f"| {path.split('/')[-1]} | {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
