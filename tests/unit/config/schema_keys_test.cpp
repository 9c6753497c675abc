// Schemas, shipped files and loader name the same keys: none is promised and then forgotten.
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/embedded.hpp"
#include "config/format.hpp"
#include "config/json_document.hpp"
#include "config/not_yet.hpp"
#include "config/schema_check.hpp"
#include "unit/config/config_folder.hpp"
#include "unit/config/settings_text.hpp"

namespace greyhound::config {
namespace {

using Json = nlohmann::ordered_json;

struct Source {
  std::string_view defaults;
  std::string_view schema;
};

const std::map<std::string, Source> sources{
    {"greyhound.json", {greyhound_defaults, greyhound_schema}},
    {"retry.json", {retry_defaults, retry_schema}},
    {"notification.json", {notification_defaults, notification_schema}},
};

JsonNode tree(std::string_view text) {
  Problems problems;
  auto parsed = parse_document("x.json", text, problems);
  EXPECT_TRUE(parsed && problems.empty());
  return parsed.value_or(JsonNode{});
}

bool is_told_as_a_whole(const std::string& file, const std::string& pointer) {
  for (const auto& entry : not_yet()) {
    if (entry.file == file && entry.pointer == pointer) return true;
  }
  return false;
}

// Every place that a schema lets somebody set, '*' for an index; lists of scalars are one place.
void collect(const std::string& file,
             const JsonNode& root,
             const JsonNode& described,
             const std::string& pointer,
             std::set<std::string>& places) {
  const auto& schema = resolve(root, &described);
  const auto* properties = schema.find("properties");
  const auto* items = schema.find("items");
  const bool has_objects = items != nullptr && resolve(root, items).find("properties") != nullptr;
  const bool is_whole = is_told_as_a_whole(file, pointer) && properties == nullptr;
  if (properties != nullptr && !is_whole) {
    for (std::size_t i = 0; i < properties->keys.size(); ++i) {
      const auto& name = properties->keys[i].name;
      if (name == "$schema") continue;
      collect(file, root, properties->items[i], child_pointer(pointer, name), places);
    }
  } else if (has_objects && !is_whole) {
    collect(file, root, *items, child_pointer(pointer, "*"), places);
  } else {
    places.insert(pointer);
  }
}

std::set<std::string> places_of(const std::string& file) {
  std::set<std::string> places;
  const auto schema = tree(sources.at(file).schema);
  collect(file, schema, schema, "", places);
  return places;
}

std::string with_stars(const std::string& pointer) {
  std::string out;
  for (const char c : pointer)
    out += c >= '0' && c <= '9' && out.ends_with('/') ? '*' : c;
  return out;
}

// Of its own for the whole run; nobody else can read it.
std::string password_file(const std::string& name) {
  static ConfigFolder folder;
  const auto path = folder.with(name, "password " + name).path() / name;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path.string();
}

std::string folder_of_texts() {
  static ConfigFolder folder;
  return folder.with("en.json", R"({ "language": "en", "from_name": "Post" })").path().string();
}

struct Change {
  std::string file;
  std::string pointer;
  std::string value;  // JSON, valid and not the default
};

std::ostream& operator<<(std::ostream& out, const Change& change) {
  return out << change.file << change.pointer;
}

const std::vector<Change> changes{
    {"greyhound.json", "/hostname", R"("other.example")"},
    {"greyhound.json", "/domain", R"("other.example")"},
    {"greyhound.json", "/local/to", R"("admin@example.org")"},
    {"greyhound.json", "/state_dir", R"("/tmp/x")"},
    {"greyhound.json", "/control/socket", R"("/tmp/c.sock")"},
    {"greyhound.json", "/control/http", R"("127.0.0.1:8025")"},
    {"greyhound.json", "/intake/listeners/0/address", R"("::1")"},
    {"greyhound.json", "/intake/listeners/0/port", "2526"},
    {"greyhound.json", "/intake/listeners/1/unix", R"("/tmp/s.sock")"},
    {"greyhound.json", "/intake/listeners/1/mode", R"("0600")"},
    {"greyhound.json", "/intake/listeners/0/tls", R"("implicit")"},
    {"greyhound.json", "/intake/relay_from", R"(["10.0.0.0/8"])"},
    {"greyhound.json", "/intake/tls/certificate", '"' + password_file("other") + '"'},
    {"greyhound.json", "/intake/tls/key", '"' + password_file("other") + '"'},
    {"greyhound.json", "/intake/auth/password_file", '"' + password_file("other") + '"'},
    {"greyhound.json", "/intake/max_header", R"("2MiB")"},
    {"greyhound.json", "/intake/max_line", R"("2MiB")"},
    {"greyhound.json", "/intake/per_client/sessions", "7"},
    {"greyhound.json", "/intake/per_client/messages_per_minute", "7"},
    {"greyhound.json", "/intake/per_client/recipients_per_minute", "7"},
    {"greyhound.json", "/intake/bare_line_ends", R"("normalise")"},
    {"greyhound.json", "/intake/complete_headers", "false"},
    {"greyhound.json", "/intake/max_message", R"("1MiB")"},
    {"greyhound.json", "/intake/max_recipients", "7"},
    {"greyhound.json", "/intake/max_sessions", "7"},
    {"greyhound.json", "/queue/memory", R"("32MiB")"},
    {"greyhound.json", "/queue/reserve_disk", R"("4MiB")"},
    {"greyhound.json", "/queue/ledger/keep", R"("7d")"},
    {"greyhound.json", "/queue/ledger/max_size", R"("4MiB")"},
    {"greyhound.json", "/smtp/port", "2500"},
    {"greyhound.json", "/smtp/source_addresses", R"(["192.0.2.1"])"},
    {"greyhound.json", "/smtp/ip", R"("v6")"},
    {"greyhound.json", "/smtp/timeouts/connect", R"("7s")"},
    {"greyhound.json", "/smtp/timeouts/greeting", R"("7s")"},
    {"greyhound.json", "/smtp/timeouts/ehlo", R"("7s")"},
    {"greyhound.json", "/smtp/timeouts/mail", R"("7s")"},
    {"greyhound.json", "/smtp/timeouts/rcpt", R"("7s")"},
    {"greyhound.json", "/smtp/timeouts/data", R"("7s")"},
    {"greyhound.json", "/smtp/timeouts/block", R"("7s")"},
    {"greyhound.json", "/smtp/timeouts/final", R"("7s")"},
    {"greyhound.json", "/smtp/tls/level", R"("require")"},
    {"greyhound.json", "/smtp/tls/dane", "false"},
    {"greyhound.json", "/smtp/tls/mta_sts", "false"},
    {"greyhound.json", "/smtp/tls/ca_file", R"("/dev/null")"},
    {"greyhound.json", "/smtp/sessions/messages", "7"},
    {"greyhound.json", "/smtp/sessions/idle", R"("7s")"},
    {"greyhound.json", "/smtp/sessions/age", R"("7m")"},
    {"greyhound.json", "/smtp/at_once", "false"},
    {"greyhound.json", "/smtp/concurrency/per_site", "7"},
    {"greyhound.json", "/smtp/concurrency/total", "7"},
    {"greyhound.json", "/smtp/sites/0/match/domain", R"("b")"},
    {"greyhound.json", "/smtp/sites/0/per_site", "7"},
    {"greyhound.json", "/smtp/sites/0/per_minute", "7"},
    {"greyhound.json", "/smtp/sites/0/per_session", "7"},
    {"greyhound.json", "/smtp/sites/0/source_addresses", R"(["192.0.2.1"])"},
    {"greyhound.json", "/smtp/max_mx", "7"},
    {"greyhound.json", "/smtp/deny_targets", R"(["10.0.0.0/8"])"},
    {"greyhound.json", "/dns/servers", R"(["192.0.2.53"])"},
    {"greyhound.json", "/dns/dnssec", R"("off")"},
    {"greyhound.json", "/dns/trust_anchor", R"("/dev/null")"},
    {"greyhound.json", "/dns/timeout", R"("7s")"},
    {"greyhound.json", "/dns/self_test", R"("example.org")"},
    {"greyhound.json", "/routes/0/domain", R"("a.example")"},
    {"greyhound.json", "/routes/0/sender", R"("a@b.example")"},
    {"greyhound.json", "/routes/0/next_hops/0/host", R"("b.example")"},
    {"greyhound.json", "/routes/0/next_hops/0/port", "7"},
    {"greyhound.json", "/routes/0/next_hops/0/weight", "7"},
    {"greyhound.json", "/routes/0/source_addresses", R"(["192.0.2.1"])"},
    {"greyhound.json", "/routes/0/tls", R"("implicit")"},
    {"greyhound.json", "/routes/0/auth/user", R"("you")"},
    {"greyhound.json", "/routes/0/auth/password_file", '"' + password_file("of another") + '"'},
    {"greyhound.json", "/routes/0/auth/mechanisms", R"(["PLAIN"])"},
    {"greyhound.json", "/threads", "7"},
    {"retry.json", "/rules/0/name", R"("other")"},
    {"retry.json", "/rules/0/match/domain", R"("*")"},
    {"retry.json", "/rules/0/match/sender", R"("*")"},
    {"retry.json", "/rules/0/match/mx", R"("mx.example")"},
    {"retry.json", "/rules/0/match/class", R"("greylist")"},
    {"retry.json", "/rules/0/match/code", R"("451")"},
    {"retry.json", "/rules/0/match/text", R"("*later*")"},
    {"retry.json", "/rules/0/retry", R"(["7s"])"},
    {"retry.json", "/rules/0/greylist", R"(["7s"])"},
    {"retry.json", "/rules/0/jitter", R"("7%")"},
    {"retry.json", "/rules/0/adapt", "false"},
    {"retry.json", "/rules/0/lifetime", R"("7d")"},
    {"retry.json", "/rules/0/lifetime_null_sender", R"("7d")"},
    {"retry.json", "/rules/0/max_attempts", "7"},
    {"retry.json", "/rules/0/in_doubt/wait", R"("7s")"},
    {"retry.json", "/rules/0/in_doubt/then", R"("hold")"},
    {"retry.json", "/hints/obey", "false"},
    {"retry.json", "/hints/min", R"("7s")"},
    {"retry.json", "/hints/max", R"("7h")"},
    {"retry.json", "/hints/margin", R"("0s")"},
    {"retry.json", "/learning/enabled", "false"},
    {"retry.json", "/learning/forget_after", R"("7d")"},
    {"retry.json", "/signatures/enabled", "false"},
    {"retry.json", "/ramp/per_second", "7"},
    {"retry.json", "/ramp/per_site_per_second", "7"},
    {"retry.json", "/ramp/doubles_every", R"("7s")"},
    {"notification.json", "/delay/enabled", "false"},
    {"notification.json", "/delay/after_retry", "7"},
    {"notification.json", "/delay/not_before", R"("7s")"},
    {"notification.json", "/delay/grace", R"("7s")"},
    {"notification.json", "/delay/skip_bulk", "false"},
    {"notification.json", "/failure/enabled", "false"},
    {"notification.json", "/failure/return", R"("full")"},
    {"notification.json", "/failure/max_body", R"("7KiB")"},
    {"notification.json", "/success/enabled", "false"},
    {"notification.json", "/postmaster/address", R"("root")"},
    {"notification.json", "/postmaster/copy", R"(["delay"])"},
    {"notification.json", "/undeliverable/keep", R"("7d")"},
    {"notification.json", "/languages", R"(["de"])"},
    {"notification.json", "/templates", '"' + folder_of_texts() + '"'},
    {"notification.json", "/rules/0/match/sender", R"("b")"},
    {"notification.json", "/rules/0/match/domain", R"("b")"},
    {"notification.json", "/rules/0/match/class", R"("tls")"},
    {"notification.json", "/rules/0/delay/enabled", "false"},
    {"notification.json", "/rules/0/delay/after_retry", "7"},
    {"notification.json", "/rules/0/delay/not_before", R"("7s")"},
    {"notification.json", "/rules/0/delay/grace", R"("7s")"},
    {"notification.json", "/rules/0/delay/skip_bulk", "false"},
    {"notification.json", "/rules/0/failure/enabled", "false"},
    {"notification.json", "/rules/0/failure/return", R"("full")"},
    {"notification.json", "/rules/0/failure/max_body", R"("7KiB")"},
    {"notification.json", "/rules/0/success/enabled", "false"},
    {"notification.json", "/rules/0/languages", R"(["de"])"},
};

// The shipped file, with something in the lists that are empty there.
Json base_of(const std::string& file) {
  auto base = Json::parse(sources.at(file).defaults, nullptr, true, true);
  if (file == "notification.json") base["rules"] = Json::parse(R"([{"match": {"sender": "a"}}])");
  if (file != "greyhound.json") return base;
  base["routes"] = Json::parse(R"([{"next_hops": [{"host": "a.b"}], "tls": "verify",
                                    "auth": {"user": "me"}}])");
  base["routes"][0]["auth"]["password_file"] = password_file("mine");
  base["intake"]["tls"] = {{"certificate", password_file("mine")}, {"key", password_file("mine")}};
  base["intake"]["auth"] = {{"password_file", password_file("mine")}};
  base["smtp"]["sites"] = Json::parse(R"([{"match": {"domain": "a"}}])");
  return base;
}

