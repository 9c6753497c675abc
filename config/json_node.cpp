#include "config/json_node.hpp"

#include <algorithm>

namespace greyhound::config {
namespace {

constexpr std::size_t longest_shown = 60;

JsonNode as_default(const JsonNode& node, unsigned line) {
  JsonNode copy = node;
  copy.line = line;
  copy.is_given = false;
  for (auto& item : copy.items)
    item = as_default(item, line);
  return copy;
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name == key) return &items[i];
  }
  return nullptr;
}

JsonNode* JsonNode::find(std::string_view key) {
  return const_cast<JsonNode*>(static_cast<const JsonNode*>(this)->find(key));
}

bool JsonNode::has_refused() const {
  return is_refused || std::any_of(items.begin(), items.end(), [](const JsonNode& item) {
           return item.has_refused();
         });
}

bool is_same_value(const JsonNode& a, const JsonNode& b) {
  if (a.kind != b.kind || a.truth != b.truth || a.integer != b.integer || a.text != b.text ||
      a.items.size() != b.items.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    const auto* other = a.is(JsonNode::Kind::object) ? b.find(a.keys[i].name) : &b.items[i];
    if (other == nullptr || !is_same_value(a.items[i], *other)) return false;
  }
  return true;
}

std::string_view to_string(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return "true or false";
    case JsonNode::Kind::integer:
      return "a whole number";
    case JsonNode::Kind::number:
      return "a number";
    case JsonNode::Kind::string:
      return "a string";
    case JsonNode::Kind::array:
      return "a list";
    case JsonNode::Kind::object:
      return "an object";
  }
  return "null";
}

JsonNode overlay(const JsonNode& defaults, const JsonNode& given) {
  if (given.is_refused) {
    JsonNode filled = as_default(defaults, given.line);
    filled.is_refused = true;
    return filled;
  }
  if (!given.is(JsonNode::Kind::object) || !defaults.is(JsonNode::Kind::object)) return given;
  JsonNode whole = given;
  for (std::size_t i = 0; i < defaults.keys.size(); ++i) {
    if (auto* own = whole.find(defaults.keys[i].name)) {
      *own = overlay(defaults.items[i], *own);
    } else {
      whole.keys.push_back({defaults.keys[i].name, given.line});
      whole.items.push_back(as_default(defaults.items[i], given.line));
    }
  }
  return whole;
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  auto length = std::min(text.size(), longest_shown);
  // Never within a character of several bytes.
  while (length < text.size() && length > 0 && (text[length] & 0xC0) == 0x80)
    --length;
  for (const char c : text.substr(0, length)) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (c == '"' || c == '\\') out += '\\';
    out += is_control ? '?' : c;
  }
  return out + (length < text.size() ? "…\"" : "\"");
}

std::string shown(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::boolean:
      return node.truth ? "true" : "false";
    case JsonNode::Kind::integer:
      return std::to_string(node.integer);
    case JsonNode::Kind::number:
      return node.text.substr(0, longest_shown);
    case JsonNode::Kind::string:
      return shown(node.text);
    case JsonNode::Kind::null:
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      return std::string(to_string(node.kind));
  }
  return "null";
}

std::string written(const JsonNode& node) {
  const bool is_object = node.is(JsonNode::Kind::object);
  if (!is_object && !node.is(JsonNode::Kind::array)) return shown(node);
  std::string text(is_object ? "{" : "[");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    text += i == 0 ? " " : ", ";
    if (is_object) text += shown(node.keys[i].name) + ": ";
    text += written(node.items[i]);
  }
  return text + (is_object ? " }" : " ]");
}

std::string child_pointer(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string child_pointer(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

unsigned line_at(const JsonNode& root, std::string_view pointer) {
  for (std::size_t i = 0; i < root.items.size(); ++i) {
    const bool is_list = root.is(JsonNode::Kind::array);
    const auto step = is_list ? child_pointer("", i) : child_pointer("", root.keys[i].name);
    if (!pointer.starts_with(step)) continue;
    const auto rest = pointer.substr(step.size());
    if (rest.empty() || rest.front() == '/') return line_at(root.items[i], rest);
  }
  return root.line;
}

}  // namespace greyhound::config
