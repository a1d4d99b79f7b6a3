# %% [markdown]
# # A first look at an order history
#
# **What is in it, and is it fit to train on?** It is. 547,269 of 550,570 order lines are used; the rest have a
# quantity of 0.
#
# | what | figure |
# |---|---|
# | size | 56,492 orders of 900 customers over 45,692 items in 364 days |
# | time | 931 to 1,273 orders in every whole week; one day without any, 25 December |
# | basket | the median order holds 5 items; the 13.5 % of orders with more than 20 items hold 82.1 % of all pairs |
# | repeats | 50.4 % of the lines of the last 28 days; 41.6 % over the year, which is too low: see below |
# | popularity | Gini coefficient 0.75; the best selling 1 % of items have 27.3 % of purchases |
# | rarity | 35.5 % of items were sold once in the year |
# | week | Saturday and Sunday have 32.9 % of orders; 28.6 % would be even |
#
# **What follows for a recipe.** Half of what is bought is bought again, so a list that leaves out what was bought
# before answers a different question from one that keeps it. A third of the items were sold once: nothing can be
# learned about what goes with them. And the data are simulated (see `data/sample/README.md`): no figure here is a
# finding about shoppers.

# %%
from datetime import timedelta

import numpy as np
import polars as pl

from workbench import BLUE, GREY, ITEMS, NOW, ORANGE, ORDERS, SAMPLE, axes, erbij_json, purchases, stated

# %% [markdown]
# ## What the program makes of every row
#
# `erbij check` reads the files as training does. Every row is used, or dropped for one named reason; what is odd
# but usable is noted and kept.

# %%
report = erbij_json("check", "--config", SAMPLE / "erbij.toml", "--orders", ORDERS, "--items", ITEMS, "--now", NOW)
rows = []
for table, found in report["tables"].items():
    rows.append((table, "read", found["rows_read"], 100.0))
    for verdict in ["dropped", "noted"]:
        for reason, count in found[verdict].items():
            rows.append((table, f"{verdict}: {reason}", count, 100 * count / found["rows_read"]))
    rows.append((table, "used", found["rows_used"], 100 * found["rows_used"] / found["rows_read"]))
pl.DataFrame(rows, schema=["table", "what became of it", "rows", "% of rows read"], orient="row")

# %% [markdown]
# One reason drops rows here: a quantity of 0. All that follows looks at the rows that are used, so its counts
# must be those of the program.

# %%
lines = pl.read_parquet(ORDERS).filter(pl.col("quantity") > 0)
bought = purchases()
orders = lines.group_by("order_id", "customer_id", "ordered_at").agg(n_items=pl.col("item_id").n_unique())
assert lines.height == report["tables"]["orders"]["rows_used"]
assert orders.height == report["n_baskets"]
assert lines["customer_id"].n_unique() == report["n_customers"]
n_orders_of = orders.group_by("customer_id").len("n_orders")["n_orders"]
span_days = (lines["ordered_at"].max() - lines["ordered_at"].min()).days
pl.DataFrame(
    {
        "": ["orders", "customers", "items that were sold", "days from first to last order"],
        "count": [orders.height, n_orders_of.len(), lines["item_id"].n_unique(), span_days],
    }
)

# %% [markdown]
# ## Is any time missing?
#
# A hole in the history would look to a model like a time in which nobody wanted anything. Days are UTC days, as
# the program counts them. The first and the last week are left out: they are not whole.

# %%
weeks = orders.group_by(pl.col("ordered_at").dt.truncate("1w").alias("week")).len("n_orders").sort("week")[1:-1]
ax = axes("Orders a week: no hole, hardly a trend", "week beginning (UTC)", "orders")
ax.plot(weeks["week"], weeks["n_orders"], marker=".")
ax.set_ylim(0)
days = orders.select(day=pl.col("ordered_at").dt.date()).group_by("day").len("n_orders").sort("day")
all_days = pl.date_range(days["day"].min(), days["day"].max(), eager=True)
empty_days = [str(day) for day in all_days if day not in set(days["day"])]
print("days without an order:", ", ".join(empty_days) or "none")
print(
    f"orders a week: {weeks['n_orders'].min()} to {weeks['n_orders'].max()}, median {weeks['n_orders'].median():.0f}"
)

