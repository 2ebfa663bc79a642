#!/usr/bin/env bash
# Names a clang++ with libFuzzer: $CLANG, the machine's own, or Debian's, unpacked into a folder.
#
#   clang.sh FOLDER
set -euo pipefail
fuzzes() {
  command -v "$1" > /dev/null && echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, long) { return 0; }' |
    "$1" -x c++ -fsanitize=fuzzer,address - -o /dev/null 2> /dev/null
}
for clang in ${CLANG:-clang++ "$1/clang++"}; do
  if fuzzes "$clang"; then
    echo "$clang"
    exit
  fi
done
fail() {
  echo "fuzzing needs clang with libFuzzer: ${CLANG:-clang++} is none, and $1." \
    "Install clang and libclang-rt-dev, or name another with CLANG=..." >&2
  exit 1
}
[ -z "${CLANG:-}" ] || fail "it was asked for"
mkdir -p "$1/archives/partial"
folder=$(cd "$1" && pwd)
apt-get -qq -y --no-install-recommends --download-only -o "Dir::Cache::archives=$folder/archives" \
  install clang-14 libclang-rt-14-dev >&2 || fail "Debian's packages cannot be had"
for package in "$folder"/archives/*.deb; do dpkg -x "$package" "$folder/root"; done
cat > "$folder/clang++" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" \\
  exec "$folder/root/usr/lib/llvm-14/bin/clang++" "\$@"
WRAPPER
chmod +x "$folder/clang++"
fuzzes "$folder/clang++" || fail "Debian's, under $1, does not work here"
echo "$folder/clang++"
