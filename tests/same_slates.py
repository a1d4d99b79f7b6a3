"""Tells whether two builds of the program answer alike.

    python3 tests/same_slates.py BEFORE AFTER [--shop FOLDER ...]

Each build trains its own models on the sample, on two simulated shops and on each FOLDER (with orders.parquet, and items.parquet,
events.parquet and erbij.toml if it has them). Compared are the artifact's id, the slate of every customer on three placements, and
the related items of the whole catalogue, byte by byte. Exit code 1 where anything differs; the files are kept then.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
PLACEMENTS = ["home", "newsletter", "after_order"]


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=TOP)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout.strip()


def tables(shop):
    arguments = ["--orders", shop / "orders.parquet"]
    for name, flag in [("items.parquet", "--items"), ("events.parquet", "--events"), ("erbij.toml", "--config")]:
        if (shop / name).exists():
            arguments += [flag, shop / name]
    return arguments


def answers(program, shop, now, folder):
    """What a build says of a shop, as files by name."""
    folder.mkdir(parents=True)
    artifact = folder / "artifact"
    told = run(program, "train", "-q", *tables(shop), "--now", now, "--out", artifact)
    (folder / "artifact.id").write_text(told.splitlines()[-1])
    for placement in PLACEMENTS:
        run(program, "recommend", "-q", "--artifact", artifact, "--all-customers", "--placement", placement,
            "--now", now, "--out", folder / f"{placement}.jsonl")
    run(program, "export", "relations", "-q", "--artifact", artifact, "--out", folder / "relations.jsonld")
    names = ["artifact.id", "relations.jsonld", *(f"{placement}.jsonl" for placement in PLACEMENTS)]
    return {name: (folder / name).read_bytes() for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="a program")
    parser.add_argument("after", help="another build of it")
    parser.add_argument("--shop", action="append", default=[], type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--now", default="2018-01-01T00:00:00Z")
    asked = parser.parse_args()
    before, after = (str(pathlib.Path(program).resolve()) for program in (asked.before, asked.after))
    work = pathlib.Path(tempfile.mkdtemp(prefix="same-slates-"))
    shops = {"sample": TOP / "data/sample"}
    for seed in (1, 2):
        shops[f"simulated {seed}"] = work / f"shop{seed}"
        run(before, "simulate", "-q", "--seed", seed, "--out", work / f"shop{seed}")
    shops |= {folder.name: folder.resolve() for folder in asked.shop}
    n_different = 0
    for name, shop in shops.items():
        now = asked.now if not name.startswith("simulated") else "2026-01-01T00:00:00Z"
        of_before = answers(before, shop, now, work / name / "before")
        of_after = answers(after, shop, now, work / name / "after")
        for file, content in of_before.items():
            n_lines = content.count(b"\n")
            is_same = content == of_after[file]
            n_different += not is_same
            print(f"{name:14} {file:18} {n_lines:8} lines  {'same' if is_same else 'DIFFERENT'}", flush=True)
    if n_different:
        sys.exit(f"{n_different} files differ: {work}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
