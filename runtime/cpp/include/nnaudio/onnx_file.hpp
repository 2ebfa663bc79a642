// What an .onnx file says about itself, read before ONNX Runtime sees it: a damaged or foreign
// file is refused in words, and none can make ONNX Runtime read data outside its folder.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "error.hpp"
#include "file_check.hpp"
#include "mapped_file.hpp"
#include "metadata.hpp"
#include "wire.hpp"

namespace nnaudio {

struct OnnxOutline {
  Properties properties;                   // metadata_props
  std::vector<std::string> external_data;  // locations of weights, relative to the file's folder
};

namespace detail {

// Messages of onnx.proto that matter here. Tensors are entered for their external data only.
enum class Message {
  kModel, kGraph, kFunction, kNode, kAttribute, kSparse, kTensor, kOpset, kProperty, kExternal,
};

struct Child {
  Message in;
  uint64_t field;
  Message is;
};

constexpr Child kChildren[] = {
    {Message::kModel, 7, Message::kGraph},       {Message::kModel, 8, Message::kOpset},
    {Message::kModel, 14, Message::kProperty},   {Message::kModel, 25, Message::kFunction},
    {Message::kGraph, 1, Message::kNode},        {Message::kGraph, 5, Message::kTensor},
    {Message::kGraph, 15, Message::kSparse},     {Message::kFunction, 7, Message::kNode},
    {Message::kNode, 5, Message::kAttribute},    {Message::kAttribute, 5, Message::kTensor},
    {Message::kAttribute, 6, Message::kGraph},   {Message::kAttribute, 10, Message::kTensor},
    {Message::kAttribute, 11, Message::kGraph},  {Message::kAttribute, 22, Message::kSparse},
    {Message::kAttribute, 23, Message::kSparse}, {Message::kSparse, 1, Message::kTensor},
    {Message::kSparse, 2, Message::kTensor},     {Message::kTensor, 13, Message::kExternal},
};

inline const Child* child(Message in, uint64_t field) {
  const auto found = std::find_if(std::begin(kChildren), std::end(kChildren), [&](const Child& c) {
    return c.in == in && c.field == field;
  });
  return found == std::end(kChildren) ? nullptr : found;
}

// Whether a text is UTF-8: no byte out of place, nothing longer than it need be, no surrogates.
inline bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t k) { return static_cast<uint8_t>(text[k]); };
    const uint8_t first = byte(i++);
    if (first < 0x80) continue;
    const int more = first >= 0xC2 && first < 0xE0 ? 1 : first >> 4 == 0xE ? 2
                     : first >= 0xF0 && first < 0xF5 ? 3 : 0;
    if (more == 0 || text.size() - i < static_cast<size_t>(more)) return false;
    const uint8_t second = byte(i);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
      return false;
    for (int k = 0; k < more; ++k)
      if (byte(i++) >> 6 != 2) return false;
  }
  return true;
}

// Reads the outline depth first, with a stack of its own: no depth of subgraphs can exhaust the
// program's. Every byte is looked at once at most.
class OutlineReader {
 public:
  Result<OnnxOutline> read(std::string_view bytes) {
    std::vector<std::pair<Message, std::string_view>> waiting{{Message::kModel, bytes}}, inner;
    while (!waiting.empty()) {
      const auto [kind, message] = waiting.back();
      waiting.pop_back();
      inner.clear();
      leaves_ = {};
      Fields fields(message);
      for (;;) {
        auto field = fields.next();
        if (!field) return field.error();
        if (!*field) break;
        const Field& one = **field;
        const Child* const inside = child(kind, one.number);
        if (inside && one.is_number)
          return damaged("field " + std::to_string(one.number) + " is no message");
        if (inside)
          inner.emplace_back(inside->is, one.bytes);
        else if (one.number < leaves_.size())
          leaves_[static_cast<size_t>(one.number)] = one;
      }
      if (auto taken = take(kind); !taken) return taken.error();
      waiting.insert(waiting.end(), inner.rbegin(), inner.rend());
    }
    if (!has_opset_ || !has_node_)
      return damaged(has_opset_ ? "it has no nodes" : "it has no opset");
    return std::move(outline_);
  }

