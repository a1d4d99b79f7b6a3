#!/bin/sh
# A recipe beside simple peers, on exactly the same pairs at each cutoff:
#
#     compare.sh ERBIJ RECIPE ORDERS ITEMS CONFIG CUTOFF…
#
# ERBIJ is the program. PYTHON names a Python with requirements.txt [default: python3]; KEEP names a folder where the
# splits and figures stay [default: a temporary one].
set -eu

if [ $# -lt 6 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 1
fi
erbij=$1 recipe=$2 orders=$3 items=$4 config=$5
shift 5
here=$(dirname "$0")
python=${PYTHON:-python3}
if [ -n "${KEEP:-}" ]; then
    dir=$KEEP
else
    dir=$(mktemp -d)
    trap 'rm -r "$dir"' EXIT
fi

# The cutoffs become folders, one after the other, and the folders the arguments of the table.
for cutoff in "$@"; do
    split=$dir/$cutoff
    mkdir -p "$split"
    "$erbij" evaluate --quiet --recipe "$recipe" --orders "$orders" --items "$items" --config "$config" \
        --cutoff "$cutoff" --metrics ndcg_at_10,recall_at_20 --resamples 100 \
        --json "$split/erbij.json" --write-split "$split" > "$split/erbij.txt"
    OPENBLAS_NUM_THREADS=1 "$python" "$here/peers.py" "$split" --json "$split/peers.json"
    shift
    set -- "$@" "$split"
done
"$python" "$here/table.py" "$@"
