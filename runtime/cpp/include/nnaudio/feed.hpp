// What a stream feeds its graph: zeros, padding, the signal, padding again, in chunks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "error.hpp"
#include "stream_spec.hpp"

namespace nnaudio {
namespace detail {

// Blocks of any length in, chunks of one length out. A block is (rows, units, bytes of a unit);
// its values are moved, never looked at.
class Feed {
 public:
  Feed(const StreamSpec& spec, int64_t rows, size_t unit)
      : chunk_(spec.chunk),
        pad_(spec.pad),
        lead_(spec.lead),
        mirrors_(spec.reflect && spec.pad > 0),
        needed_(mirrors_ ? spec.pad + 1 : 1),
        rows_(rows),
        unit_(static_cast<int64_t>(unit)),
        start_(bytes(needed_)),
        recent_(mirrors_ ? bytes(needed_) : 0) {}

  // Where the next chunk is built, (rows, chunk, bytes of a unit).
  void build_in(std::byte* place) { place_ = place; }

  int64_t length() const { return length_; }  // of the signal so far
  int64_t least() const { return needed_; }   // length that the padding needs
  int64_t filled() const { return filled_; }  // units of the chunk that is being built

  void clear() { length_ = filled_ = 0; }

  // Takes n units; calls run(), which gives a Result<void>, for every chunk that becomes full.
  template <class Run>
  Result<void> push(const void* block, int64_t n, const Run& run) {
    const auto* data = static_cast<const std::byte*>(block);
    if (auto fed = push_units(data, n, std::exchange(length_, length_ + n), run); !fed) return fed;
    if (mirrors_) remember(data, n);
    return {};
  }

  // Adds the padding behind the signal, which must be least() long.
  template <class Run>
  Result<void> end(const Run& run) {
    if (!mirrors_) return feed_zeros(pad_, run);
    for (int64_t i = 1; i <= pad_; ++i)
      if (auto fed = feed(recent_.data(), needed_, needed_ - 1 - i, 1, run); !fed) return fed;
    return {};
  }

  // Adds zeros up to a whole chunk.
  template <class Run>
  Result<void> fill(const Run& run) {
    return feed_zeros(chunk_ - filled_, run);
  }

  // Remembers where the feed stands. The units of the chunk that is being built are written over
  // only by a second chunk, so they are kept only then.
  void mark() {
    marked_length_ = length_;
    marked_filled_ = filled_;
    full_ = 0;
    kept_.resize(bytes(chunk_));
  }
  void rewind() {
    if (full_ > 0) copy_units(kept_.data(), chunk_, 0, place_, chunk_, 0, marked_filled_);
    length_ = marked_length_;
    filled_ = marked_filled_;
  }

 private:
  size_t bytes(int64_t units) const { return static_cast<size_t>(rows_ * units * unit_); }

  template <class Run>
  Result<void> push_units(const std::byte* data, int64_t n, int64_t before, const Run& run) {
    if (before >= needed_) return feed(data, n, 0, n, run);
    const int64_t stored = std::min(n, needed_ - before);
    copy_units(data, n, 0, start_.data(), needed_, before, stored);
    if (length_ < needed_) return {};
    // Enough has come to pad on the left.
    if (auto fed = feed_zeros(lead_ + (mirrors_ ? 0 : pad_), run); !fed) return fed;
    for (int64_t i = pad_; mirrors_ && i > 0; --i)
      if (auto fed = feed(start_.data(), needed_, i, 1, run); !fed) return fed;
    if (auto fed = feed(start_.data(), needed_, 0, needed_, run); !fed) return fed;
    return feed(data, n, stored, n - stored, run);
  }

  void copy_units(const std::byte* from, int64_t from_length, int64_t begin, std::byte* to,
                  int64_t to_length, int64_t at, int64_t count) const {
    for (int64_t row = 0; row < rows_; ++row)
      std::copy_n(from + (row * from_length + begin) * unit_, count * unit_,
                  to + (row * to_length + at) * unit_);
  }

  // Keeps the last units, which the right padding mirrors.
  void remember(const std::byte* data, int64_t n) {
    const int64_t fresh = std::min(n, needed_);
    for (int64_t row = 0; row < rows_ && fresh < needed_; ++row) {
      std::byte* const begin = recent_.data() + row * needed_ * unit_;
      std::copy(begin + fresh * unit_, begin + needed_ * unit_, begin);
    }
    copy_units(data, n, n - fresh, recent_.data(), needed_, needed_ - fresh, fresh);
  }

  template <class Run>
  Result<void> feed(const std::byte* data, int64_t length, int64_t begin, int64_t count,
                    const Run& run) {
    while (count > 0) {
      const int64_t n = std::min(count, chunk_ - filled_);
      copy_units(data, length, begin, place_, chunk_, filled_, n);
      begin += n, count -= n;
      if (auto ran = advance(n, run); !ran) return ran;
    }
    return {};
  }

  template <class Run>
  Result<void> feed_zeros(int64_t count, const Run& run) {
    while (count > 0) {
      const int64_t n = std::min(count, chunk_ - filled_);
      for (int64_t row = 0; row < rows_; ++row)
        std::fill_n(place_ + (row * chunk_ + filled_) * unit_, n * unit_, std::byte{0});
      count -= n;
      if (auto ran = advance(n, run); !ran) return ran;
    }
    return {};
  }

  template <class Run>
  Result<void> advance(int64_t n, const Run& run) {
    filled_ += n;
    if (filled_ < chunk_) return {};
    if (++full_ == 1 && marked_filled_ > 0)
      copy_units(place_, chunk_, 0, kept_.data(), chunk_, 0, marked_filled_);
    filled_ = 0;
    return run();
  }

  int64_t chunk_, pad_, lead_;
  bool mirrors_;
  int64_t needed_;  // units that the padding on either side mirrors, and one
  int64_t rows_, unit_;
  std::vector<std::byte> start_, recent_;  // (rows, needed, unit): the signal's first and last
  std::byte* place_ = nullptr;
  int64_t length_ = 0, filled_ = 0;

  std::vector<std::byte> kept_;  // (rows, chunk, unit)
  int64_t marked_length_ = 0, marked_filled_ = 0, full_ = 0;
};

}  // namespace detail
}  // namespace nnaudio
