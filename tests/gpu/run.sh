#!/usr/bin/env bash
# tests/gpu/run.sh OUT [BESIDE]: what a GPU has to say about the lab, in at most nine minutes.
#
# BESIDE (default: .gpu) holds what a bare server lacks: *.whl and one archive of images, *.zip.
# README.md beside this script says how to fill it. OUT gets gpu.json, gpu.log and the table, gpu.md.
# PYTHON names another interpreter than python3.
# KDLAB_GPU_TINY=1 runs every part as small as can be, on a CPU too: to try the script itself.
set -uo pipefail
out=${1:?"usage: tests/gpu/run.sh OUT [BESIDE]"}
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 2
beside=${2:-}
[ -z "$beside" ] || beside=$(cd "$beside" && pwd) || exit 2
cd "$(dirname "$0")/../.." || exit 2
beside=${beside:-.gpu}
python=${PYTHON:-python3}
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
log="$out/gpu.log"
: >"$log"

if compgen -G "$beside/*.whl" >/dev/null; then
  "$python" -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --upgrade \
    --target "$parts/site" "$beside"/*.whl >>"$log" 2>&1 || { cat "$log"; exit 2; }
fi
export PYTHONPATH="$parts/site:$PWD${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
export KDLAB_HOME="$parts/home" OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
data=$(compgen -G "$beside/*.zip" | head -n 1 || true)
tiny=() patience=1
[ -z "${KDLAB_GPU_TINY:-}" ] || { tiny=(--tiny) patience=20; }  # a busy machine is no mistake

table() {
  timeout 60 "$python" -m kdlab.bench.gpu table --out "$parts" >"$out/gpu.md.new" 2>>"$log" &&
    mv "$out/gpu.md.new" "$out/gpu.md" && cp "$parts/gpu.json" "$out/gpu.json"
}

# part SECONDS NAME COMMAND...: within its limit, into the log; the table is written after each.
part() {
  local limit=$1 name=$2 began=$SECONDS code=0
  shift 2
  echo "== $name" >>"$log"
  timeout -k 5 "$((limit * patience))" "$@" >>"$log" 2>&1 || code=$?
  echo "$name: exit $code after $((SECONDS - began)) s of at most $limit"
  table
}

tests() {  # tests LIMIT NAME ARGUMENT...
  local limit=$1 name=$2
  shift 2
  part "$limit" "$name" "$python" -m pytest -q -p no:cacheprovider -m gpu "$@" \
    --junitxml "$parts/tests-$name.xml"
}

measure() {  # measure LIMIT PART [OPTION...]; half of the limit is for starting and warming up
  local limit=$1 name=$2
  shift 2
  part "$limit" "$name" "$python" -m kdlab.bench.gpu "$name" --out "$parts" \
    --seconds "$((patience > 1 ? 2 : limit * 6 / 10))" ${tiny[@]+"${tiny[@]}"} "$@"
}

tests 50 steps tests/gpu tests/full_run/test_fullrun_stage.py tests/run/test_single_run.py \
  -k "not compile"
measure 20 communication
measure 160 full_runs
measure 45 maps
measure 35 cnn_cohorts
measure 120 cifar ${data:+--data "$data"}
tests 60 compile tests/gpu -k compile
[ -s "$out/gpu.md" ] || { tail -n 30 "$log"; exit 1; }
cat "$out/gpu.md"
