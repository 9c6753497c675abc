#include "cli/explanation_text.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/console.hpp"
#include "cli/delivery_text.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::cli {
namespace {

using Words = std::map<std::string_view, std::string_view>;

// A name that a newer agent gives is better than nothing.
std::string in_words(const Words& words, const std::string& name) {
  const auto found = words.find(name);
  return found == words.end() ? name : std::string(found->second);
}

bool is_true(const Json& object, std::string_view key) {
  const auto& value = member(object, key);
  return value.is_boolean() && value.get<bool>();
}

Duration duration_at(const Json& object, std::string_view key) {
  return parse_duration(text_at(object, key)).value_or(Duration::zero());
}

// "2 passes", "1 refusal"
std::string counted(const Json& object, std::string_view key, std::string one, std::string_view s) {
  const auto number = number_at(object, key);
  return number + " " + std::move(one) + std::string(number == "1" ? "" : s);
}

std::string wait_name(const Json& delivery) {
  return "wait " + number_at(delivery, "position") + " of the " + text_at(delivery, "series") +
         " series";
}

std::string next_text(const Json& delivery, Instant now) {
  const auto state = text_at(delivery, "state");
  if (is_true(delivery, "held")) return "none while it is held";
  if (state == "active") return "under way";
  if (state == "undeliverable") {
    return "none: it failed and is from <>, so that nobody is told; queue retry tries it again";
  }
  const auto retry = number_at(delivery, "attempts");
  return instant_text(delivery, "next", now) + ": " +
         (retry == "0" ? "the first" : "retry " + retry);
}

std::string mover_text(const Json& delivery) {
  const auto by = text_at(delivery, "moved_by");
  if (by == "operator") return "by an operator";
  if (by == "woken") return "forward: other mail with its key got through";
  if (by == "stood_back") return "back: other mail with its key asks for it";
  if (number_at(delivery, "uncounted") == "0") return "by an operator";
  const auto spoilt = counted(delivery, "uncounted", "attempt", "s") + " that we could not make";
  return "by " + spoilt + (by == "ourselves" ? "" : ", or by an operator");
}

// Why the due is not what its terms give.
std::string moved_text(const Json& delivery, Instant now) {
  if (text_at(delivery, "reason") != "moved") return "";
  const auto due = instant_text(member(delivery, "sum"), "due", now);
  return mover_text(delivery) + (due.empty() ? "" : "; its terms give " + due);
}

std::string hint_text(const Json& delivery) {
  const auto& hint = member(delivery, "hint");
  const auto stated = text_at(hint, "stated");
  if (stated.empty()) return "";
  const auto use = text_at(hint, "use");
  auto text = "states a wait of " + stated;
  if (use == "obeyed") return text;
  if (use == "disbelieved") {
    return text + ", not believed before " + text_at(delivery, "disbelieved_until") +
           ": others here did not come true";
  }
  return text + in_words({{"turned_off", ", which the settings say not to obey"},
                          {"did_not_come_true", ", which has not come true"}},
                         use);
}

std::string reading_text(const Json& delivery) {
  auto text = text_at(delivery, "class");
  std::string names;
  for (const auto& name : member(delivery, "signature")) {
    if (name.is_string()) names += (names.empty() ? "" : " or ") + name.get<std::string>();
  }
  if (!names.empty()) text += ", as " + names + " does it";
  const auto hint = hint_text(delivery);
  return hint.empty() ? text : text + ", " + hint;
}

std::string source_text(const Json& delivery) {
  const auto& sum = member(delivery, "sum");
  const auto source = text_at(sum, "source");
  if (source == "series") return wait_name(delivery);
  if (source == "signature") return "the window of " + text_at(sum, "signature");
  return in_words({{"stated", "as the reply states"},
                   {"learned", "as learned from other mail to this site"},
                   {"known_end", "to where others got through"},
                   {"third_contact", "once more: the last call only opened the door"},
                   {"own_clock", "what was left when it was woken for nothing"}},
                  source);
}

// One step of the sum: what it comes to, and why.
void add_step(std::string& out, const std::string& amount, const std::string& why) {
  constexpr std::size_t column = 22;
  out += "    " + amount;
  if (!why.empty()) {
    out.append(amount.size() < column ? column - amount.size() : 1, ' ');
    out += printable(why);
  }
  out += '\n';
}

void add_limits(std::string& out, const Json& sum) {
  const auto wait = duration_at(sum, "wait") + duration_at(sum, "margin");
  const auto least = text_at(sum, "least");
  const auto most = text_at(sum, "most");
  const bool is_raised = !least.empty() && duration_at(sum, "least") > wait;
  const bool is_lowered = !most.empty() && duration_at(sum, "most") < wait;
  if (is_raised) add_step(out, "= " + least, "not less");
  if (is_lowered) add_step(out, "= " + most, "not more, or the greylister may forget us");
}

// "jitter: 0.412 of at most 3s"
std::string jitter_text(const Json& sum) {
  const auto& dice = member(sum, "jitter_dice");
  const auto share = dice.is_number() ? fmt::format("{:.3f} of ", dice.get<double>()) : "";
  return "jitter: " + share + "at most " + text_at(sum, "jitter_most");
}

void add_sum(std::string& out, const Json& delivery) {
  const auto& sum = member(delivery, "sum");
  if (!sum.is_object()) return;
  using std::chrono::milliseconds;
  const auto jitter = std::chrono::floor<milliseconds>(duration_at(sum, "jitter"));
  out += "  the sum\n";
  add_step(out, text_at(sum, "ended"), "attempt " + number_at(delivery, "attempts") + " ended");
  add_step(out, "+ " + text_at(sum, "wait"), source_text(delivery));
  if (text_at(sum, "margin") != "0s") add_step(out, "+ " + text_at(sum, "margin"), "margin");
  add_limits(out, sum);
  if (text_at(sum, "jitter_most") != "0s") {
    add_step(out, "+ " + to_text(jitter), jitter_text(sum));
  }
  const auto in_doubt = text_at(sum, "in_doubt_wait");
  if (!in_doubt.empty()) add_step(out, "or + " + in_doubt, "if that is more: it is in doubt");
  const bool is_last = text_at(sum, "due") == text_at(delivery, "expires");
  add_step(out, "= " + text_at(sum, "due"), is_last ? "the end of its life" : "");
}

void add_reasons(std::string& out, const Json& delivery, Instant now) {
  const auto& reply = member(delivery, "reply");
  out += "\nwhy then\n";
  if (text_at(delivery, "reason") == "first_attempt") {
    out += "  it is new\n";
    return;
  }
  add_line(out, "  ", "moved", moved_text(delivery, now));
  if (reply.is_object()) {
    const auto host = text_at(reply, "host");
    add_line(out, "  ", "reply", text_at(reply, "text"));
    add_line(out,
             "  ",
             "given",
             (host.empty() ? "" : "by " + host + " ") + "at " + text_at(reply, "stage") + ", " +
                 instant_text(reply, "at", now) + ", to <" + text_at(reply, "recipient") + ">");
    add_line(out, "  ", "read as", reading_text(delivery));
  }
  const auto rule = text_at(delivery, "rule");
  if (!rule.empty()) add_line(out, "  ", "rule", rule + ", " + wait_name(delivery));
  if (is_true(delivery, "in_doubt")) {
    add_line(out, "  ", "in doubt", "it was sent whole and no reply was read: it may be there");
  }
  add_sum(out, delivery);
}

void add_greylister(std::string& out, const Json& delivery, Instant now) {
  const auto& site = member(delivery, "site");
  const auto source = text_at(delivery, "source");
  const auto host = text_at(delivery, "host");
  if (!site.is_object() && source.empty() && host.empty()) return;
  out += "\nwhere\n";
  add_line(out, "  ", "site", text_at(site, "site"));
  const auto above = text_at(site, "latest_refusal");
  const auto upto = text_at(site, "earliest_pass");
  std::string window;
  if (!above.empty() && above != "0s") window = "longer than " + above;
  if (!upto.empty()) window += (window.empty() ? "" : ", ") + ("at most " + upto);
  if (!window.empty()) {
    add_line(out,
             "  ",
             "window",
             window + ": " + counted(site, "passes", "pass", "es") + ", " +
                 counted(site, "refusals", "refusal", "s") + " after the first");
  }
  add_line(out, "  ", "called from", source);
  add_line(out, "  ", "first called", host);
  add_line(out, "  ", "greylisted", instant_text(delivery, "greylisted", now));
  add_line(out, "  ", "forgotten", instant_text(delivery, "pending_until", now));
}

std::string notice_text(const Json& delivery, Instant now) {
  const auto& notice = member(delivery, "delay_notice");
  const auto state = text_at(notice, "state");
  const auto at = instant_text(notice, "at", now);
  if (state == "sent") return "sent " + at;
  if (state == "will_be_sent") {
    const auto retry = "will be sent if retry " + number_at(notice, "retry") + " fails";
    return at.empty() ? retry : retry + ", " + at;
  }
  return in_words({{"turned_off", "none: turned off in notification.json"},
                   {"null_sender", "none: the sender is <>"},
                   {"of_a_notice", "none: it is a notice itself"},
                   {"bulk", "none: bulk mail (delay.skip_bulk)"},
                   {"unwanted", "none: NOTIFY asks for none"},
                   {"ends_before", "none: it ends before one is due"}},
                  state);
}

void add_course(std::string& out, const Json& delivery, Instant now) {
  const auto& coming = member(delivery, "coming");
  if (coming.is_array() && coming.size() > 1) {
    out += "\nif every attempt fails as the last one did\n";
    for (const auto& one : coming) {
      const auto key = "retry " + number_at(one, "retry");
      add_line(out, "  ", key, instant_text(one, "at", now));
    }
  }
  out += "\n";
  add_line(out, "", "delay notice", notice_text(delivery, now));
  const auto& end = member(delivery, "end");
  const auto ending = text_at(end, "ending");
  if (!ending.empty() && ending != "expired") {
    const auto how =
        in_words({{"undeliverable", "is kept as undeliverable, as it is from <>"},
                  {"too_many_attempts", "fails, after the most attempts (max_attempts)"},
                  {"held", "is held, as in_doubt.then says"},
                  {"assumed_delivered", "is taken for delivered (in_doubt.then)"}},
                 ending);
    add_line(out, "", "then", how + ": " + instant_text(end, "at", now));
  }
  add_line(out, "", "expires", instant_text(delivery, "expires", now));
}

}  // namespace

std::string explanation_text(const Json& explanation, Instant now) {
  std::string out;
  add_line(out, "", "delivery", text_at(explanation, "delivery"));
  add_line(out, "", "to", text_at(explanation, "domain"));
  add_line(out, "", "state", text_at(explanation, "state"));
  add_line(out, "", "next attempt", next_text(explanation, now));
  add_reasons(out, explanation, now);
  add_greylister(out, explanation, now);
  add_course(out, explanation, now);
  return out;
}

}  // namespace greyhound::cli
