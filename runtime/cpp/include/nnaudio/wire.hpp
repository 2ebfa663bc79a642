// The wire format of Protocol Buffers, as far as reading an ONNX file needs it.
// Reference: https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "error.hpp"

namespace nnaudio {
namespace detail {

struct Field {
  uint64_t number = 0;
  bool is_number = false;  // else bytes: a text, a message, or a number of fixed width
  uint64_t value = 0;
  std::string_view bytes;
};

// Goes through the fields of one message, in order; nothing is copied.
class Fields {
 public:
  explicit Fields(std::string_view message) : message_(message) {}

  // The next field; nothing at the end.
  Result<std::optional<Field>> next() {
    if (at_ >= message_.size()) return std::optional<Field>();
    Field field;
    const auto key = varint();
    if (!key) return no_number();
    field.number = *key >> 3;
    const uint64_t type = *key & 7;
    if (field.number == 0) return damaged("field number 0 at byte " + std::to_string(at_));
    uint64_t length = 0;
    if (type == kVarint || type == kBytes) {
      const auto value = varint();
      if (!value) return no_number();
      field.is_number = type == kVarint;
      (field.is_number ? field.value : length) = *value;
    } else if (type == kFixed32 || type == kFixed64) {
      length = type == kFixed32 ? 4 : 8;
    } else {
      return damaged("wire type " + std::to_string(type) + " at byte " + std::to_string(at_));
    }
    const uint64_t left = message_.size() - at_;
    if (length > left)
      return damaged(std::to_string(length) + " bytes announced, " + std::to_string(left) +
                     " left");
    field.bytes = message_.substr(at_, static_cast<size_t>(length));
    at_ += static_cast<size_t>(length);
    return std::optional(field);
  }

 private:
  static constexpr uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

  static Error damaged(std::string reason) {
    return Error(ErrorKind::kModelFile, std::move(reason));
  }
  Error no_number() const { return damaged("no number at byte " + std::to_string(at_)); }

  // Seven bits a byte, lowest first; at most ten bytes. Where there is none, the place stays.
  std::optional<uint64_t> varint() {
    uint64_t number = 0;
    for (size_t i = 0; i < 10 && at_ + i < message_.size(); ++i) {
      const auto byte = static_cast<uint8_t>(message_[at_ + i]);
      number |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
      if (byte < 0x80) {
        at_ += i + 1;
        return number;
      }
    }
    return std::nullopt;
  }

  std::string_view message_;
  size_t at_ = 0;
};

}  // namespace detail
}  // namespace nnaudio
