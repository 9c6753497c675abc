#include "config/not_yet.hpp"

#include <algorithm>
#include <array>

namespace greyhound::config {
namespace {

using Kind = JsonNode::Kind;
using Severity = Problem::Severity;

constexpr std::array<NotYet, 12> table{{
    {"greyhound.json", "/local/to", Severity::note, ""},
    {"greyhound.json", "/control/http", Severity::note, ""},
    {"retry.json", "/hints", Severity::note, ""},
    {"retry.json", "/learning", Severity::note, ""},
    {"retry.json", "/signatures", Severity::note, ""},
    {"notification.json", "/delay/grace", Severity::note, ""},
    {"notification.json", "/success", Severity::note, ""},
    {"notification.json", "/postmaster/copy", Severity::note, ""},
    {"notification.json", "/undeliverable", Severity::note, ""},
    {"notification.json", "/languages", Severity::note, ""},
    {"notification.json", "/templates", Severity::note, ""},
    {"notification.json", "/rules", Severity::note, ""},
}};

// Compares what is given with the defaults along the path of one entry.
class Comparison {
 public:
  Comparison(const NotYet& entry, Problems& problems) : entry_(entry), problems_(problems) {}

  // `rest` is what remains of the entry's pointer; `usual` is null where there is no default.
  void follow(std::string_view rest,
              const JsonNode& given,
              const JsonNode* usual,
              const std::string& pointer) {
    if (rest.empty()) return compare(given, usual, pointer);
    rest.remove_prefix(1);
    const auto step = rest.substr(0, rest.find('/'));
    rest.remove_prefix(step.size());
    if (step == "*") {
      for (std::size_t i = 0; i < given.items.size(); ++i) {
        follow(rest, given.items[i], nullptr, child_pointer(pointer, i));
      }
    } else if (const auto* next = given.find(step)) {
      follow(rest,
             *next,
             usual == nullptr ? nullptr : usual->find(step),
             child_pointer(pointer, step));
    }
  }

 private:
  void compare(const JsonNode& given, const JsonNode* usual, const std::string& pointer) {
    if (given.is_refused) return;
    if (given.is(Kind::object) && usual != nullptr && usual->is(Kind::object)) {
      for (std::size_t i = 0; i < given.keys.size(); ++i) {
        const auto& name = given.keys[i].name;
        compare(given.items[i], usual->find(name), child_pointer(pointer, name));
      }
      return;
    }
    if (is_usual(given, usual) || is_fine_word(given)) return;
    const bool is_error = entry_.severity == Severity::error;
    problems_.push_back({entry_.severity,
                         std::string(entry_.file),
                         given.line,
                         pointer,
                         is_error ? "is " + shown(given) + ", which this version cannot do yet"
                                  : "has no effect in this version",
                         is_error ? what_would_do(usual) : ""});
  }

  // Where the shipped file has nothing, null or leaving it out is the default.
  static bool is_usual(const JsonNode& given, const JsonNode* usual) {
    return usual == nullptr ? given.is(Kind::null) : is_same_value(given, *usual);
  }

  bool is_fine_word(const JsonNode& given) const {
    if (!given.is(Kind::string) || given.text.empty()) return false;
    const std::string words = " " + std::string(entry_.also_fine) + " ";
    return words.find(" " + given.text + " ") != std::string::npos;
  }

  std::string what_would_do(const JsonNode* usual) const {
    std::string text = "write " + (usual == nullptr ? "null" : shown(*usual));
    const auto word = entry_.also_fine.substr(0, entry_.also_fine.find(' '));
    return word.empty() ? text : text + " or " + shown(word);
  }

  const NotYet& entry_;
  Problems& problems_;
};

}  // namespace

std::span<const NotYet> not_yet() {
  return table;
}

void check_not_yet(const std::string& file,
                   const JsonNode& document,
                   const JsonNode& defaults,
                   Problems& problems) {
  for (const auto& entry : table) {
    if (entry.file != file) continue;
    Comparison(entry, problems).follow(entry.pointer, document, &defaults, "");
  }
}

}  // namespace greyhound::config
