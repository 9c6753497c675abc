#include "agent/reply_reading.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/replies_json.hpp"
#include "mail/classification.hpp"
#include "scheduler/greylist/stated_wait.hpp"

namespace greyhound::agent {
namespace {

using mail::Stage;

constexpr std::size_t field_count = 4;
using Fields = std::array<std::string_view, field_count>;

// The last field is the rest of the line; nullopt: there are fewer.
std::optional<Fields> fields_of(std::string_view line) {
  Fields fields;
  for (std::size_t i = 0; i + 1 < field_count; ++i) {
    const auto tab = line.find('\t');
    if (tab == line.npos) return std::nullopt;
    fields[i] = line.substr(0, tab);
    line.remove_prefix(tab + 1);
  }
  fields.back() = line;
  return fields;
}

// 0 for "-".
std::optional<int> parse_code(std::string_view text) {
  if (text == "-") return 0;
  int code = 0;
  const auto* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.begin(), text.end(), code);
  if (error != std::errc{} || last != end || code < 200 || code > 599) return std::nullopt;
  return code;
}

std::optional<Stage> parse_stage(std::string_view text) {
  const auto stages = config::stages_named(text);
  return stages.empty() ? std::nullopt : std::optional(stages.back());
}

std::vector<std::string> lines_of(std::string_view text) {
  constexpr std::string_view line_end = "\\n";
  std::vector<std::string> lines;
  for (auto end = text.find(line_end); end != text.npos; end = text.find(line_end)) {
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + line_end.size());
  }
  lines.emplace_back(text);
  return lines;
}

}  // namespace

ReplyReading read_reply_line(std::string_view line,
                             const scheduler::RetrySettings& settings,
                             Instant now) {
  const auto fields = fields_of(line);
  if (!fields) return {.complaint = "has fewer than four fields"};
  const auto& [code_text, status_text, stage_text, text] = *fields;
  const auto code = parse_code(code_text);
  if (!code) return {.complaint = "does not begin with a reply code"};
  ReplyReading reading;
  mail::Reply reply{.code = *code, .status = {}, .lines = lines_of(text)};
  if (status_text != "-") {
    reply.status = mail::EnhancedStatus::parse(status_text);
    if (!reply.status) reading.complaint = "has an enhanced code that is none; left aside";
  } else if (*code != 0) {
    reply = mail::make_reply(*code, std::move(reply.lines));
  }
  const auto stage = parse_stage(stage_text);
  if (!stage && stage_text != "?") reading.complaint = "has a stage that is none; left aside";

  const mail::ReplyWords words(reply.lines);
  const mail::ReplyFacts facts{
      .code = reply.code, .status = reply.status, .stage = stage, .words = words};
  const auto found = mail::classify(facts, *settings.reply_rules);
  reading.reply_class = found.reply_class;
  if (found.rule != nullptr) {
    reading.is_suspected = found.may_be_greylisting && found.rule->suspects;
    reading.rule = found.rule->name;
  }
  if (const auto stated = scheduler::stated_wait(words, now)) {
    reading.hint_seconds = std::chrono::ceil<std::chrono::seconds>(stated->wait).count();
  }
  const auto& catalogue = *settings.catalogue;
  for (const auto position : catalogue.signatures().find(facts).greylisters)
    reading.signature.push_back(catalogue.greylisters()[position].id);
  return reading;
}

nlohmann::ordered_json reading_view(const ReplyReading& reading) {
  nlohmann::ordered_json view;
  view["class"] = mail::to_string(reading.reply_class);
  view["suspected_greylist"] = reading.is_suspected;
  view["hint_seconds"] = nullptr;
  if (reading.hint_seconds) view["hint_seconds"] = *reading.hint_seconds;
  view["signature"] = nullptr;
  std::string ids;
  for (const auto& id : reading.signature)
    ids += (ids.empty() ? "" : ",") + id;
  if (!ids.empty()) view["signature"] = ids;
  view["rule"] = nullptr;
  if (!reading.rule.empty()) view["rule"] = reading.rule;
  return view;
}

}  // namespace greyhound::agent
