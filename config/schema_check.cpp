#include "config/schema_check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "config/format.hpp"
#include "config/schema_verdict.hpp"
#include "config/suggestion.hpp"
#include "mail/address.hpp"
#include "runtime/must.hpp"

namespace greyhound::config {
namespace {

using Kind = JsonNode::Kind;

std::string_view kind_name(std::string_view schema_type) {
  if (schema_type == "boolean") return to_string(Kind::boolean);
  if (schema_type == "integer") return to_string(Kind::integer);
  if (schema_type == "string") return to_string(Kind::string);
  if (schema_type == "array") return to_string(Kind::array);
  if (schema_type == "object") return to_string(Kind::object);
  return to_string(Kind::null);
}

std::vector<std::string> types_of(const JsonNode& schema) {
  const auto* type = schema.find("type");
  if (type == nullptr) return {};
  if (type->is(Kind::string)) return {type->text};
  std::vector<std::string> types;
  types.reserve(type->items.size());
  for (const auto& item : type->items)
    types.push_back(item.text);
  return types;
}

bool has_type(const std::vector<std::string>& types, const JsonNode& node) {
  return types.empty() || std::any_of(types.begin(), types.end(), [&node](const auto& type) {
           return kind_name(type) == to_string(node.kind);
         });
}

bool has_type(const JsonNode& schema, std::string_view type) {
  const auto types = types_of(schema);
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::string joined(const std::vector<std::string>& words, std::string_view last_separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? std::string(last_separator) : ", ";
    text += words[i];
  }
  return text;
}

// true for "yes", 2525 for "2525", [ x ] for x: what the value is in the type that was asked for.
std::string type_suggestion(const JsonNode& schema, const JsonNode& node) {
  const auto word = mail::lower_case(node.text);
  if (has_type(schema, "boolean") && node.is(Kind::string)) {
    if (word == "true" || word == "yes" || word == "on") return "write true";
    if (word == "false" || word == "no" || word == "off") return "write false";
  }
  const bool is_number = !word.empty() && word.size() < 10 &&
                         word.find_first_not_of("0123456789") == std::string::npos;
  if (has_type(schema, "integer") && node.is(Kind::string) && is_number) return "write " + word;
  if (has_type(schema, "string") && node.is(Kind::integer)) {
    JsonNode quoted;
    quoted.kind = Kind::string;
    quoted.text = std::to_string(node.integer);
    if (!check_format(schema, quoted)) return "write " + shown(quoted);
  }
  const bool is_scalar = !node.is(Kind::object) && !node.is(Kind::array) && !node.is(Kind::null);
  if (has_type(schema, "array") && is_scalar) return "write [ " + shown(node) + " ]";
  return suggest_for(schema, node);
}

Complaint wrong_type(const JsonNode& schema, const JsonNode& node) {
  std::vector<std::string> names;
  for (const auto& type : types_of(schema)) {
    const auto format = type == "string" ? format_must_be(schema) : std::string();
    names.push_back(format.empty() ? std::string(kind_name(type)) : format);
  }
  return {fmt::format("is {}, must be {}", shown(node), joined(names, " or ")),
          type_suggestion(schema, node)};
}

std::optional<Complaint> check_enum(const JsonNode& schema, const JsonNode& node) {
  const auto* allowed = schema.find("enum");
  if (allowed == nullptr) return std::nullopt;
  std::vector<std::string> words;
  std::vector<std::string> written;
  for (const auto& value : allowed->items) {
    if (is_same_value(value, node)) return std::nullopt;
    if (value.is(Kind::string)) words.push_back(value.text);
    written.push_back(shown(value));
  }
  const auto guess = node.is(Kind::string) ? nearest(node.text, words) : std::nullopt;
  return Complaint{fmt::format("is {}, must be one of {}", shown(node), joined(written, " or ")),
                   guess ? "did you mean " + shown(*guess) + "?" : ""};
}

std::optional<Complaint> check_bounds(const JsonNode& schema, const JsonNode& node) {
  if (!node.is(Kind::integer)) return std::nullopt;
  const auto* least = schema.find("minimum");
  const auto* most = schema.find("maximum");
  const bool is_below = least != nullptr && node.integer < least->integer;
  const bool is_above = most != nullptr && node.integer > most->integer;
  if (!is_below && !is_above) return std::nullopt;
  const auto bound = is_below ? least->integer : most->integer;
  const auto limit = fmt::format("{} {}", is_below ? "at least" : "at most", bound);
  return Complaint{fmt::format("is {}, must be {}", node.integer, limit),
                   fmt::format("write {}", bound)};
}

// minItems and minLength, maxItems and maxLength.
std::optional<Complaint> check_length(const JsonNode& schema, const JsonNode& node) {
  const bool is_list = node.is(Kind::array);
  if (!is_list && !node.is(Kind::string)) return std::nullopt;
  const auto length = static_cast<std::int64_t>(is_list ? node.items.size() : node.text.size());
  const auto* least = schema.find(is_list ? "minItems" : "minLength");
  const auto* most = schema.find(is_list ? "maxItems" : "maxLength");
  const auto unit = is_list ? "items" : "characters";
  if (least != nullptr && length < least->integer) {
    return Complaint{"is empty", suggest_for(schema, node)};
  }
  if (most != nullptr && length > most->integer) {
    return Complaint{fmt::format("has {} {}, at most {} are allowed", length, unit, most->integer),
                     ""};
  }
  return std::nullopt;
}

std::optional<Complaint> check_required(const JsonNode& schema, const JsonNode& node) {
  const auto* required = schema.find("required");
  if (required == nullptr || !node.is(Kind::object)) return std::nullopt;
  std::vector<std::string> missing;
  for (const auto& key : required->items) {
    if (node.find(key.text) == nullptr) missing.push_back(shown(key.text));
  }
  if (missing.empty()) return std::nullopt;
  return Complaint{"lacks " + joined(missing, " and "), "add " + joined(missing, " and ")};
}

// What the schema library found at this very place, told from the schema.
std::optional<Complaint> explain(const JsonNode& schema, const JsonNode& node) {
  const auto checks = {check_enum, check_bounds, check_length, check_required};
  for (const auto check : checks) {
    if (auto complaint = check(schema, node)) return complaint;
  }
  return std::nullopt;
}

class Walk {
 public:
  Walk(const std::string& file, const JsonNode& root, const JsonNode& document, Problems& problems)
      : file_(file), root_(root), verdict_(schema_verdict(root, document)), problems_(problems) {}