TEST(SchemaKeys, AreAllInTheListOfThisTestAndNoOthers) {
  for (const auto& [file, source] : sources) {
    std::set<std::string> listed;
    for (const auto& change : changes) {
      if (change.file == file) listed.insert(with_stars(change.pointer));
    }

    EXPECT_EQ(listed, places_of(file)) << file;
  }
}

class EveryKey : public testing::TestWithParam<Change> {};

TEST_P(EveryKey, ChangesTheSettingsOrIsReportedAsNotInThisVersion) {
  const auto& change = GetParam();
  const auto base = base_of(change.file);
  auto changed = base;
  changed[Json::json_pointer(change.pointer)] = Json::parse(change.value);

  const auto before = load_text(change.file, base.dump());
  const auto after = load_text(change.file, changed.dump());

  EXPECT_EQ(all_of(before.problems), "");
  const bool has_effect = settings_text(before.settings) != settings_text(after.settings);
  bool is_reported = false;
  for (const auto& problem : after.problems) {
    is_reported |= problem.pointer.starts_with(change.pointer) &&
                   (problem.what.find("in this version") != std::string::npos ||
                    problem.what.find("this version cannot") != std::string::npos);
  }
  EXPECT_NE(has_effect, is_reported) << changed.dump(1) << all_of(after.problems);
}