 private:
  static Error damaged(std::string reason) {
    return Error(ErrorKind::kModelFile, std::move(reason));
  }

  Result<void> take(Message kind) {
    switch (kind) {
      case Message::kModel:
        if (leaves_[1].is_number) return {};
        return damaged("it has no IR version");
      case Message::kOpset:
        has_opset_ = true;
        if (auto domain = text(1); !domain) return domain.error();
        if (leaves_[2].number != 0 && !leaves_[2].is_number)
          return damaged("field 2 is no whole number");
        return {};
      case Message::kNode:
        has_node_ = true;
        for (size_t number : {3u, 4u, 7u})  // name, operator, domain
          if (auto name = text(number); !name) return name.error();
        return {};
      case Message::kProperty:
      case Message::kExternal: {
        const auto key = text(1), value = text(2);
        if (!key) return key.error();
        if (!value) return value.error();
        if (kind == Message::kProperty)
          outline_.properties[*key] = *value;
        else if (*key == "location")
          add_location(*value);
        return {};
      }
      default:
        return {};
    }
  }

  // A file of many tensors has one location, as a rule.
  void add_location(const std::string& location) {
    if (outline_.external_data.empty() || outline_.external_data.back() != location)
      outline_.external_data.push_back(location);
  }

  Result<std::string> text(size_t number) const {
    const Field& leaf = leaves_[number];
    if (leaf.is_number) return damaged("field " + std::to_string(number) + " is no text");
    if (!is_utf8(leaf.bytes)) return damaged("field " + std::to_string(number) + " is not UTF-8");
    return std::string(leaf.bytes);
  }

  std::array<Field, 8> leaves_;  // by field number; a later one takes the place of an earlier
  bool has_opset_ = false, has_node_ = false;
  OnnxOutline outline_;
};

// Refuses weights that lie anywhere but in the model's own folder, links followed.
inline Result<void> check_external(const std::string& path, const std::string& location) {
  namespace fs = std::filesystem;
  const bool rooted = !location.empty() && (location[0] == '/' || location[0] == '\\' ||
                                            (location.size() > 1 && location[1] == ':'));
  bool inside = false, found = false;
  std::error_code failed;
  if (!rooted && location.find('\0') == location.npos) {
    const fs::path folder = fs::canonical(fs::absolute(path, failed).parent_path(), failed);
    const fs::path target =
        failed ? fs::path() : fs::weakly_canonical(folder / fs::path(location), failed);
    inside = !failed &&
             std::mismatch(folder.begin(), folder.end(), target.begin(), target.end()).first ==
                 folder.end();
    found = inside && fs::is_regular_file(target, failed);
  }
  if (!inside)
    return Error(ErrorKind::kModelFile,
                 path + " asks for data outside its folder (" + quoted(location) +
                     "): refused. Export it again with its weights inside or beside it");
  if (found) return {};
  return Error(ErrorKind::kModelFile,
               path + " needs its weights in " + quoted(location) + " beside it: there is none");
}

}  // namespace detail

inline Result<OnnxOutline> read_onnx(std::string_view bytes) {
  return detail::OutlineReader().read(bytes);
}

// Refuses what is no ONNX model, or not one that should be loaded; gives what it says about itself.
// ONNX Runtime's own form of a model (.ort) passes unread.
inline Result<OnnxOutline> check_onnx(const std::string& path) {
  if (auto checked = check_file(path); !checked) return checked.error();
  const auto file = MappedFile::open(path);
  if (!file) return file.error();
  if (detail::is_ort(file->bytes())) return OnnxOutline();
  auto outline = read_onnx(file->bytes());
  if (!outline)
    return Error(ErrorKind::kModelFile,
                 path + " is a truncated or damaged ONNX model: copy or export it again (" +
                     outline.error().message() + ")");
  for (const std::string& location : outline->external_data)
    if (auto checked = detail::check_external(path, location); !checked) return checked.error();
  return outline;
}

}  // namespace nnaudio
