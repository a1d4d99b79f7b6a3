#!/usr/bin/env python3
"""The default recipe on ten simulated shops of different habits, beside best sellers and own favourites.

    tests/habits/run.py [SHOP …]        all ten take about ten minutes; names take some of them

The program is `ERBIJ`, else target/release/erbij. Of each shop the last 28 days are judged by NDCG@10, with 95 % intervals
of the difference over customers. Fails where what is served is behind by more than the interval. Needs nothing but Python.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ERBIJ = os.environ.get("ERBIJ", str(ROOT / "target/release/erbij"))
CUTOFF = "2025-12-04T00:00:00Z"  # simulated shops end with the year 2025

SHOPS = {
    "plain": "",
    "seasons": "--season 0.8",
    "seasons alone": "--season 1 --habit 0",
    "habits": "--habit 0.6",
    "habits and seasons": "--habit 0.6 --season 0.8",
    "habits alone": "--habit 0.95",
    "one category": "--categories 1 --items 300",
    "guests": "--guests 0.9",
    "tiny": "--customers 150 --items 60 --lines 1500",
    "huge": "--customers 40000 --items 10000 --lines 1500000",
}
# What stands beside it: on new items, and with items bought before.
PEERS = [("exclude", "popularity", "best sellers, new items"), ("keep", "popularity", "best sellers, all items"),
         ("keep", "gp_top_freq", "own favourites, all items")]


def erbij(*args):
    subprocess.run([ERBIJ, "--quiet", *args], check=True, stdout=subprocess.DEVNULL)


def judged(flags, folder):
    shop, report = folder / "shop", folder / "report.json"
    erbij("simulate", *flags.split(), "--out", str(shop))
    erbij("evaluate", "--recipe", str(ROOT / "models/default/recipe.toml"), "--orders", str(shop / "orders.parquet"),
          "--items", str(shop / "items.parquet"), "--events", str(shop / "events.parquet"), "--now", "2026-01-01T00:00:00Z",
          "--cutoff", CUTOFF, "--metrics", "ndcg_at_10", "--json", str(report))
    return json.loads(report.read_text())


def cells(report):
    """Of each peer what is served, what the peer has, the difference with its interval, and whether served is behind."""
    means = {(s["already_bought"], s["system"]): s["metrics"]["ndcg_at_10"]["mean"] for s in report["systems"]}
    of = {(c["already_bought"], c["second"]): c for c in report["comparisons"]
          if c["first"] == "served" and c["metric"] == "ndcg_at_10"}
    for way, peer, _ in PEERS:
        comparison = of[way, peer]
        low, high = comparison["interval"]
        yield means[way, "served"], means[way, peer], low, high, high < 0


def figure(value):
    return f"{value:.4f}".replace("0.", ".", 1)


def main(names):
    unknown = [name for name in names if name not in SHOPS]
    if unknown:
        sys.exit(f"there is no shop {unknown}: expected some of {list(SHOPS)}")
    n_behind = 0
    print("| shop | customers | " + " | ".join(name for *_, name in PEERS) + " |")
    print("|---|---|" + "---|" * len(PEERS))
    for name in names or SHOPS:
        with tempfile.TemporaryDirectory() as folder:
            report = judged(SHOPS[name], Path(folder))
        row = []
        for served, peer, low, high, is_behind in cells(report):
            n_behind += is_behind
            mark = " **behind**" if is_behind else ""
            row.append(f"{figure(served)} / {figure(peer)} ({figure(low)} to {figure(high)}){mark}")
        n = report["judged"]["n_customers"]
        print(f"| {name} | {n:,} | " + " | ".join(row) + " |", flush=True)
    print(f"\nbehind by more than the interval: {n_behind}")
    sys.exit(1 if n_behind else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