# %% [markdown]
# ## How large is a basket?
#
# Pairs of items come from baskets, and a basket of *n* items has *n* (*n* − 1) / 2 pairs. So small baskets, of
# which there are most, say little about what goes together, and large ones say nearly everything.

# %%
sizes = orders["n_items"].to_numpy()
n_pairs = sizes * (sizes - 1) // 2
is_large = sizes > 20
titles = ["Most baskets are small…", "…and the large ones hold the pairs"]
left, right = axes(titles, ["distinct items in the order"] * 2, ["% of orders", "% of all pairs"], columns=2)
edges = np.array([1, 2, 3, 4, 6, 11, 21, 41, 81, 161])
names = ["1", "2", "3", "4–5", "6–10", "11–20", "21–40", "41–80", "81+"]
for ax, weights in [(left, np.ones_like(sizes)), (right, n_pairs)]:
    heights, _ = np.histogram(sizes, bins=edges, weights=100 * weights / weights.sum())
    ax.bar(names, heights, color=BLUE)
    ax.grid(axis="x", visible=False)
    ax.tick_params(axis="x", rotation=45)
print(f"items in an order: median {np.median(sizes):.0f}, mean {sizes.mean():.1f}, largest {sizes.max()}")
print(f"orders of one item: {100 * (sizes == 1).mean():.1f} %")
print(
    f"orders of more than 20 items: {100 * is_large.mean():.1f} %, "
    f"with {100 * n_pairs[is_large].sum() / n_pairs.sum():.1f} % of all pairs"
)

# %% [markdown]
# ## Do customers buy the same again?
#
# A line is a repeat if the same customer had the same item in an earlier order. The share rises through the year
# for one reason that has nothing to do with customers: in January there is no earlier order to find. Read the
# right end of the curve; the mean over the year is too low.

# %%
first_bought = bought.group_by("customer_id", "item_id").agg(first_at=pl.col("ordered_at").min())
repeats = bought.join(first_bought, on=["customer_id", "item_id"]).with_columns(
    is_repeat=pl.col("first_at") < pl.col("ordered_at")
)
by_week = (
    repeats.group_by(pl.col("ordered_at").dt.truncate("1w").alias("week"))
    .agg(share=100 * pl.col("is_repeat").mean())
    .sort("week")[1:-1]
)
repeat_share = 100 * repeats["is_repeat"].mean()
late = repeats.filter(pl.col("ordered_at") >= repeats["ordered_at"].max() - timedelta(days=28))
late_share = 100 * late["is_repeat"].mean()
ax = axes("Half of what is bought was bought before", "week beginning (UTC)", "% of lines that are repeats")
ax.plot(by_week["week"], by_week["share"])
ax.axhline(repeat_share, color=GREY, linestyle="--", linewidth=1)
ax.text(by_week["week"][0], repeat_share + 1, "mean over the year", color=GREY)
ax.set_ylim(0)
print(f"repeats: {repeat_share:.1f} % of all lines, {late_share:.1f} % of the lines of the last 28 days")

# %% [markdown]
# ## How uneven is demand?
#
# Items are sorted from the least to the most sold; the curve is the share of all purchases that the least sold
# items together have. Were all sold alike, it would be the diagonal. The Gini coefficient is twice the area
# between the two: 0 is all alike, 1 is one item alone.

