#!/usr/bin/env bash
# Whether tables of other writers are read as they were meant: ./tests/writers/run.sh [--short] [--why] [--writer …] [--kind …]
#
#   --short   the writers that are quick to install and one kind of each sort; what CI runs
#
# The program is `ERBIJ` where that is set, else it is built. Needs Python 3.11 or newer, all of it also Node 20 and Java 17;
# a writer whose Node or Java is not there is left out with a word. Everything else is installed to tests/writers/.venv.
set -euo pipefail
# Named from where the caller stands, so found before standing elsewhere.
[[ -z ${ERBIJ:-} ]] || ERBIJ=$(realpath "$ERBIJ")
cd "$(dirname "$0")"

if [[ -z ${ERBIJ:-} ]]; then
    (cd ../.. && cargo build --release --quiet --bin erbij)
    ERBIJ=$(realpath "${CARGO_TARGET_DIR:-../../target}/release/erbij")
fi
export ERBIJ

requirements=requirements-all.txt
[[ " $* " != *" --short "* ]] || requirements=requirements.txt

uv=$(command -v uv || true)
if [[ ! -x .venv/bin/python ]]; then
    if [[ -n $uv ]]; then "$uv" venv --quiet .venv; else python3 -m venv .venv; fi
fi
if [[ -z $uv ]]; then
    .venv/bin/python -m pip install --quiet uv
    uv=.venv/bin/uv
fi
"$uv" pip install --quiet --python .venv/bin/python --requirement "$requirements"
if [[ $requirements == requirements-all.txt ]] && command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund
fi

exec .venv/bin/python table.py "$@"
