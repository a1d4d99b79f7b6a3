"""The table of compare.sh: what is served beside its peers, and its ratio to the best of them, at each cutoff.

    python table.py DIR…

Each folder is named by its cutoff and holds erbij.json of `erbij evaluate --json` and peers.json of peers.py.
"""

import json
import sys
from pathlib import Path

METRICS = {"ndcg_at_10": "NDCG@10", "recall_at_20": "Recall@20"}
WAYS = {"exclude": "new items", "keep": "all items"}


def figures(folder, way):
    """What each system reached at one cutoff: the peers, then what Erbij serves."""
    peers = json.loads((folder / "peers.json").read_text())
    systems = {peer["system"]: peer for peer in peers if peer["already_bought"] == way}
    erbij = json.loads((folder / "erbij.json").read_text())["systems"]
    [served] = [s["metrics"] for s in erbij if s["system"] == "served" and s["already_bought"] == way]
    for name, peer in systems.items():
        n_served = served["ndcg_at_10"]["n_customers"]
        assert peer["n_customers"] == n_served, f"{folder}: {name} judged {peer['n_customers']}, Erbij {n_served}"
    return {**systems, "erbij": {metric: served[metric]["mean"] for metric in METRICS}}


def line(name, values):
    return f"{name:<24}" + "".join(f"{value:>12}" for value in values)


def with_mean(values):
    return values + [sum(values) / len(values)]


def main():
    folders = [Path(name) for name in sys.argv[1:]]
    for way, way_title in WAYS.items():
        at = [figures(folder, way) for folder in folders]
        for metric, title in METRICS.items():
            print(line(f"{title}, {way_title}", [folder.name for folder in folders] + ["mean"]))
            rows = {name: [systems[name][metric] for systems in at] for name in at[0]}
            for name, values in rows.items():
                print(line(name, [f"{value:.4f}" for value in with_mean(values)]))
            best = [max(column) for column in zip(*(v for name, v in rows.items() if name != "erbij"))]
            # Against whichever peer is best at each cutoff, also in the mean: nobody can name the best beforehand.
            ratios = [own / peer for own, peer in zip(rows["erbij"], best)]
            print(line("erbij / best peer", [f"{ratio:.3f}" for ratio in with_mean(ratios)]) + "\n")


if __name__ == "__main__":
    main()
