#include "unit/queue/promise_book.hpp"

#include <algorithm>
#include <sstream>

#include "runtime/must.hpp"

namespace greyhound::queue {
namespace {

using Place = std::pair<Family, std::string>;

struct Possible {
  PromiseBook::Operation operation;
  std::optional<std::string> value;
};

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "=";  // so that no bytes are a word, too
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string unhex(std::string_view text) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 1; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(value(text[i]) * 16 + value(text[i + 1]));
  }
  return bytes;
}

std::string shown(const std::optional<std::string>& value) {
  if (!value) return "absent";
  return std::to_string(value->size()) + " bytes " + hex(value->substr(0, 24));
}

}  // namespace

PromiseBook::Operation PromiseBook::begin(std::vector<RecordChange> changes) {
  const auto operation = next_++;
  if (on_line_) {
    for (const auto& change : changes) {
      on_line_("try " + std::to_string(operation) + " " +
               std::to_string(static_cast<unsigned>(change.family)) + " " + hex(change.key) + " " +
               (change.value ? hex(*change.value) : "-"));
    }
  }
  add({operation, std::nullopt, std::move(changes)});
  return operation;
}

void PromiseBook::promise(Operation operation, Outlived outlives) {
  if (on_line_) {
    on_line_("kept " + std::to_string(operation) + " " +
             std::to_string(static_cast<unsigned>(outlives)));
  }
  add({operation, outlives, {}});
}

void PromiseBook::add(Event event) {
  if (!event.promise) attempts_.try_emplace(event.operation, events_.size());
  events_.push_back(std::move(event));
  size_ = events_.size();
}

void PromiseBook::on_line(std::function<void(const std::string&)> listener) {
  on_line_ = std::move(listener);
}

bool PromiseBook::read_line(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  Operation operation = 0;
  unsigned number = 0;
  words >> what >> operation >> number;
  if (what == "kept") {
    add({operation, static_cast<Outlived>(number), {}});
    return true;
  }
  if (what != "try") return false;
  std::string key;
  std::string value;
  words >> key >> value;
  RecordChange change{static_cast<Family>(number), unhex(key), std::nullopt};
  if (value != "-") change.value = unhex(value);
  if (!events_.empty() && !events_.back().promise && events_.back().operation == operation) {
    events_.back().changes.push_back(std::move(change));
  } else {
    add({operation, std::nullopt, {std::move(change)}});
  }
  return true;
}

std::vector<std::string> PromiseBook::broken(const RocksDatabase& database,
                                             Reach reach,
                                             Outlived outlived) const {
  std::map<Place, std::vector<Possible>> places;
  for (std::size_t i = 0; i < std::min(reach.attempts, events_.size()); ++i) {
    const auto& event = events_[i];
    for (const auto& change : event.changes) {
      auto& possible = places[{change.family, change.key}];
      if (possible.empty()) possible.push_back({SIZE_MAX, std::nullopt});
      possible.push_back({event.operation, change.value});
    }
    if (!event.promise || i >= reach.promises) continue;
    if (outlived == Outlived::power && *event.promise != Outlived::power) continue;
    for (const auto& change : events_[attempts_.at(event.operation)].changes) {
      auto& possible = places[{change.family, change.key}];
      const auto promised =
          std::find_if(possible.begin(), possible.end(), [&event](const Possible& one) {
            return one.operation == event.operation;
          });
      possible.erase(possible.begin(), promised);
    }
  }
  std::vector<std::string> problems;
  for (const auto& [place, possible] : places) {
    const auto& [family, key] = place;
    const auto found = database.get(family, key);
    if (!found && found.error().fault != Fault::not_found) {
      problems.push_back(std::string(to_string(family)) + " " + hex(key) + ": " +
                         found.error().what);
      continue;
    }
    const auto value = found ? std::optional(*found) : std::nullopt;
    if (std::any_of(possible.begin(), possible.end(), [&value](const Possible& one) {
          return one.value == value;
        })) {
      continue;
    }
    problems.push_back(std::string(to_string(family)) + " " + hex(key) + " is " + shown(value) +
                       ", must be " + shown(possible.front().value) + " or one of " +
                       std::to_string(possible.size() - 1) + " more");
  }
  return problems;
}

MessageId PromiseBook::highest_promised(Reach reach) const {
  MessageId highest(0);
  for (std::size_t i = 0; i < std::min(reach.promises, events_.size()); ++i) {
    if (events_[i].promise != Outlived::power) continue;
    for (const auto& change : events_[attempts_.at(events_[i].operation)].changes) {
      if (change.family != Family::messages) continue;
      if (const auto id = parse_message_key(change.key)) highest = std::max(highest, *id);
    }
  }
  return highest;
}

}  // namespace greyhound::queue
