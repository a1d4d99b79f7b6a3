# %% [markdown]
# # From history to a personal list, by hand
#
# **How does a history become a list?** By votes. Each item of the history shares out one vote among the 200 items
# that its other customers bought most, and the items with most votes are the list. Customer 930 bought 32 items:
# BANANAS 40 LB comes first with 0.304 votes from 30 of the 32 items.
#
# Worked out here by hand in polars, and by `erbij train` and `erbij recommend`, it is the same list: the same 5,523
# weights, the same ten items in the same order, the same 263 contributions. All of it is asserted.
#
# **What to know of such a list.** The strongest item of the history gives 5 to 33 % of a score: mostly many weak
# voices agree. And what they agree on, with the default β = 0.3, is in good part what sells:
#
# | β | of the ten, among the ten best sellers not yet bought | customers of the median item |
# |---|---|---|
# | 0.0 | 7 | 356.5 |
# | 0.3 | 6 | 355.5 |
# | 0.6 | 2 | 207.5 |
# | 0.75 | 0 | 61.5 |
#
# More β shades over into finer taste, and never to what a single customer bought: ends that fewer than three customers
# share with an item of the history are left out. This is one customer; the data are simulated (see
# `data/sample/README.md`).

# %%
import math

import polars as pl
from matplotlib.patches import Patch

from workbench import (
    BLUE,
    GREY,
    ITEMS,
    NOW,
    ORANGE,
    axes,
    erbij_json,
    numbered,
    purchases,
    section,
    stated,
    train,
)

# %% [markdown]
# ## The recipe, and whom we ask about
#
# The customer is small enough to be followed by hand. The parameters are the defaults of the walks, which stand alone
# here and learn from whole histories; the default recipe believes other models beside them.

# %%
CUSTOMER = "930"
ALPHA, BETA, NEIGHBOURS, MAX_HISTORY_ITEMS = 0.6, 0.3, 200, 1000
MIN_CUSTOMERS = 3
LIST_LENGTH = 10
WALKS = f'[personal]\nmodels = ["rp3beta"]\nmax_history_items = {MAX_HISTORY_ITEMS}\n[blend]\nlearn = false\n'

lines = purchases()
items = numbered(lines)
lines = lines.join(items.select("item_id", "item"), on="item_id")
catalogue = pl.read_parquet(ITEMS).select(item_id="id", title="title")
titles = items.join(catalogue, on="item_id", maintain_order="left").select("item", "title")


def with_titles(frame, on="item"):
    return frame.join(titles.rename({"item": on, "title": f"{on}_title"}), on=on, how="left", maintain_order="left")


# %% [markdown]
# ## Step 1: histories
#
# What a customer bought, each item once. Of a customer with more than 1,000 items only those bought last count,
# among those of one day the better sellers: whoever bought everything says little about any two items.

# %%
histories = (
    lines.group_by("customer_id", "item")
    .agg(last_bought_on=pl.col("ordered_at").max().dt.date(), n_orders=pl.len())
    .sort("customer_id", "last_bought_on", "item", descending=[False, True, False])
    .group_by("customer_id", maintain_order=True)
    .head(MAX_HISTORY_ITEMS)
)
history = histories.filter(pl.col("customer_id") == CUSTOMER)
n_orders = lines.filter(pl.col("customer_id") == CUSTOMER)["order_id"].n_unique()
print(f"{histories.height:,} pairs of a customer and an item")
print(f"customer {CUSTOMER}: {history.height} items in {n_orders} orders; those bought most often:")
with_titles(history.sort("n_orders", "item", descending=[True, False]).head(6)).select(
    "item_title", "n_orders", "last_bought_on"
)

# %% [markdown]
# ## Step 2: degrees
#
# $d_u$ is the number of items of customer $u$, $d_i$ the number of customers of item $i$.

# %%
customers = histories.group_by("customer_id").agg(d_u=pl.len().cast(pl.Float64)).sort("customer_id")
d_i = histories.group_by("item").agg(d_i=pl.len().cast(pl.Float64)).sort("item")
d_u = customers["d_u"]
print(f"items of a customer: {d_u.min():.0f} to {d_u.max():,.0f}, median {d_u.median():.0f}")
print(f"customers of an item: {d_i['d_i'].min():.0f} to {d_i['d_i'].max():.0f}, median {d_i['d_i'].median():.0f}")