  // `described` may be a "$ref" with a description of its own beside it.
  void visit(const JsonNode& described, JsonNode& node, const std::string& pointer) {
    if (node.is_refused) return;  // told already
    const auto& schema = resolve(root_, &described);
    const auto found = verdict_.find(pointer);
    if (!has_type(types_of(schema), node)) {
      return refuse(node, pointer, wrong_type(schema, node));
    }
    if (const auto complaint = check_format(schema, node)) return refuse(node, pointer, *complaint);
    if (found != verdict_.end()) {
      if (const auto complaint = explain(schema, node)) refuse(node, pointer, *complaint);
    }
    visit_children(schema, node, pointer);
    if (found == verdict_.end() || node.has_refused()) return;
    refuse(node, pointer, not_as_described(schema, described, node));
  }

 private:
  void visit_children(const JsonNode& schema, JsonNode& node, const std::string& pointer) {
    const auto* items = schema.find("items");
    if (node.is(Kind::array) && items != nullptr) {
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        visit(*items, node.items[i], child_pointer(pointer, i));
      }
    }
    const auto* properties = schema.find("properties");
    if (!node.is(Kind::object) || properties == nullptr) return;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const auto& key = node.keys[i];
      const auto place = child_pointer(pointer, key.name);
      if (const auto* property = properties->find(key.name)) {
        visit(*property, node.items[i], place);
      } else {
        node.items[i].is_refused = true;
        report(
            key.line, place, {"is no key of " + owner_name(pointer), key_meant(*properties, key)});
      }
    }
  }

  std::string owner_name(const std::string& pointer) const {
    return pointer.empty() ? file_ : pointer;
  }

  std::string key_meant(const JsonNode& properties, const JsonNode::Key& key) const {
    std::vector<std::string> names;
    for (const auto& property : properties.keys) {
      if (!property.name.starts_with('$')) names.push_back(property.name);
    }
    if (const auto guess = nearest(key.name, names)) return "did you mean " + shown(*guess) + "?";
    for (auto& name : names)
      name = shown(name);
    return (names.size() == 1 ? "the only one is " : "the keys are ") + joined(names, " and ");
  }

  static Complaint not_as_described(const JsonNode& schema,
                                    const JsonNode& described,
                                    const JsonNode& node) {
    const auto* text = schema.find("description");
    if (text == nullptr) text = described.find("description");
    auto wanted = text == nullptr ? std::string("something else") : text->text;
    if (wanted.ends_with('.')) wanted.pop_back();
    return {fmt::format("is {}, which does not fit: {}", shown(node), wanted),
            suggest_for(schema, node)};
  }

  void refuse(JsonNode& node, const std::string& pointer, Complaint complaint) {
    node.is_refused = true;
    report(node.line, pointer, std::move(complaint));
  }

  void report(unsigned line, const std::string& pointer, Complaint complaint) {
    problems_.push_back({Problem::Severity::error,
                         file_,
                         line,
                         pointer,
                         std::move(complaint.what),
                         std::move(complaint.suggestion)});
  }

  const std::string& file_;
  const JsonNode& root_;
  std::map<std::string, std::string> verdict_;
  Problems& problems_;
};

}  // namespace

const JsonNode& resolve(const JsonNode& root, const JsonNode* schema) {
  constexpr std::string_view prefix = "#/definitions/";
  const auto* reference = schema->find("$ref");
  if (reference == nullptr) return *schema;
  MUST(reference->text.starts_with(prefix));
  const auto* definitions = root.find("definitions");
  MUST(definitions != nullptr);
  const auto* target = definitions->find(std::string_view(reference->text).substr(prefix.size()));
  MUST(target != nullptr);
  return resolve(root, target);
}

void check_schema(const std::string& file,
                  const JsonNode& schema,
                  JsonNode& document,
                  Problems& problems) {
  Walk walk(file, schema, document, problems);
  walk.visit(schema, document, "");
}

}  // namespace greyhound::config
