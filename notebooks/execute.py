"""Executes the notebooks: `NN_name.py` in, `NN_name.ipynb` with outputs out.

    python execute.py             write the .ipynb files
    python execute.py --check     write nothing; fail where a committed .ipynb is not what execution gives
    python execute.py 02          only notebooks whose names begin so

What is compared: the sources, and every text that was printed but by cells tagged `depends-on-program`. Pictures
must be there, but their bytes may differ, since fonts do. What is written holds no time, no machine and no random
id: the same versions give the same bytes.
"""

import difflib
import os
import pathlib
import sys
import tempfile
import time

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

FOLDER = pathlib.Path(__file__).resolve().parent
TIMEOUT_SECS = 600
# The tag of cells whose output another version of the program may change.
DEPENDS = "depends-on-program"
# Beside a picture or a frame, the kernel sends other forms of it; these are what a reader sees.
SHOWN = ["image/png", "text/html", "text/plain"]


def execute(source):
    """Runs a text notebook from top to bottom; the notebook with outputs and nothing that changes by itself."""
    notebook = jupytext.read(source)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    folder = {"metadata": {"path": str(FOLDER)}}
    with tempfile.TemporaryDirectory() as sockets:
        # Sockets of the file system: no port is open while a notebook runs.
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}})
        client = NotebookClient(notebook, timeout=TIMEOUT_SECS, record_timing=False, resources=folder, config=config)
        client.execute()
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number:02}"
        cell["metadata"] = {"tags": cell["metadata"]["tags"]} if "tags" in cell["metadata"] else {}
        for output in cell.get("outputs", []):
            clean(output)
    # One line printed and the next may come as one output or as two: joined, they are always one.
    for cell in notebook.cells:
        cell_outputs = cell.get("outputs")
        if cell_outputs:
            cell["outputs"] = joined(cell_outputs)
    notebook.metadata = {
        "jupytext": {"formats": "ipynb,py:percent"},
        "kernelspec": notebook.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    nbformat.validate(notebook)
    return notebook


def clean(output):
    """Leaves of an output what a reader sees."""
    if output["output_type"] == "stream" and output["name"] == "stderr":
        raise SystemExit(f"a cell wrote to standard error: {output['text']}")
    if "data" in output:
        best = next(form for form in SHOWN if form in output["data"])
        kept = [best] if best == "image/png" else [form for form in SHOWN[1:] if form in output["data"]]
        output["data"] = {form: output["data"][form] for form in kept}
        output["metadata"] = {}
        if " at 0x" in output["data"].get("text/plain", ""):
            raise SystemExit(f"a cell shows an object by its address: {output['data']['text/plain']}")


def joined(outputs):
    """The outputs, streams that follow each other made one."""
    result = []
    for output in outputs:
        if result and output["output_type"] == "stream" == result[-1]["output_type"]:
            result[-1]["text"] += output["text"]
        else:
            result.append(output)
    return result


def as_text(notebook):
    """Sources and printed text of a notebook, line by line, with a mark for each picture."""
    lines = []
    for cell in notebook.cells:
        lines += [f"--- {cell['cell_type']}", *cell["source"].splitlines()]
        for output in [] if DEPENDS in cell["metadata"].get("tags", []) else cell.get("outputs", []):
            lines.append(f">>> {output['output_type']}")
            lines += output.get("text", "").splitlines()
            for form, data in output.get("data", {}).items():
                lines += ["(a picture)"] if form == "image/png" else [f"({form})", *data.splitlines()]
    return lines


def main():
    arguments = sys.argv[1:]
    is_check = "--check" in arguments
    prefixes = tuple(argument for argument in arguments if argument != "--check") or ("",)
    # Sums of fractions are added in one order only on one thread; and nothing here needs a second.
    os.environ["POLARS_MAX_THREADS"] = "1"
    sources = [source for source in sorted(FOLDER.glob("[0-9][0-9]_*.py")) if source.name.startswith(prefixes)]
    n_passed, n_failed = 0, 0
    for source in sources:
        target, began = source.with_suffix(".ipynb"), time.monotonic()
        try:
            notebook = execute(source)
        except CellExecutionError as error:
            print(f"{source.stem}: {error.ename}: {error.evalue}\n{error.traceback}")
            n_failed += 1
            continue
        if is_check:
            committed = nbformat.read(target, as_version=4)
            difference = list(
                difflib.unified_diff(as_text(committed), as_text(notebook), target.name, "executed", lineterm="")
            )
            print("\n".join(difference[:60]), end="\n" if difference else "")
            n_failed += bool(difference)
            n_passed += not difference
            verdict = "differs" if difference else "is as committed"
        else:
            target.write_text(nbformat.writes(notebook, indent=1) + "\n")
            verdict = f"{target.stat().st_size / 1000:.0f} kB"
        print(f"{source.stem}: {verdict}, {time.monotonic() - began:.1f} s")
    if is_check:
        print(f"notebooks: {n_passed} as committed, {n_failed} not")
    sys.exit(1 if n_failed or not sources else 0)


if __name__ == "__main__":
    main()
