//! What the help of evaluate and tune says below their options.

pub(super) const EVALUATE_HELP: &str = "Examples:
  erbij evaluate --recipe models/default/recipe.toml --orders data/sample/orders.parquet
  erbij evaluate --recipe mine.toml --compare models/default/recipe.toml --orders orders.parquet --json out.json
  erbij evaluate --recipe mine.toml --orders orders.parquet --card
  erbij evaluate --recipe mine.toml --orders orders.parquet --write-split split --json out.json
  erbij evaluate --recipe mine.toml --orders orders.parquet --placement item_page --metrics ndcg_at_10,hit_rate_at_10

The models see what lies before the cutoff; each customer with a purchase within the horizon is then asked of
the engine that serves, and their list is compared with what they bought. `served` is what a placement shows; each
model is measured by itself beside it. The past is taken as in stock.

Who is judged, the same for every --split: every customer who bought something in what is judged. One whom train does
not know gets what a stranger gets. An item that train does not know is relevant to whoever bought it; it can be shown
where --items lists it, and without --items it cannot, but counts among what there was to find. Orders that name no
customer judge nobody. The report counts each of these.

A metric is a mean over the customers with something relevant; `customers` beside it says how many these are. A slate
without a hit, a short and an empty one count 0. Absent is who has nothing relevant: where what was bought before is left
out, whoever bought nothing else, and of repeat_recall and explore_recall, whoever bought nothing again or nothing new.
Of a customer with r relevant items, at k places:
  recall             hits / r
  capped_recall      hits / min(k, r)
  precision          hits / k, also of a shorter slate
  ndcg               sum of 1/log2(rank + 1) over hits / the same over the first min(k, r) ranks
  ndcg_ideal_uncut   the same / over the first r ranks
  average_precision  sum of precision at each hit / min(k, r); its mean is MAP
  mrr, hit_rate      1 / rank of the first hit; 1 with any hit
Other libraries divide otherwise under the same names: docs/quality.md has an example.

Beside the models stand peers, under the same filters: popularity is what sold best in the days that the recipe counts (28
unless it says otherwise); item_cosine the items most like those of the history, by cosine over customers, 20 an item and
itself among them;
gp_top_freq, where what was bought before is counted, what the customer ordered most often. A slate that they leave short
is filled with best sellers, and so is a stranger's. Where what is served is worse than best sellers, the whole interval of
the difference below zero, the report says so in words, and loses_to_best_sellers in the JSON by way of asking.

With --placement item_page or basket, orders judge: of each order after the cutoff one item is hidden, and asked for beside
one other item of it, or beside all the others. Nobody is known, so guests' orders count. A person has one value, the mean
over their orders. Beside what is served stand single measures by themselves, of all pairs that orders hold.

Below each table stands how the slates of a system share the catalogue out: the share of all places that the ten most
shown items fill, the Gini coefficient of how often items are shown (0: all alike, near 1: all on few) and the share of
items that any slate shows. They are of everybody's slates and of the items that can be shown.

Differences are paired by customer. Each interval is a bootstrap's by itself; p is for all comparisons of the report
together (Holm). Where no resample is on the other side of zero, p is the tail of Student's t at the difference over its
bootstrap standard error; p_from says so in the JSON.

--write-split lets another system be judged on the same pairs, as docs/peers does. train.parquet has a row an order
line that the models saw: customer_id (null for a guest), item_id, ordered_at, order (a number). test.parquet has a
row for each item that a customer bought within the horizon: customer_id, item_id. Where new items alone count,
whoever reads it leaves out what that customer has in train, and customers who then have nothing left.";

pub(super) const TUNE_HELP: &str = "Examples:
  erbij tune --recipe models/rp3beta/recipe.toml --orders data/sample/orders.parquet
  erbij tune --recipe models/rp3beta/recipe.toml --lists train.txt --hold-out block --out found/tuned.toml

The search file has a metric and a space:
  metric = \"ndcg_at_20\"
  [space]
  \"rp3beta.alpha\" = { from = 0.0, to = 2.0 }
  \"rp3beta.neighbours\" = { from = 20, to = 1000, scale = \"log\" }
  \"affinity.measure\" = [\"cosine\", \"jaccard\"]

With --orders, the last days of the data are held out and the home page's list is judged; with --lists, a share of
each list, drawn with the seed, and the recipe's first personal model. Every trial is logged: the same command
goes on where it was stopped.

At the end the best is compared with the recipe given, paired by customer. The interval of the difference is as wide as
the number of recipes compared asks, so that the luckiest of many alike is not crowned. Only where all of it is above
zero is the best written to --out. Exit codes:
  0  a better recipe was found, and --out holds it
  1  your input
  2  our fault
  3  the search is done, and nothing found is better than --recipe by more than chance: nothing is written
In a script: erbij tune … && recipe=tuned.toml || { [ $? -eq 3 ] && recipe=recipe.toml; }
A recipe is chosen for the days it was tuned on: what it is worth, `erbij evaluate` says on later ones.";