std::string name_of(const testing::TestParamInfo<Change>& info) {
  std::string name = info.param.file.substr(0, info.param.file.find('.')) + info.param.pointer;
  for (char& c : name)
    c = c == '/' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(SchemaKeys, EveryKey, testing::ValuesIn(changes), name_of);

// The places that are no part of a list, and the value the schema has as default there.
void collect_defaults(const JsonNode& root,
                      const JsonNode& described,
                      const JsonNode& shipped,
                      const std::string& pointer,
                      std::size_t& compared) {
  const auto* own = described.find("default");
  if (own == nullptr) own = resolve(root, &described).find("default");
  if (own != nullptr) {
    EXPECT_TRUE(is_same_value(*own, shipped)) << pointer;
    ++compared;
  }
  const auto& schema = resolve(root, &described);
  const auto* properties = schema.find("properties");
  const bool is_left_out = shipped.is(JsonNode::Kind::null);
  if (properties == nullptr || is_left_out) return;
  for (std::size_t i = 0; i < properties->keys.size(); ++i) {
    const auto& name = properties->keys[i].name;
    if (name == "$schema") continue;
    const auto* value = shipped.find(name);
    const bool may_be_absent = pointer.ends_with("/match");
    EXPECT_TRUE(value != nullptr || may_be_absent) << pointer << "/" << name;
    if (value == nullptr) continue;
    collect_defaults(root, properties->items[i], *value, child_pointer(pointer, name), compared);
  }
}

TEST(SchemaKeys, HaveTheDefaultsOfTheShippedFilesAndStandInThem) {
  std::size_t compared = 0;
  for (const auto& [file, source] : sources) {
    const auto schema = tree(source.schema);
    const auto shipped = tree(source.defaults);
    collect_defaults(schema, schema, shipped, "", compared);
    if (file != "retry.json") continue;
    const auto& rule = resolve(schema, schema.find("properties")->find("rules")->find("items"));
    collect_defaults(schema, rule, shipped.find("rules")->items[0], "/rules/0", compared);
  }

  EXPECT_GT(compared, 70U);
}

void check_node(const JsonNode& node) {
  if (const auto* format = node.find("format"); format && format->is(JsonNode::Kind::string)) {
    EXPECT_TRUE(is_known_format(format->text)) << format->text;
  }
  for (const auto& item : node.items)
    check_node(item);
}

TEST(SchemaKeys, NameOnlyFormatsThatAreChecked) {
  for (const auto& [file, source] : sources)
    check_node(tree(source.schema));
}

TEST(SchemaKeys, HaveExamplesThatFitTheirFormat) {
  const auto check = [](const auto& self, const JsonNode& node) -> void {
    const auto* examples = node.find("examples");
    if (examples != nullptr && node.find("format") != nullptr) {
      for (const auto& example : examples->items) {
        const auto complaint = check_format(node, example);
        EXPECT_FALSE(complaint) << complaint->what;
      }
    }
    for (const auto& item : node.items)
      self(self, item);
  };

  for (const auto& [file, source] : sources)
    check(check, tree(source.schema));
}

}  // namespace
}  // namespace greyhound::config
