#!/bin/sh
# GRPO on the finished backbone for N steps (default 30), then the cards again with its table.
set -eu
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
PYTHON=${PYTHON:-/usr/bin/python3}
"$PYTHON" improve.py "${1:-30}"
"$PYTHON" model_card.py