# %%
sold = np.sort(bought.group_by("item_id").len("n")["n"].to_numpy())
n = sold.size
gini = 2 * (np.arange(1, n + 1) * sold).sum() / (n * sold.sum()) - (n + 1) / n
top = sold[::-1].cumsum() / sold.sum()
share_top_1 = 100 * top[n // 100 - 1]
n_half = int(np.searchsorted(top, 0.5)) + 1
once = 100 * (sold == 1).mean()
ax = axes(
    f"Lorenz curve of items, Gini {gini:.2f}",
    "% of items, least sold first",
    "% of purchases",
    width=4.6,
    height=4.0,
)
every = np.linspace(0, n, 400).astype(int)
ax.plot(100 * every / n, 100 * np.r_[0, sold.cumsum()][every] / sold.sum(), label="items of the shop")
ax.plot([0, 100], [0, 100], color=GREY, linestyle="--", linewidth=1, label="all sold alike")
ax.legend(loc="upper left")
ax.set_aspect("equal")
print(f"the best selling 1 % of items have {share_top_1:.1f} % of purchases")
print(f"half of all purchases are of {n_half:,} of {n:,} items ({100 * n_half / n:.1f} %)")
print(f"items sold once in the year: {once:.1f} %")

# %% [markdown]
# ## Which day, which hour?
#
# The source names no time zone; the sample takes its times as UTC. The quietest hour says that this cannot be
# the clock on the shop's wall: shops sleep around four in the night. Whoever looks at weekdays must look at the
# hours first, or evening orders count for the next day. So the right figure is drawn twice, once as the data
# stand and once five hours earlier.

# %%
hours = orders.group_by(pl.col("ordered_at").dt.hour().alias("hour")).len("n").sort("hour")
quiet_hour, busy_hour = hours.sort("n")["hour"][0], hours.sort("n")["hour"][-1]
labels = [["hour of the day (UTC)", "weekday"], ["% of orders", "% of orders"]]
left, right = axes([f"The quietest hour is {quiet_hour} UTC", "Saturday and Sunday are busiest"], *labels, columns=2)
left.bar(hours["hour"], 100 * hours["n"] / orders.height, color=BLUE)
weekday_shares = {}
for shift, color, name in [(0, BLUE, "UTC"), (5, ORANGE, "five hours earlier")]:
    weekday = (pl.col("ordered_at") - timedelta(hours=shift)).dt.weekday().alias("weekday")
    counts = orders.group_by(weekday).len("n").sort("weekday")
    weekday_shares[name] = (100 * counts["n"] / orders.height).to_list()
    right.bar(np.arange(7) + (0.4 if shift else 0.0), weekday_shares[name], width=0.4, color=color, label=name)
right.set_xticks(np.arange(7) + 0.2, ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"])
right.set_ylim(0, 23)
right.legend(loc="upper left")
for ax in (left, right):
    ax.grid(axis="x", visible=False)
weekend = sum(weekday_shares["UTC"][5:])
print(f"quietest hour {quiet_hour}, busiest hour {busy_hour} (UTC)")
print(
    f"Saturday and Sunday: {weekend:.1f} % of orders in UTC, "
    f"{sum(weekday_shares['five hours earlier'][5:]):.1f} % five hours earlier; {200 / 7:.1f} % would be even"
)

# %%
assert empty_days == ["2017-12-25"]
stated(
    "01_a_first_look_at_an_order_history",
    f"{lines.height:,} of {report['tables']['orders']['rows_read']:,} order lines",
    f"{orders.height:,} orders",
    f"{n_orders_of.len():,} customers",
    f"{n:,} items",
    f"{span_days} days",
    f"{weeks['n_orders'].min()} to {weeks['n_orders'].max():,} orders",
    f"median order holds {np.median(sizes):.0f} items",
    f"{100 * is_large.mean():.1f} % of orders",
    f"{100 * n_pairs[is_large].sum() / n_pairs.sum():.1f} % of all pairs",
    f"{late_share:.1f} % of the lines of the last 28 days",
    f"{repeat_share:.1f} % over the year",
    f"Gini coefficient {gini:.2f}",
    f"1 % of items have {share_top_1:.1f} %",
    f"{once:.1f} % of items",
    f"{weekend:.1f} % of orders",
)
