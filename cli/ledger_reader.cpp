#include "cli/ledger_reader.hpp"

#include <istream>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/delivery_text.hpp"

namespace greyhound::cli {
namespace {

using mail::Stage;

// What is wrong with a line, kept at the first thing.
class Line {
 public:
  Line(const Json& object, std::string& why) : object_(object), why_(why) {}

  std::string text(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) return {};
    if (!found->is_string()) return wrong(key, "a text"), std::string();
    return found->get<std::string>();
  }
  Instant instant(const char* key) {
    const auto instant = parse_instant(text(key));
    if (!instant) wrong(key, "an instant such as 2026-03-01T12:00:00Z");
    return instant.value_or(Instant());
  }
  std::optional<Instant> instant_or_none(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) return std::nullopt;
    return instant(key);
  }
  template <class Number>
  Number number(const char* key) {
    const auto found = object_.find(key);
    const bool is_number = found != object_.end() && found->is_number_unsigned() &&
                           found->get<std::uint64_t>() <= std::numeric_limits<Number>::max();
    if (!is_number) return wrong(key, "a whole number"), Number();
    return found->get<Number>();
  }
  bool truth(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_boolean()) return found->get<bool>();
    return wrong(key, "true or false"), false;
  }
  Stage stage(const char* key) {
    const auto stage = mail::stage_named(text(key));
    if (stage) return *stage;
    return wrong(key, "a step of the dialogue such as rcpt"), Stage::local;
  }
  void wrong(const char* key, const char* expected) {
    if (why_.empty()) why_ = fmt::format("\"{}\" must be {}", key, expected);
  }

 private:
  const Json& object_;
  std::string& why_;
};

// The next line of a stream, without its end.
class LineReader {
 public:
  explicit LineReader(std::istream& in) : in_(in), buffer_(max_line_bytes + 1) {}

  bool has_more() { return in_.peek() != std::istream::traits_type::eof(); }
  // None: it is longer than a line may be.
  std::optional<std::string_view> next() {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    if (in_.fail()) return std::nullopt;
    const auto taken = static_cast<std::size_t>(in_.gcount());
    return std::string_view(buffer_.data(), in_.eof() ? taken : taken - 1);
  }

 private:
  std::istream& in_;
  std::vector<char> buffer_;
};

}  // namespace

std::optional<queue::LedgerLine> parse_ledger_line(std::string_view text, std::string& why) {
  const auto object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    why = "is not a JSON object";
    return std::nullopt;
  }
  why.clear();
  Line line(object, why);
  const auto id = queue::DeliveryId::parse(line.text("delivery"));
  if (!id) line.wrong("delivery", "the id of one");
  queue::LedgerLine result{
      .position = {line.instant("at"), id.value_or(queue::DeliveryId{queue::MessageId(1), 1})}};
  result.started = line.instant("started");
  result.domain = line.text("domain");
  result.site = line.text("site");
  result.host = line.text("host");
  result.source = line.text("source");
  result.is_counted = line.truth("counted");
  result.counts = {.delivered = line.number<std::uint16_t>("delivered"),
                   .deferred = line.number<std::uint16_t>("deferred"),
                   .refused = line.number<std::uint16_t>("refused"),
                   .unknown = line.number<std::uint16_t>("in_doubt")};
  result.stage = line.stage("stage");
  result.reply = line.text("reply");
  result.attempts = line.number<std::uint32_t>("attempts");
  result.due = line.instant_or_none("next");
  if (!why.empty()) return std::nullopt;
  return result;
}

config::Problems read_ledger(std::istream& in,
                             const std::string& file,
                             scheduler::History& history) {
  unsigned number = 0;
  std::string why;
  const auto wrong = [&](std::string what, std::string suggestion) -> config::Problems {
    return {{config::Problem::Severity::error,
             file,
             number,
             "",
             std::move(what),
             std::move(suggestion)}};
  };
  LineReader lines(in);
  while (lines.has_more()) {
    ++number;
    const auto text = lines.next();
    if (in.bad()) break;
    if (!text) return wrong(fmt::format("is longer than {} bytes", max_line_bytes), "");
    if (text->find_first_not_of(" \t\r") == text->npos) continue;
    const auto line = parse_ledger_line(*text, why);
    if (!line) return wrong(why, "give what `greyhound ledger --json` prints");
    if (!history.add(*line)) {
      return wrong(fmt::format("more than {} attempts of mail that was tried again",
                               scheduler::History::max_attempts),
                   "give a part of it: `greyhound ledger --json --since`, or `--site`");
    }
  }
  if (in.bad()) return wrong("could not be read to its end", "");
  return {};
}

}  // namespace greyhound::cli
