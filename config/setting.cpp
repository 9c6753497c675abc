#include "config/setting.hpp"

#include <algorithm>

#include "config/format.hpp"
#include "runtime/duration_text.hpp"
#include "runtime/must.hpp"

namespace greyhound::config {

Setting Setting::at(std::string_view key) const {
  const auto* found = node_->find(key);
  MUST(found != nullptr);
  return {*found, child_pointer(pointer_, key)};
}

std::vector<Setting> Setting::items() const {
  std::vector<Setting> clean;
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    const auto& item = node_->items[i];
    if (!item.has_refused()) clean.emplace_back(item, child_pointer(pointer_, i));
  }
  return clean;
}

Duration Setting::duration() const {
  const auto value = parse_duration(node_->text);
  MUST(value.has_value());
  return *value;
}

std::chrono::milliseconds Setting::milliseconds() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration());
}

std::uint64_t Setting::size_bytes() const {
  const auto value = parse_size(node_->text);
  MUST(value.has_value());
  return *value;
}

std::vector<std::string> Setting::globs() const {
  if (node_->is(JsonNode::Kind::string)) return {node_->text};
  std::vector<std::string> globs;
  for (const auto& item : items())
    globs.push_back(item.text());
  return globs;
}

std::vector<mail::ReplyClass> Setting::reply_classes() const {
  std::vector<mail::ReplyClass> classes;
  for (const auto& glob : globs()) {
    for (const auto reply_class : classes_matching(glob)) {
      const bool is_known = std::find(classes.begin(), classes.end(), reply_class) != classes.end();
      if (!is_known) classes.push_back(reply_class);
    }
  }
  return classes;
}

std::vector<IpNetwork> Setting::networks() const {
  std::vector<IpNetwork> networks;
  for (const auto& item : items()) {
    const auto network = IpNetwork::parse(item.text());
    MUST(network.has_value());
    networks.push_back(*network);
  }
  return networks;
}

IpAddress Setting::address() const {
  const auto address = IpAddress::parse(text());
  MUST(address.has_value());
  return *address;
}

}  // namespace greyhound::config
