#!/usr/bin/env bash
# Builds and runs beside_kaldi.cpp on an exported file.
#
#   run.sh FOLDER PYTHON DEPENDENCIES FILE.onnx
#
# The wheel of kaldi-native-fbank holds its headers and, in its Python module, its C++ library, which
# is built with the older layout of std::string; the module's Python comes along.
set -euo pipefail
folder=$1 python=$2 dependencies=$3 file=$4
version=1.23.0
mkdir -p "$folder"
"$python" -m pip install --quiet --no-deps --upgrade --target "$folder/kaldi" \
  "kaldi-native-fbank==$version"
kaldi=$folder/kaldi/kaldi_native_fbank
python_library=$("$python" -c 'import sysconfig as s; print(s.get_config_var("LIBDIR") + "/" + s.get_config_var("INSTSONAME"))')
here=$(cd "$(dirname "$0")" && pwd)
cpp=$here/../../runtime/cpp
"${CXX:-c++}" -std=c++17 -O3 -Wall -Wextra -Werror -D_GLIBCXX_USE_CXX11_ABI=0 \
  -I "$cpp/include" -I "$cpp/command" -isystem "$dependencies/include/onnxruntime" \
  -isystem "$kaldi/include" "$here/beside_kaldi.cpp" "$kaldi"/lib/*.so -L "$dependencies/lib" \
  -lonnxruntime -Wl,--no-as-needed "$python_library" \
  "-Wl,-rpath,$dependencies/lib:$kaldi/lib:$(dirname "$python_library")" -o "$folder/beside_kaldi"
"$folder/beside_kaldi" "$file"
