#!/bin/sh
# deltalake 1.6.6 (Python) writes a table that its own pyarrow reader refuses, and lists a feature that nothing uses.
#
# A table of one whole number, written with `delta.enableDeletionVectors`, asks readers for `variantType` and
# `deletionVectors`. Its delete copies on write, so there is no deletion vector, and no variant. Yet `to_pyarrow_table`
# refuses the table; `QueryBuilder` reads it. Seen on 30 November 2026 with pyarrow 26.0.1.
#
# So a reader that refuses by the list of features refuses tables it could read. Erbij looks at the schema and the live
# files instead (crates/erbij-ingest/src/flat/delta.rs). Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet deltalake==1.6.6 pyarrow==26.0.1
cat > "$folder/expected" <<'END'
readers must know: deletionVectors variantType
deletion vectors in the log: 0
QueryBuilder: 2 rows
to_pyarrow_table: The table has set these reader features: {'deletionVectors'} but these are not yet supported by the deltalake reader.
END
"$folder/venv/bin/python" - "$folder/table" > "$folder/found" <<'END'
import glob, json, sys
import pyarrow
from deltalake import DeltaTable, QueryBuilder, write_deltalake

path = sys.argv[1]
write_deltalake(path, pyarrow.table({"id": [1, 2, 3]}), configuration={"delta.enableDeletionVectors": "true"})
DeltaTable(path).delete("id = 2")
actions = [json.loads(line) for file in sorted(glob.glob(path + "/_delta_log/*.json")) for line in open(file)]
protocol = [action["protocol"] for action in actions if "protocol" in action][-1]
print("readers must know:", *sorted(protocol["readerFeatures"]))
print("deletion vectors in the log:", sum("deletionVector" in action.get("add", {}) for action in actions))
rows = QueryBuilder().register("t", DeltaTable(path)).execute("select * from t").read_all()
print("QueryBuilder:", pyarrow.table(rows).num_rows, "rows")
try:
    print("to_pyarrow_table:", DeltaTable(path).to_pyarrow_table().num_rows, "rows")
except Exception as error:
    print("to_pyarrow_table:", error)
END
diff "$folder/expected" "$folder/found"
cat "$folder/found"
