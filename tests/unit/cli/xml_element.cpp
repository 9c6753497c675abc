#include "unit/cli/xml_element.hpp"

#include <algorithm>
#include <utility>

#include "mail/utf8.hpp"

namespace greyhound::cli::testing {
namespace {

bool is_character(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0xfffe && c != 0xffff;
}

bool has_only_characters(std::string_view text) {
  while (!text.empty()) {
    const auto next = mail::front_of(text);
    if (!next || !is_character(next->value)) return false;
    text.remove_prefix(next->length);
  }
  return true;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<XmlElement> document() {
    skip_space();
    auto root = element();
    skip_space();
    return rest_.empty() ? root : std::nullopt;
  }

 private:
  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }

  std::string name() {
    std::size_t end = 0;
    while (end < rest_.size() && is_name_character(rest_[end]))
      ++end;
    const std::string name(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return name;
  }

  // Up to `end`, which stays; nullopt where something is not allowed unescaped.
  std::optional<std::string> data(char end) {
    static const std::map<std::string_view, char> entities = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}};
    std::string data;
    while (!rest_.empty() && rest_.front() != end) {
      if (rest_.front() == '<') return std::nullopt;
      if (rest_.front() != '&') {
        data += rest_.front();
        rest_.remove_prefix(1);
        continue;
      }
      const auto entity = entities.find(rest_.substr(0, rest_.find(';') + 1));
      if (entity == entities.end()) return std::nullopt;
      data += entity->second;
      rest_.remove_prefix(entity->first.size());
    }
    return data;
  }

  bool read_attributes(XmlElement& element) {
    while (rest_.starts_with(' ')) {
      skip_space();
      auto key = name();
      if (key.empty() || !take("=\"")) return false;
      auto value = data('"');
      if (!value || !take("\"")) return false;
      if (!element.attributes.emplace(std::move(key), std::move(*value)).second) return false;
    }
    return true;
  }

  bool read_content(XmlElement& element) {
    while (!rest_.starts_with("</")) {
      auto text = data('<');
      if (!text) return false;
      element.text += *text;
      if (rest_.empty()) return false;
      if (rest_.starts_with("</")) break;
      auto child = this->element();
      if (!child) return false;
      element.children.push_back(std::move(*child));
    }
    return take("</" + element.name + ">");
  }

  std::optional<XmlElement> element() {
    XmlElement element;
    if (!take("<")) return std::nullopt;
    element.name = name();
    if (element.name.empty()) return std::nullopt;
    if (!read_attributes(element)) return std::nullopt;
    if (take("/>")) return element;
    if (!take(">") || !read_content(element)) return std::nullopt;
    return element;
  }

  std::string_view rest_;
};

void collect(const XmlElement& from, std::string_view name, std::vector<XmlElement>& found) {
  if (from.name == name) found.push_back(from);
  for (const auto& child : from.children)
    collect(child, name, found);
}

}  // namespace

std::optional<XmlElement> parse_xml(std::string_view text) {
  if (!has_only_characters(text)) return std::nullopt;
  return Reader(text).document();
}

std::vector<XmlElement> elements(const XmlElement& root, std::string_view name) {
  std::vector<XmlElement> found;
  collect(root, name, found);
  return found;
}

}  // namespace greyhound::cli::testing
