"""What all notebooks share: the sample, the program, the sections of an artifact, and how tables and figures look.

A notebook is a pair of files: `NN_name.py` (what is reviewed) and `NN_name.ipynb` (the same with what it printed).
"""

import json
import os
import pathlib
import subprocess
import tempfile

import matplotlib
import matplotlib.pyplot as plt
import polars as pl

NOTEBOOKS = pathlib.Path(__file__).resolve().parent
ROOT = NOTEBOOKS.parent
SAMPLE = ROOT / "data" / "sample"
ORDERS = SAMPLE / "orders.parquet"
ITEMS = SAMPLE / "items.parquet"

#: The instant that counts as now: the morning after the last order of the sample.
NOW = "2018-01-02T00:00:00Z"

#: Colours that people with any colour vision tell apart (Okabe and Ito, 2008).
BLUE, ORANGE, GREEN, RED, PINK, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#666666"

# Everything an artifact of a notebook is written to goes when the notebook's process ends.
_scratch = tempfile.TemporaryDirectory(prefix="erbij-notebook-")
SCRATCH = pathlib.Path(_scratch.name)

# An affinity-only recipe still trains a walk model; the smallest there is costs next to nothing.
SMALLEST_WALK = (
    '[personal]\nmodels = ["rp3beta"]\nmax_history_items = 2\n[rp3beta]\nneighbours = 1\n[blend]\nlearn = false\n'
)


def program():
    """The program: `ERBIJ` where it is set, else what `cargo build --release` leaves."""
    return os.environ.get("ERBIJ", str(ROOT / "target" / "release" / "erbij"))


def erbij(*args):
    """Runs the program and gives back its standard output; a failure shows what the program said."""
    # Paths in reports are relative to the root, the same on every machine.
    done = subprocess.run([program(), *map(str, args)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"erbij {args[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def erbij_json(*args):
    """Runs the program and reads the JSON it prints."""
    return json.loads(erbij(*args, "--json"))


def has_command(name):
    """Whether the program has a command of this name."""
    return subprocess.run([program(), name, "--help"], capture_output=True).returncode == 0


def purchases():
    """The lines that training uses, an order and an item each once.

    The only dirt of the sample that drops lines is a quantity of 0; notebook 01 checks that.
    """
    lines = pl.read_parquet(ORDERS).filter(pl.col("quantity") > 0)
    return lines.select("order_id", "customer_id", "item_id", "ordered_at").unique(maintain_order=True)


def numbered(lines):
    """The items of lines and their numbers in an artifact: most bought first, then shorter ids, then by bytes."""
    by = [pl.col("n_orders"), pl.col("item_id").str.len_bytes(), pl.col("item_id")]
    counted = lines.group_by("item_id").agg(n_orders=pl.len())
    return counted.sort(by, descending=[True, False, False]).with_row_index("item")


def write_recipe(name, recipe):
    """Writes a recipe, given as TOML, to the scratch folder; the file."""
    file = SCRATCH / f"{name}.toml"
    file.write_text(f'name = "{name}"\n{recipe}')
    return file


def train(name, recipe="", orders=ORDERS, items=ITEMS, now=NOW):
    """Trains a recipe, given as TOML, on orders and catalogue (or none); the folder of the artifact."""
    folder = SCRATCH / name
    sources = ["--config", SAMPLE / "erbij.toml", "--orders", orders, *(["--items", items] if items else [])]
    erbij("train", "--quiet", "--recipe", write_recipe(name, recipe), *sources, "--now", now, "--out", folder)
    return folder


def section(artifact, name):
    """A section of an artifact as a frame; with one row an item, the row's number is the item's."""
    return pl.read_ipc(artifact / f"{name}.arrow")


def stated(notebook, *figures):
    """Checks that every figure, as text, stands in the notebook's first cell, where the answer is."""
    answer = (NOTEBOOKS / f"{notebook}.py").read_text().split("\n# %%")[0]
    answer = " ".join(answer.replace("\n# ", " ").split())
    missing = [figure for figure in figures if figure not in answer]
    assert not missing, f"the first cell does not say {missing}"
    print(f"{len(figures)} figures of the first cell were computed anew and stand there")


def axes(title, x, y, width=7.0, height=3.2, columns=1):
    """A figure with labelled axes and nothing that carries no data. With columns, labels are lists."""
    _, all_axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained")
    for at, ax in enumerate([all_axes] if columns == 1 else all_axes):
        own_title, own_x, own_y = (title, x, y) if columns == 1 else (title[at], x[at], y[at])
        ax.set_title(own_title, loc="left")
        ax.set_xlabel(own_x)
        ax.set_ylabel(own_y)
    return all_axes


plt.rcParams.update(
    {
        "figure.dpi": 100,
        "font.size": 10,
        "axes.titlesize": 10.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": matplotlib.cycler(color=[BLUE, ORANGE, GREEN, RED, PINK, GREY]),
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "svg.hashsalt": "erbij",
    }
)
pl.Config(
    # Not that of the terminal, which is another on every machine.
    tbl_width_chars=110,
    tbl_rows=30,
    tbl_cols=12,
    tbl_hide_dataframe_shape=True,
    tbl_hide_column_data_types=True,
    fmt_str_lengths=60,
    float_precision=3,
    thousands_separator=True,
)
