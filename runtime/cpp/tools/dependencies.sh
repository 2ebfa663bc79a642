#!/usr/bin/env bash
# Unpacks what the C++ build needs into a folder; installs nothing on the machine.
#
#   dependencies.sh FOLDER PYTHON
#
# Headers come from Debian 13's packages (ONNX Runtime's C interface is the same in every version),
# from the mirror that the machine itself uses; libraries from the wheels that PYTHON has installed.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
site=$("$2" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' \
  'Created-By: Packages' 'Component: main' | grep -m 1 '/debian/$')

mkdir -p "$folder"/{lists,archives}/partial "$folder/lib" "$folder/packages"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] $mirror trixie main" > "$folder/sources.list"
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State=$folder" -o Dir::State::status=/dev/null -o "Dir::Cache=$folder"
  -o APT::Sandbox::User=)
"${apt[@]}" update
(cd "$folder/packages" && "${apt[@]}" download libonnxruntime-dev doctest-dev libsndfile1-dev)
for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder/root"; done
ln -sfn root/usr/include "$folder/include"

ln -sfn "$site"/onnxruntime/capi/libonnxruntime*.so* "$folder/lib"
ln -sfn "$(basename "$(ls "$site"/onnxruntime/capi/libonnxruntime.so.1.*)")" \
  "$folder/lib/libonnxruntime.so.1"
ln -sfn libonnxruntime.so.1 "$folder/lib/libonnxruntime.so"
ln -sfn "$(ls "$site"/_soundfile_data/libsndfile_*.so)" "$folder/lib/libsndfile.so.1"
ln -sfn libsndfile.so.1 "$folder/lib/libsndfile.so"
# Prefixes of their own for CMake.
ln -sfn "$site/torch" "$site/executorch" "$folder"
touch "$folder/ready"
