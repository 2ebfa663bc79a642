// A file's bytes, of which only those that are looked at are read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "error.hpp"

#ifdef _WIN32
#include <fstream>
#include <iterator>
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace nnaudio {

class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path) {
    MappedFile file;
    if (!file.read(path)) return Error(ErrorKind::kFile, path + " cannot be read");
    return file;
  }

#ifdef _WIN32
  std::string_view bytes() const { return bytes_; }

 private:
  bool read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    return file.is_open() && !file.bad();
  }

  std::string bytes_;
#else
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile() {
    if (data_) munmap(data_, size_);
  }

 private:
  MappedFile() = default;

  bool read(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    struct stat status {};
    bool read = fstat(descriptor, &status) == 0;
    if (read && status.st_size > 0) {
      void* const data = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE,
                              descriptor, 0);
      read = data != MAP_FAILED;
      if (read) data_ = data, size_ = static_cast<size_t>(status.st_size);
    }
    close(descriptor);
    return read;
  }

  void* data_ = nullptr;
  size_t size_ = 0;
#endif
};

}  // namespace nnaudio
