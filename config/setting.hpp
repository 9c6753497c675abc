// Setting: a checked value of a JSON file in the types of the settings, and the place it stands at.
// Schema and formats have been checked before, so the readers here cannot fail: a MUST says so.
// Owner: a view; the tree outlives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/json_node.hpp"
#include "mail/reply_class.hpp"
#include "runtime/clock.hpp"
#include "runtime/ip.hpp"

namespace greyhound::config {

class Setting {
 public:
  Setting(const JsonNode& node, std::string pointer) : node_(&node), pointer_(std::move(pointer)) {}

  const JsonNode& node() const { return *node_; }
  const std::string& pointer() const { return pointer_; }
  bool has(std::string_view key) const { return node_->find(key) != nullptr; }
  Setting at(std::string_view key) const;  // MUST be there
  std::vector<Setting> items() const;      // of an array, without what was refused

  bool is_null() const { return node_->is(JsonNode::Kind::null); }
  bool truth() const { return node_->truth; }
  const std::string& text() const { return node_->text; }
  template <class Number>
  Number number() const {
    return static_cast<Number>(node_->integer);
  }
  Duration duration() const;
  std::chrono::milliseconds milliseconds() const;
  std::uint64_t size_bytes() const;
  std::vector<std::string> globs() const;               // a string is a list of one
  std::vector<mail::ReplyClass> reply_classes() const;  // of globs, each once
  std::vector<IpNetwork> networks() const;
  IpAddress address() const;

 private:
  const JsonNode* node_;
  std::string pointer_;
};

}  // namespace greyhound::config
