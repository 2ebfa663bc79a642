#!/usr/bin/env bash
# Builds a program on the library in each way that the README names, and runs it.
#
#   run.sh FOLDER DEPENDENCIES FILE.onnx
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd) dependencies=$2 file=$3
here=$(cd "$(dirname "$0")" && pwd)
repository=$here/../../..
cmake=${CMAKE:-cmake}

check() {
  local said
  said=$("$2" "$file")
  [ "$said" = "101 frames" ] || { echo "$1: '$said', expected '101 frames'" >&2 && exit 1; }
  echo "$1: $said"
}

"$cmake" -S "$repository/runtime/cpp" -B "$folder/library" -DCMAKE_PREFIX_PATH="$dependencies" \
  -DNNAUDIO_BUILD_COMMAND=OFF -DCMAKE_INSTALL_PREFIX="$folder/prefix" > "$folder/log"
"$cmake" --install "$folder/library" >> "$folder/log"
"$cmake" -S "$here" -B "$folder/installed" -DCMAKE_PREFIX_PATH="$folder/prefix;$dependencies" \
  >> "$folder/log"
"$cmake" --build "$folder/installed" >> "$folder/log"
check find_package "$folder/installed/consumer"

"$cmake" -S "$here" -B "$folder/fetched" -DCMAKE_PREFIX_PATH="$dependencies" \
  -DNNAUDIO_SOURCE="$repository" >> "$folder/log"
"$cmake" --build "$folder/fetched" >> "$folder/log"
check FetchContent "$folder/fetched/consumer"

command -v pkg-config > /dev/null || { echo "pkg-config is not installed" >&2 && exit 1; }
pc=$(dirname "$(find "$folder/prefix" -name nnaudio.pc)")
# shellcheck disable=SC2046
"${CXX:-c++}" -std=c++17 "$here/consumer.cpp" -o "$folder/consumer" \
  $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs nnaudio) "-Wl,-rpath,$dependencies/lib"
check pkg-config "$folder/consumer"