# %% [markdown]
# ## Step 3: the walk from each item of the history
#
# From item $j$ to one of its customers, and on to one of that customer's items:
#
# $$w_{ji} = \frac{1}{d_i^{\,\beta}} \; \sum_{u \text{ bought } j \text{ and } i}
# \frac{1}{d_j^{\,\alpha}\, d_u^{\,\alpha}}$$
#
# With $\alpha = 1$ and $\beta = 0$ it is exactly the chance to end at $i$. A smaller $\alpha$ lets busy customers
# say more; $\beta$ holds back what everybody buys. Then the 200 strongest ends of each start are kept (scores as
# 32 bits, of equal ones the better seller), and each row is scaled to sum to one, so that every item of the
# history has one vote to share out. The scaling takes $d_j$ out again. Ends that fewer than three customers share with
# the start are left out before that: they would tell what somebody bought.


# %%
def meetings(alpha):
    """Per item of the history (`source`) and other item: the sum over the customers of both."""
    sources = history.select(source="item")
    to_customers = sources.join(histories.select("customer_id", source="item"), on="source")
    to_items = to_customers.join(histories.select("customer_id", "item"), on="customer_id")
    steps = to_items.join(customers.with_columns(step=pl.col("d_u").pow(-alpha)), on="customer_id")
    sums = steps.filter(pl.col("source") != pl.col("item")).sort("source", "item", "customer_id")
    sums = sums.group_by("source", "item", maintain_order=True).agg(n_common=pl.len(), sum=pl.col("step").sum())
    return sums.join(d_i, on="item", maintain_order="left")


def walk(sums, beta):
    """Rows of weights, from each item of the history to the items it speaks for."""
    told = sums.filter(pl.col("n_common") >= MIN_CUSTOMERS)
    ends = told.with_columns(weight=(pl.col("sum") * pl.col("d_i").pow(-beta)).cast(pl.Float32))
    kept = ends.sort("source", "weight", "item", descending=[False, True, False])
    kept = kept.group_by("source", maintain_order=True).head(NEIGHBOURS)
    total = pl.col("weight").cast(pl.Float64).sum().over("source")
    return kept.with_columns(weight=(pl.col("weight").cast(pl.Float64) / total).cast(pl.Float32))


sums = meetings(ALPHA)
weights = walk(sums, BETA)
source = history.sort("n_orders", "item", descending=[True, False]).row(0, named=True)
row = weights.filter(pl.col("source") == source["item"])
print(f"{weights.height:,} weights from {history.height} items")
print(f"from {titles.filter(pl.col('item') == source['item'])['title'][0]}, the five strongest of {row.height}:")
with_titles(row.head(5)).select("item_title", "n_common", "d_i", "weight")

# %% [markdown]
# ## Step 4: the list
#
# The score of an item is the sum of its weights over the history. Left out is what the customer already bought,
# and what is not in the catalogue.


# %%
def personal_list(weights, n):
    """The n best items for the customer: score falling, among equals the better seller."""
    return (
        weights.join(history.select("item"), on="item", how="anti")
        .join(titles, on="item", how="semi")
        .group_by("item")
        .agg(score=pl.col("weight").cast(pl.Float64).sum().cast(pl.Float32), n_sources=pl.len())
        .sort("score", "item", descending=[True, False])
        .head(n)
    )


own = personal_list(weights, LIST_LENGTH)
shown = with_titles(own).select("item_title", "score", "n_sources")
shown

# %% [markdown]
# ## The program says the same
#
# The same items in the same order, the same weights to the last of their 32 bits but one, and each item with the
# same contributions. Scores and contributions are printed with three significant digits.

# %%
artifact = train("walks", WALKS)
answer = erbij_json(
    "recommend", "--artifact", artifact, "--customer", CUSTOMER, "--n", LIST_LENGTH, "--now", NOW, "--explain"
)
item_ids = items["item_id"]
assert section(artifact, "items")["item_id"].head(items.height).to_list() == item_ids.to_list()

engine_rows = section(artifact, "rp3beta").with_row_index("source").join(history.select(source="item"), on="source")
engine_weights = engine_rows.explode("items", "weights").sort("source", "items")
own_weights = weights.sort("source", "item")
assert engine_weights["items"].to_list() == own_weights["item"].to_list()
assert ((engine_weights["weights"] / own_weights["weight"]) - 1).abs().max() < 2e-7


