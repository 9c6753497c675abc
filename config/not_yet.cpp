#include "config/not_yet.hpp"

#include <array>

namespace greyhound::config {
namespace {

using Kind = JsonNode::Kind;

constexpr std::array<NotYet, 1> table{{
    {"greyhound.json", "/control/http"},
}};

// Where the shipped file has nothing, null or leaving it out is the default.
bool is_usual(const JsonNode& given, const JsonNode* usual) {
  return usual == nullptr ? given.is(Kind::null) : is_same_value(given, *usual);
}

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
    const auto* const next = given.find(step);
    if (next == nullptr) return;
    follow(
        rest, *next, usual == nullptr ? nullptr : usual->find(step), child_pointer(pointer, step));
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
    if (is_usual(given, usual)) return;
    problems_.push_back({Problem::Severity::note,
                         std::string(entry_.file),
                         given.line,
                         pointer,
                         "has no effect in this version",
                         ""});
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
