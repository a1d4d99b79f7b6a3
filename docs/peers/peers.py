"""Simple peers of Erbij, judged on the pairs that `erbij evaluate --write-split DIR` wrote.

A customer is judged if something relevant of theirs is in test.parquet, known to train or not. Every peer shows the
best sellers to whom it knows nothing of, and fills a slate that is too short with them. Metrics are Erbij's: see
crates/erbij-evaluate/src/metrics.

    python peers.py DIR [--json FILE]
"""

import argparse
import json
import os
import sys
import warnings
from collections import Counter
from pathlib import Path

# One thread of BLAS, as implicit asks for; it has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import implicit.als
import implicit.nearest_neighbours
import implicit.utils
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import scipy.sparse as sparse

try:
    import similaripy
except ImportError:
    similaripy = None

N_SHOWN = 20
BEST_SELLER_DAYS = 28
DAY_MICROS = 86_400_000_000
# Below the score of anything that was really found.
NOTHING = -1e30


class Split:
    """Numbers for the ids of a split. Items are numbered best seller first, so ties are broken by what sells."""

    def __init__(self, folder):
        train = pq.read_table(folder / "train.parquet")
        test = pq.read_table(folder / "test.parquet")
        # A guest order is a person of its own.
        guest = pc.binary_join_element_wise("guest", pc.cast(train["order"], "string"), " ")
        person = np.array(pc.coalesce(train["customer_id"], guest).to_pylist(), dtype=object)
        item = np.array(train["item_id"].to_pylist(), dtype=object)
        at = train["ordered_at"].cast("int64").to_numpy()
        is_recent = at.max() - BEST_SELLER_DAYS * DAY_MICROS < at
        recent = Counter(item for _, item in set(zip(person[is_recent], item[is_recent])))
        ever = Counter(item for _, item in set(zip(person, item)))
        order = sorted(ever, key=lambda item: (-recent[item], -ever[item], item))
        self.n_items = len(order)
        item_number = {item: number for number, item in enumerate(order)}

        is_known = ~np.array(pc.is_null(train["customer_id"]))
        customers = sorted(set(person[is_known]))
        customer_number = {customer: number for number, customer in enumerate(customers)}
        pairs = Counter(
            (customer_number[customer], item_number[item])
            for customer, item, _ in set(zip(person[is_known], item[is_known], train["order"].to_numpy()[is_known]))
        )
        rows, columns = np.array(list(pairs)).T
        shape = (len(customers), self.n_items)
        # In how many orders each customer has each item.
        self.frequency = sparse.csr_matrix((np.fromiter(pairs.values(), np.float32), (rows, columns)), shape)
        # Whether they have it: what the models are fitted on.
        self.bought = self.frequency.copy()
        self.bought.data[:] = 1

        # Items that train does not know cannot be shown, but they were bought: they count as relevant.
        relevant = {}
        for customer, item in zip(test["customer_id"].to_pylist(), test["item_id"].to_pylist()):
            relevant.setdefault(customer, set()).add(item_number.get(item, item))
        self.judged = sorted(relevant)
        self.relevant = [relevant[customer] for customer in self.judged]
        # Per judged customer their row, or none.
        self.row = [customer_number.get(customer) for customer in self.judged]
        self.rows = np.array(sorted(row for row in self.row if row is not None), dtype=np.int64)

    def history(self, row):
        """What a customer has bought before, by number."""
        return set() if row is None else set(self.frequency[row].indices.tolist())


def best_sellers(split, is_new_only):
    """Nothing of a customer's own: the fill alone."""
    return {}


def own_most_frequent(split, is_new_only):
    """GP-TopFreq: what they have in most orders, ties by what sells. With new items alone nothing of it is left."""
    if is_new_only:
        return {}
    slates = {}
    for row in split.rows:
        own = split.frequency[row]
        slates[row] = own.indices[np.lexsort((own.indices, -own.data))][:N_SHOWN]
    return slates


