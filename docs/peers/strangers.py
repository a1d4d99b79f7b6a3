"""What a stranger is shown after k items, beside best sellers and beside the same customer known.

    strangers.py ERBIJ RECIPE ORDERS ITEMS CONFIG CUTOFF

Of customers with six items or more before the cutoff and something new in the 28 days after it, at most 1,500: the last k items
they bought stand for what a stranger looks at (`session_items`), and the home page is asked for. Relevant is what they buy
that they never bought before; NDCG@10. Needs requirements.txt.
"""

import http.client
import json
import math
import random
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

PORT = 18096


def columns(config):
    mapped = tomllib.loads(Path(config).read_text()).get("tables", {}).get("orders", {}).get("columns", {})
    return [mapped.get(name, name) for name in ("customer_id", "item_id", "ordered_at")]


def ndcg(shown, relevant):
    gain = sum(1 / math.log2(at + 2) for at, item in enumerate(shown) if item in relevant)
    return gain / sum(1 / math.log2(at + 2) for at in range(min(10, len(relevant))))


def main(erbij, recipe, orders, items, config, cutoff):
    cut = datetime.fromisoformat(cutoff)
    table = pq.read_table(orders)
    of_customer, of_item, of_time = columns(config)
    of_item = of_item if of_item in table.column_names else "product_id"
    at = table[of_time].cast("timestamp[us]")
    past, bought = defaultdict(list), defaultdict(set)
    rows = sorted(zip(at.to_pylist(), map(str, table[of_customer].to_pylist()), map(str, table[of_item].to_pylist())))
    for when, customer, item in rows:
        if customer == "None":
            continue
        if when < cut:
            past[customer].append(item)
        elif when < cut + timedelta(days=28):
            bought[customer].add(item)
    customers = sorted(c for c in bought if 6 <= len(set(past[c])) and bought[c] - set(past[c]))
    random.Random(1).shuffle(customers)
    customers = customers[:1500]
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before.parquet"
        pq.write_table(table.filter(pc.less(at, cut)), before)
        artifact, store = f"{folder}/artifact", f"{folder}/store"
        subprocess.run([erbij, "train", "--quiet", "--recipe", recipe, "--orders", before, "--items", items, "--config", config,
                        "--now", cutoff, "--out", artifact], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([erbij, "publish", "--quiet", artifact, "--store", store], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([erbij, "serve", "--quiet", "--store", store, "--address", f"127.0.0.1:{PORT}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(5)
            connection = http.client.HTTPConnection("127.0.0.1", PORT)

            def shown(**question):
                body = json.dumps({"placement": "home", "n": 10, **question})
                connection.request("POST", "/v1/recommend", body, {"content-type": "application/json"})
                return [item["item_id"] for item in json.loads(connection.getresponse().read())["items"]]

            def mean(ask):
                return sum(ndcg(ask(c), bought[c] - set(past[c])) for c in customers) / len(customers)

            best_sellers = shown()
            print(f"{len(customers)} customers; best sellers {mean(lambda c: best_sellers):.4f}")
            for k in (1, 3, 5, 10):
                last = {c: list(dict.fromkeys(reversed(past[c])))[:k][::-1] for c in customers}
                pages = {c: shown(session_items=last[c]) for c in customers}
                n_other = sum(page != best_sellers for page in pages.values())
                print(f"a stranger after {k}: {mean(pages.get):.4f}; {n_other / len(customers):.1%} see other items than best sellers")
            print(f"known: {mean(lambda c: shown(customer_id=c)):.4f}")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
