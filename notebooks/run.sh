#!/usr/bin/env bash
# Executes the notebooks on the sample: ./notebooks/run.sh [--check] [02 …]
#
#   --check   writes nothing; fails where the committed outputs are not what execution gives
#   02 …      only notebooks whose names begin so
#
# The program is `ERBIJ` where that is set, else it is built. Needs Python 3.11 or newer; everything else is
# installed to notebooks/.venv in the versions of requirements.txt.
set -euo pipefail
# Named from where the caller stands, so found before standing elsewhere.
[[ -z ${ERBIJ:-} ]] || ERBIJ=$(realpath "$ERBIJ")
cd "$(dirname "$0")"

if [[ -z ${ERBIJ:-} ]]; then
    (cd .. && cargo build --release --quiet --bin erbij)
    ERBIJ=$(realpath "${CARGO_TARGET_DIR:-../target}/release/erbij")
fi
export ERBIJ

uv=$(command -v uv || true)
if [[ ! -x .venv/bin/python ]]; then
    if [[ -n $uv ]]; then "$uv" venv --quiet .venv; else python3 -m venv .venv; fi
fi
if [[ -z $uv ]]; then
    .venv/bin/python -m pip install --quiet uv
    uv=.venv/bin/uv
fi
"$uv" pip install --quiet --python .venv/bin/python --requirement requirements.txt

exec .venv/bin/python execute.py "$@"