def of_implicit(make, matrix):
    """A model of implicit with its own defaults, fitted on a matrix of the split."""

    def recommend(split, is_new_only):
        fitted_on = getattr(split, matrix)
        model = make()
        with warnings.catch_warnings():
            # BM25 turns its own matrix around and then warns of it.
            warnings.simplefilter("ignore", implicit.utils.ParameterWarning)
            model.fit(fitted_on, show_progress=False)
        known = fitted_on[split.rows]
        ids, scores = model.recommend(split.rows, known, N=N_SHOWN, filter_already_liked_items=is_new_only)
        return {row: ids[at][NOTHING < scores[at]] for at, row in enumerate(split.rows)}

    return recommend


def rp3beta(split, is_new_only):
    """RP3beta of similaripy with its own defaults, asked as its guide asks: each item by those nearest to it."""
    bought = split.bought
    nearest = similaripy.rp3beta(sparse.csr_matrix(bought.T), verbose=False, format_output="csr")
    scores = sparse.csr_matrix(bought[split.rows] @ nearest.T)
    slates = {}
    for at, row in enumerate(split.rows):
        of_row = scores[at]
        ranked = of_row.indices[np.lexsort((of_row.indices, -of_row.data))]
        if is_new_only:
            ranked = ranked[~np.isin(ranked, bought[row].indices)]
        slates[row] = ranked[:N_SHOWN]
    return slates


PEERS = {
    "best_sellers_28_days": best_sellers,
    "gp_top_freq": own_most_frequent,
    "implicit_als": of_implicit(lambda: implicit.als.AlternatingLeastSquares(random_state=1), "bought"),
    # BM25 is a weighting of counts; cosine does better without them.
    "implicit_bm25": of_implicit(implicit.nearest_neighbours.BM25Recommender, "frequency"),
    "implicit_cosine": of_implicit(implicit.nearest_neighbours.CosineRecommender, "bought"),
}
if similaripy is not None:
    PEERS["similaripy_rp3beta"] = rp3beta


def ndcg_at_k(slate, relevant, k):
    """The ideal slate is cut at k."""
    gain = sum(1 / np.log2(rank + 2) for rank, item in enumerate(slate[:k]) if item in relevant)
    return gain / sum(1 / np.log2(rank + 2) for rank in range(min(k, len(relevant))))


def recall_at_k(slate, relevant, k):
    """Hits by all that is relevant."""
    return sum(item in relevant for item in slate[:k]) / len(relevant)


def judge(split, peer, is_new_only):
    """The means over all customers with something relevant."""
    slates = peer(split, is_new_only)
    ndcg, recall = [], []
    for row, relevant in zip(split.row, split.relevant):
        history = split.history(row) if is_new_only else set()
        relevant = relevant - history
        if not relevant:
            continue
        # Where implicit finds too little that is new, it goes on with what was to be left out.
        slate = [int(item) for item in slates.get(row, []) if int(item) not in history]
        shown = history | set(slate)
        fill = (item for item in range(split.n_items) if item not in shown)
        slate.extend(item for item, _ in zip(fill, range(N_SHOWN - len(slate))))
        assert len(set(slate)) == len(slate) and not history & set(slate)
        ndcg.append(ndcg_at_k(slate, relevant, 10))
        recall.append(recall_at_k(slate, relevant, 20))
    return {"n_customers": len(ndcg), "ndcg_at_10": float(np.mean(ndcg)), "recall_at_20": float(np.mean(recall))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("split", type=Path, help="a folder of `erbij evaluate --write-split`")
    parser.add_argument("--json", type=Path, help="where the figures go [default: standard output]")
    args = parser.parse_args()
    if similaripy is None:
        print("note: similaripy is not installed, so its RP3beta is left out", file=sys.stderr)
    split = Split(args.split)
    # The names of the two ways of judging are those of `erbij evaluate --json`.
    ways = [("exclude", True), ("keep", False)]
    figures = [
        {"system": name, "already_bought": way, **judge(split, peer, is_new_only)}
        for way, is_new_only in ways
        for name, peer in PEERS.items()
    ]
    text = json.dumps(figures, indent=2) + "\n"
    if args.json:
        args.json.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
