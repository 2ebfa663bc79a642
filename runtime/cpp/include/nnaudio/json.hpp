// Reads one JSON object of strings, which is what nnaudio.json holds, and refuses anything else.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "error.hpp"
#include "metadata.hpp"

namespace nnaudio {
namespace detail {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  std::optional<Properties> object() {
    Properties properties;
    if (!take('{')) return std::nullopt;
    if (!take('}')) {
      do {
        const auto key = string();
        if (!key || !take(':')) return std::nullopt;
        auto value = string();
        if (!value) return std::nullopt;
        properties[*key] = std::move(*value);
      } while (take(','));
      if (!take('}')) return std::nullopt;
    }
    skip_space();
    return rest_.empty() ? std::optional(std::move(properties)) : std::nullopt;
  }

 private:
  void skip_space() {
    const size_t begin = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(begin == rest_.npos ? rest_.size() : begin);
  }

  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    std::string text;
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      if (c != '\\')
        text += c;
      else if (!escape(text))
        return std::nullopt;
    }
    return std::nullopt;
  }

  bool escape(std::string& text) {
    if (rest_.empty()) return false;
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    const char name = rest_[0];
    rest_.remove_prefix(1);
    if (const size_t i = kNames.find(name); i != kNames.npos) {
      text += kValues[i];
      return true;
    }
    if (name != 'u') return false;
    auto code = hexadecimal();
    if (!code) return false;
    if (*code >= 0xD800 && *code < 0xDC00) {  // the first half of a pair
      if (rest_.substr(0, 2) != "\\u") return false;
      rest_.remove_prefix(2);
      const auto low = hexadecimal();
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
      code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    } else if (*code >= 0xDC00 && *code <= 0xDFFF) {
      return false;
    }
    append_utf8(text, *code);
    return true;
  }

  std::optional<uint32_t> hexadecimal() {
    if (rest_.size() < 4) return std::nullopt;
    uint32_t code = 0;
    const auto [end, failed] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
    if (failed != std::errc() || end != rest_.data() + 4) return std::nullopt;
    rest_.remove_prefix(4);
    return code;
  }

  static void append_utf8(std::string& text, uint32_t code) {
    if (code < 0x80) {
      text += static_cast<char>(code);
      return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const uint32_t mark[] = {0, 0xC0, 0xE0, 0xF0};
    text += static_cast<char>(mark[more] | code >> (6 * more));
    for (int i = more - 1; i >= 0; --i)
      text += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
  }

  std::string_view rest_;
};

}  // namespace detail

inline Result<Properties> read_json(std::string_view text) {
  if (auto properties = detail::JsonReader(text).object()) return std::move(*properties);
  return Error(ErrorKind::kModelFile, "nnaudio.json is no JSON object of strings");
}

}  // namespace nnaudio
