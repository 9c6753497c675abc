// The little of XML that our pictures use, read strictly: elements, attributes in double quotes,
// character data and the named entities. Whatever else is met is a fault, so that reading a picture
// proves it well formed.
// Source: XML 1.0 sections 2.2 (characters), 2.4 (markup), 3 (elements).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::cli::testing {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // its own, without that of its children; entities are resolved
  std::vector<XmlElement> children;
};

// The one element that `text` is, white space around it aside; nullopt if it is not well formed.
std::optional<XmlElement> parse_xml(std::string_view text);

// All elements of that name in `root` and below it, in the order of the text.
std::vector<XmlElement> elements(const XmlElement& root, std::string_view name);

}  // namespace greyhound::cli::testing
