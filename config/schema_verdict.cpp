// The only file that includes the schema library: it takes ten seconds to compile.
#include "config/schema_verdict.hpp"

#include <exception>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace greyhound::config {
namespace {

nlohmann::json to_json(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null:
      return nullptr;
    case JsonNode::Kind::boolean:
      return node.truth;
    case JsonNode::Kind::integer:
      return node.integer;
    case JsonNode::Kind::number:
      return 0.5;  // no schema of ours takes a fraction: its value does not matter
    case JsonNode::Kind::string:
      return node.text;
    case JsonNode::Kind::array: {
      auto list = nlohmann::json::array();
      for (const auto& item : node.items)
        list.push_back(to_json(item));
      return list;
    }
    case JsonNode::Kind::object: {
      auto object = nlohmann::json::object();
      for (std::size_t i = 0; i < node.keys.size(); ++i) {
        // The library reads "format" for lists as well, and knows none of ours (format.hpp does).
        const auto& key = node.keys[i].name;
        const bool is_format = key == "format" && node.items[i].is(JsonNode::Kind::string);
        if (!is_format) object[key] = to_json(node.items[i]);
      }
      return object;
    }
  }
  return nullptr;
}

// The library's path is "<root>", then each step in brackets.
std::string pointer_of(const valijson::ValidationResults::Error& error) {
  std::string pointer;
  for (std::size_t i = 1; i < error.context.size(); ++i) {
    const auto& step = error.context[i];
    pointer = child_pointer(pointer, std::string_view(step).substr(1, step.size() - 2));
  }
  return pointer;
}

}  // namespace

std::map<std::string, std::string> schema_verdict(const JsonNode& schema,
                                                  const JsonNode& document) {
  std::map<std::string, std::string> verdict;
  try {
    const auto schema_json = to_json(schema);
    const auto document_json = to_json(document);
    valijson::Schema parsed;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), parsed);
    valijson::Validator validator;
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter target(document_json);
    if (validator.validate(parsed, target, &results)) return verdict;
    for (const auto& error : results)
      verdict.try_emplace(pointer_of(error), error.description);
    verdict.try_emplace("", "does not fit its schema");
  } catch (const std::exception& error) {
    verdict.try_emplace("", error.what());
  }
  return verdict;
}

}  // namespace greyhound::config
