#include "config/json_document.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "runtime/must.hpp"

namespace greyhound::config {
namespace {

// Hands out the text and tells how far the reader has come: its events carry no position.
class TrackedIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackedIterator(const char* at, const char** position) : at_(at), position_(position) {}
  const char& operator*() const { return *at_; }
  TrackedIterator& operator++() {
    *position_ = ++at_;
    return *this;
  }
  friend bool operator==(const TrackedIterator& a, const TrackedIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  const char** position_;
};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 80));
  std::replace_if(out.begin(), out.end(), is_control, '?');
  return out;
}

// Receives the reader's events and builds the tree. Returning false ends the reading.
class TreeBuilder {
 public:
  TreeBuilder(const std::string& file, std::string_view text, Problems& problems)
      : file_(file),
        problems_(problems),
        text_(text),
        begin_(text.data()),
        counted_(text.data()),
        position_(text.data()) {}

  TrackedIterator begin() { return {begin_, &position_}; }
  TrackedIterator end() { return {begin_ + text_.size(), &position_}; }
  std::optional<JsonNode> take_root() { return std::move(root_); }

  bool null() { return add(scalar(JsonNode::Kind::null)); }
  bool boolean(bool truth) {
    auto node = scalar(JsonNode::Kind::boolean);
    node.truth = truth;
    return add(std::move(node));
  }
  bool number_integer(std::int64_t value) {
    auto node = scalar(JsonNode::Kind::integer);
    node.integer = value;
    return add(std::move(node));
  }
  bool number_unsigned(std::uint64_t value) {
    if (value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      return number_integer(static_cast<std::int64_t>(value));
    }
    return number_float(0, std::to_string(value));
  }
  bool number_float(double /*value*/, const std::string& written) {
    auto node = scalar(JsonNode::Kind::number);
    node.text = written;
    return add(std::move(node));
  }
  bool string(std::string& value) {
    auto node = scalar(JsonNode::Kind::string);
    if (value.size() > max_string_bytes) {
      return give_up("is longer than " + std::to_string(max_string_bytes) + " bytes", "");
    }
    if (std::any_of(value.begin(), value.end(), is_control)) {
      report("holds a control character", "leave it out");
      node.is_refused = true;
    }
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(nlohmann::json::binary_t& /*value*/) { return false; }  // not in JSON text

  bool start_object(std::size_t /*size*/) { return open(JsonNode::Kind::object); }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*size*/) { return open(JsonNode::Kind::array); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& frame = frames_.back();
    frame.key = printable(name);  // no key of ours is that long or odd: it will be refused
    frame.is_repeated = false;
    const auto& keys = frame.node.keys;
    const auto first = std::find_if(
        keys.begin(), keys.end(), [&frame](const JsonNode::Key& k) { return k.name == frame.key; });
    if (first != keys.end()) {
      frame.is_repeated = true;
      report("stands twice, first in line " + std::to_string(first->line), "remove one of them");
      return true;
    }
    if (keys.size() == max_keys) {
      return give_up("more than " + std::to_string(max_keys) + " keys in one object", "");
    }
    frame.node.keys.push_back({frame.key, line()});
    return true;
  }

  bool parse_error(std::size_t /*position*/,
                   const std::string& last_token,
                   const nlohmann::json::exception& error) {
    explain(last_token, error.what());
    return false;
  }

 private:
  struct Frame {
    JsonNode node;
    std::string key;
    bool is_repeated = false;
  };

  // The last character read belongs to the current token or, after a number, is the one behind it:
  // line ends before it count, it does not.
  unsigned line() {
    if (position_ > counted_) {
      line_ += static_cast<unsigned>(std::count(counted_, position_ - 1, '\n'));
      counted_ = position_ - 1;
    }
    return line_;
  }

  JsonNode scalar(JsonNode::Kind kind) {
    JsonNode node;
    node.kind = kind;
    node.line = line();
    return node;
  }

