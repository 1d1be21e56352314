#!/bin/sh
# Builds the bundled backbone and its data sets from nothing: world, tokenizer, pretraining, int4 export,
# checks in Node, evaluation, rollouts, model card. About 15 minutes on one CPU core.
#   tools/backbone/build.sh              everything
#   tools/backbone/build.sh --steps 60   a smoke test into tools/backbone/.work/smoke, nothing bundled is touched
set -eu
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive PYTHONHASHSEED=0
PYTHON=${PYTHON:-/usr/bin/python3}

if [ "${1:-}" = "--steps" ]; then
  export BACKBONE_STEPS="$2" BACKBONE_EVAL_ROLLOUTS=1 BACKBONE_EVAL_STRIDE=40
  export BACKBONE_WORK="$PWD/.work/smoke" BACKBONE_MODEL_DIR="$PWD/.work/smoke/model" BACKBONE_WORLD_DIR="$PWD/.work/smoke/world"
fi
work=${BACKBONE_WORK:-$PWD/.work}

# Debian bookworm's torch 1.13 with a threaded OpenBLAS; nothing from PyPI.
if ! "$PYTHON" -c 'import numpy, onnx, torch' 2>/dev/null; then
  apt-get update && apt-get install -y --no-install-recommends \
    python3-torch libopenblas0-pthread python3-onnx python3-numpy
fi
mkdir -p "$work/npm"
cp check/package.json check/package-lock.json "$work/npm/"
(cd "$work/npm" && npm ci --no-audit --no-fund --ignore-scripts)

rm -f "$work/improvement.json"  # a figure of the previous weights
"$PYTHON" mixture.py          # world and tokenizer
"$PYTHON" pretrain.py
"$PYTHON" layout.py           # configuration, tokenizer, corpus, questions
"$PYTHON" export_onnx.py
"$PYTHON" checks.py
"$PYTHON" evaluate.py
"$PYTHON" rollout_set.py
"$PYTHON" model_card.py
