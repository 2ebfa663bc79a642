#!/usr/bin/env bash
# Fuzzes each reader under AddressSanitizer and UBSan; stops at the first input that breaks one.
#
#   run.sh FOLDER CLANG++ PYTHON SECONDS [READER...]
#
# What the fuzzers find grows in FOLDER/corpus, from the seeds that seeds.py writes.
set -euo pipefail
folder=$1 clang=$2 python=$3 seconds=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
"$python" "$here/seeds.py" "$folder/seeds"
for reader in ${*:-onnx npy json metadata}; do
  mkdir -p "$folder/corpus/$reader" "$folder/found"
  "$clang" -std=c++17 -O1 -g -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all -DNNAUDIO_READER="$reader" -I "$here/../../../runtime/cpp/include" \
    "$here/fuzz.cpp" -o "$folder/$reader"
  echo "== $reader, $seconds s"
  "$folder/$reader" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -use_value_profile=1 -artifact_prefix="$folder/found/$reader-" \
    "$folder/corpus/$reader" "$folder/seeds/$reader"
done