  bool add(JsonNode node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return true;
    }
    auto& frame = frames_.back();
    if (frame.is_repeated) return true;  // the first one stays
    if (frame.node.items.size() == max_items) {
      return give_up("more than " + std::to_string(max_items) + " items in one list", "");
    }
    frame.node.items.push_back(std::move(node));
    return true;
  }

  bool open(JsonNode::Kind kind) {
    if (frames_.size() == max_depth) {
      return give_up("nested deeper than " + std::to_string(max_depth) + " levels", "");
    }
    frames_.push_back({scalar(kind), {}, false});
    return true;
  }

  bool close() {
    auto node = std::move(frames_.back().node);
    frames_.pop_back();
    return add(std::move(node));
  }

  std::string pointer() const {
    std::string out;
    for (const auto& frame : frames_) {
      if (frame.node.is(JsonNode::Kind::array)) {
        out = child_pointer(out, frame.node.items.size());
      } else if (!frame.key.empty()) {
        out = child_pointer(out, frame.key);
      }
    }
    return out;
  }

  void report(std::string what, std::string suggestion) {
    problems_.push_back({Problem::Severity::error,
                         file_,
                         line(),
                         pointer(),
                         std::move(what),
                         std::move(suggestion)});
  }

  bool give_up(std::string what, std::string suggestion) {
    report(std::move(what), std::move(suggestion));
    return false;
  }

  void explain(const std::string& last_token, std::string_view error);
  void explain_end_of_file();
  std::string last_word() const;

  const std::string& file_;
  Problems& problems_;
  std::string_view text_;
  const char* begin_;
  const char* counted_;   // up to here line ends are in line_
  const char* position_;  // one past the last character read
  unsigned line_ = 1;
  std::vector<Frame> frames_;
  std::optional<JsonNode> root_;
};

// The word around the place where reading ended.
std::string TreeBuilder::last_word() const {
  constexpr std::string_view delimiters = " \t\r\n:,[]{}";
  const auto read = static_cast<std::size_t>(position_ - begin_);
  const auto last = text_.substr(0, read).find_last_not_of(delimiters);
  if (last == text_.npos) return "";
  const auto before = text_.substr(0, last).find_last_of(delimiters);
  const auto start = before == text_.npos ? 0 : before + 1;
  return printable(text_.substr(start, text_.find_first_of(delimiters, start) - start));
}

void TreeBuilder::explain_end_of_file() {
  if (frames_.empty()) return report("is empty", "write {} to have the defaults");
  const auto& open = frames_.back().node;
  const bool is_object = open.is(JsonNode::Kind::object);
  report(std::string("the file ends, but the ") + (is_object ? "object" : "list") +
             " opened in line " + std::to_string(open.line) + " is not closed",
         is_object ? "write \"}\"" : "write \"]\"");
}

// The reader speaks of tokens; people look for a comma or a bracket.
void TreeBuilder::explain(const std::string& last_token, std::string_view error) {
  const auto says = [error](std::string_view part) { return error.find(part) != error.npos; };
  const bool in_object = !frames_.empty() && frames_.back().node.is(JsonNode::Kind::object);
  if (says("unexpected end of input")) return explain_end_of_file();
  if (frames_.empty() && root_) {
    return report("something follows the end of the document", "remove it");
  }
  if (says("UTF-8")) return report("holds bytes that are not UTF-8", "save the file as UTF-8");
  if (says("number overflow")) return report("is too large a number", "write a smaller one");
  const bool is_brace = says("unexpected '}'");
  if (is_brace || says("unexpected ']'")) {
    const std::string found = is_brace ? "'}'" : "']'";
    if (in_object != is_brace) {
      return report(found + " closes what was opened by " + (is_brace ? "'['" : "'{'"),
                    in_object ? "write \"}\" first" : "write \"]\" first");
    }
    return report("a value is missing before " + found, "remove the comma, or write the value");
  }
  if (!says("invalid") && (says("; expected '}'") || says("; expected ']'"))) {
    const auto place = says("literal") ? " before " + printable(last_token) : std::string();
    return report("a comma is missing" + place, "write a comma after the value before it");
  }
  if (says("missing closing quote") || says("control character")) {
    return report("a string is not closed in its line", "write the closing '\"'");
  }
  if (says("invalid literal") || says("expected string literal")) {
    return report("cannot be read at " + last_word(), "write keys and texts in double quotes");
  }
  const auto reason = error.find(" - ");
  report("is not JSON: " + printable(reason == error.npos ? error : error.substr(reason + 3)), "");
}

}  // namespace

std::optional<JsonNode> parse_document(const std::string& file,
                                       std::string_view text,
                                       Problems& problems) {
  // The reader takes a NUL for the end of the text and would not see what follows.
  if (const auto nul = text.find('\0'); nul != text.npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + nul, '\n');
    problems.push_back({Problem::Severity::error,
                        file,
                        static_cast<unsigned>(line),
                        "",
                        "holds a NUL byte",
                        "save the file as UTF-8 text"});
    return std::nullopt;
  }
  TreeBuilder builder(file, text, problems);
  const auto format = nlohmann::json::input_format_t::json;
  const bool is_json =
      nlohmann::json::sax_parse(builder.begin(), builder.end(), &builder, format, true, true);
  if (!is_json) return std::nullopt;
  return builder.take_root();
}

JsonNode parse_shipped(const std::string& file, std::string_view text) {
  Problems problems;
  auto tree = parse_document(file, text, problems);
  MUST(tree.has_value() && problems.empty());
  return std::move(*tree);
}

}  // namespace greyhound::config
