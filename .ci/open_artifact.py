"""Opens every section of an artifact with pyarrow and with polars, as FORMAT.md says it can be."""

import json
import pathlib
import sys

import polars
import pyarrow.ipc

folder = pathlib.Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
for name in sorted(manifest["files"]):
    table = pyarrow.ipc.open_file(str(folder / name)).read_all()
    table.validate(full=True)
    frame = polars.read_ipc(folder / name)
    assert frame.shape == (table.num_rows, table.num_columns), name
    print(f"{name}: {table.num_rows} rows, {', '.join(table.column_names)}")