def assert_rounded(printed, value):
    """Asserts that a number is printed with three significant digits of the value."""
    assert abs(printed - float(f"{value:.2e}")) <= 10.0 ** (math.floor(math.log10(value)) - 2) * 0.51


assert [item["item_id"] for item in answer["items"]] == [item_ids[item] for item in own["item"]]
assert [item["source"] for item in answer["items"]] == ["personal"] * LIST_LENGTH
n_contributions = 0
for item, number, score in zip(answer["items"], own["item"], own["score"]):
    assert_rounded(item["score"], score)
    parts = weights.filter(pl.col("item") == number).sort("weight", "source", descending=[True, False])
    assert [part["item_id"] for part in item["contributions"]] == [item_ids[source] for source in parts["source"]]
    for part, weight in zip(item["contributions"], parts["weight"]):
        assert_rounded(part["score"], weight)
    n_contributions += parts.height
print(f"{own_weights.height:,} weights, {LIST_LENGTH} items and {n_contributions} contributions are the program's")

# %% [markdown]
# ## Who speaks for what
#
# A list of this model explains itself: each score is a sum, and each part of it is an item of the history. The
# program names a part as its reason where it said a tenth of the whole; where none did, it says no more than that the
# item goes with what was bought.

# %%
parts = weights.join(own.select("item"), on="item", how="semi").sort("item", "weight", descending=[False, True])
largest = own.join(parts.group_by("item").agg(largest=pl.col("weight").max()), on="item", maintain_order="left")
names = [title.strip()[:30].strip() for title in shown["item_title"]]
ax = axes("Every score is a sum over the history", "score (votes of the history)", "", width=7.5, height=3.8)
for place, number in enumerate(own["item"]):
    left = 0.0
    for at, weight in enumerate(parts.filter(pl.col("item") == number)["weight"]):
        ax.barh(place, weight, left=left, color=ORANGE if at == 0 else BLUE, edgecolor="white", linewidth=0.6)
        left += weight
ax.set_yticks(range(LIST_LENGTH), names)
ax.invert_yaxis()
ax.grid(axis="y", visible=False)
ax.set_xlim(0, 1.35 * own["score"].max())
ax.legend(
    [Patch(color=ORANGE), Patch(color=BLUE)],
    ["strongest item of the history", "each of the others"],
    loc="lower right",
)
share_largest = 100 * (largest["largest"] / largest["score"])
print(f"the strongest item of the history gives {share_largest.min():.0f} to {share_largest.max():.0f} % of a score")

# %% [markdown]
# ## What β does
#
# The same customer with other values. Each list is compared with the ten best sellers that the customer has not
# bought: that is the list nobody needs a model for.

# %%
popular = d_i.join(history.select("item"), on="item", how="anti").sort("d_i", "item", descending=[True, False])
popular = popular.head(LIST_LENGTH)["item"]
tried = []
for beta in [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9]:
    listed = personal_list(walk(sums, beta), LIST_LENGTH).join(d_i, on="item", maintain_order="left")
    tried.append((beta, listed["item"].is_in(popular.to_list()).sum(), listed["d_i"].median(), listed["d_i"].min()))
effect = pl.DataFrame(
    tried,
    schema=[
        "beta",
        "of the 10, best sellers",
        "customers of the median item",
        "customers of the rarest item",
    ],
    orient="row",
)
ax = axes("β trades best sellers for rare items", "β", "customers of the median item", width=5.0, height=3.0)
ax.plot(effect["beta"], effect["customers of the median item"], marker="o")
ax.axvline(BETA, color=GREY, linestyle="--", linewidth=1)
ax.text(BETA + 0.02, 1.2, "default", color=GREY)
ax.set_yscale("log")
effect

# %%
first = own.row(0, named=True)
stated(
    "03_from_history_to_a_personal_list_by_hand",
    f"Customer {CUSTOMER} bought {history.height} items",
    f"{own_weights.height:,} weights",
    f"{n_contributions} contributions",
    f"{names[0]} comes first with {first['score']:.3f} votes from {first['n_sources']} of the {history.height} items",
    f"{share_largest.min():.0f} to {share_largest.max():.0f} % of a score",
    *(
        f"| {row['beta']} | {row['of the 10, best sellers']} | {row['customers of the median item']:,.1f} |"
        for row in effect.filter(pl.col("beta").is_in([0.0, 0.3, 0.6, 0.75])).iter_rows(named=True)
    ),
)
