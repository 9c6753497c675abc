#include "intake/header_scan.hpp"

#include <algorithm>

#include "mail/address.hpp"

namespace greyhound::intake {
namespace {

constexpr std::size_t max_name = 32;    // longer than any name looked for
constexpr std::size_t max_value = 998;  // one line, RFC 5322 section 2.1.1

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

// The first word: what stands before a blank, a comment or a parameter.
std::string first_word(std::string_view value) {
  value = trimmed(value);
  return mail::lower_case(value.substr(0, value.find_first_of(" \t;(")));
}

// Only what can be put into a References field of a notice as it is.
bool is_message_id(std::string_view text) {
  if (text.size() < 5 || text.size() >= max_value || text.front() != '<' || text.back() != '>') {
    return false;
  }
  const auto inner = text.substr(1, text.size() - 2);
  const auto is_plain = [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>'; };
  return std::all_of(inner.begin(), inner.end(), is_plain) && inner.find('@') != inner.npos;
}

// A first line that begins no field: the message has no header. The envelope line of a mailbox
// file, which some put in front of one, is passed over by everybody.
bool is_text(std::string_view line) {
  if (line.starts_with("From ") || line.starts_with(">From ")) return false;
  auto name = line.substr(0, line.find(':'));
  if (name.size() == line.size()) return line.size() < max_value;  // else it is not all of it
  while (!name.empty() && is_blank(name.back()))
    name.remove_suffix(1);
  return name.empty() ||
         !std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

void HeaderScan::feed(std::string_view bytes) {
  while (!bytes.empty() && part_ != Part::body) {
    bytes.remove_prefix(pass_over(bytes));
    if (bytes.empty()) return;
    take(bytes.front());
    bytes.remove_prefix(1);
  }
}

// What is left of a line at the front in which nothing is looked for, most of nearly every header;
// up to the first octet that is more than ASCII.
std::size_t HeaderScan::pass_over(std::string_view bytes) {
  const bool is_of_no_use =
      part_ == Part::skipped_line || (part_ == Part::value && field_ == Field::other);
  if (!is_of_no_use || line_start_ == 0) return 0;
  const auto is_for_take = [](char c) { return c == '\n' || static_cast<unsigned char>(c) > 0x7f; };
  const auto* const end = std::find_if(bytes.begin(), bytes.end(), is_for_take);
  const auto length = static_cast<std::size_t>(end - bytes.begin());
  if (length > 0) utf8_.take(bytes.front());  // the others of its kind say no more
  header_bytes_ += length;
  return length;
}

void HeaderScan::finish() {
  if (part_ == Part::body) return;
  end_field();
  part_ = Part::body;
  if (!fields_end_) fields_end_ = header_bytes_;
}

void HeaderScan::take(char c) {
  utf8_.take(c);
  ++header_bytes_;
  if (c == '\n') return end_line();
  if (c == '\r') return;
  if (line_start_ == 0 && first_line_.size() < max_value) first_line_ += c;
  switch (part_) {
    case Part::line_start:
      take_line_start(c);
      break;
    case Part::name:
      if (c == ':') {
        begin_value();
      } else if (name_.size() < max_name) {
        name_ += c;
      }
      break;
    case Part::value:
      if (field_ != Field::other && value_.size() < max_value) value_ += c;
      break;
    case Part::skipped_line:
    case Part::body:
      break;
  }
}

void HeaderScan::end_line() {
  if (part_ == Part::line_start) {
    if (!fields_end_) fields_end_ = line_start_;
    return finish();
  }
  if (line_start_ == 0 && is_text(first_line_)) {
    has_no_header_ = true;
    fields_end_ = 0;
    utf8_ = {};
    return finish();
  }
  if (part_ == Part::name) end_fields();
  line_start_ = header_bytes_;
  continued_ = part_ == Part::value ? Part::value : Part::skipped_line;
  part_ = Part::line_start;
}

// A line that is no field: careful readers take it, and all behind it, for text. The envelope line
// of a mailbox file stands in front.
void HeaderScan::end_fields() {
  if (!fields_end_ && line_start_ > 0) fields_end_ = line_start_;
}

void HeaderScan::take_line_start(char c) {
  if (is_blank(c)) {
    part_ = continued_;
    if (part_ == Part::value && value_.size() < max_value) value_ += ' ';
    return;
  }
  end_field();
  name_.assign(1, c);
  part_ = Part::name;
}

void HeaderScan::begin_value() {
  part_ = Part::value;
  value_.clear();
  const auto name = mail::lower_case(trimmed(name_));
  if (std::any_of(name.begin(), name.end(), is_blank)) end_fields();
  field_ = Field::other;
  if (name == "received") ++received_fields_;
  if (name == "list-id") is_bulk_ = true;
  if (name == "date") has_date_ = true;
  if (name == "message-id") {
    has_message_id_ = true;
    field_ = Field::message_id;
  }
  if (name == "precedence") field_ = Field::precedence;
  if (name == "auto-submitted") field_ = Field::auto_submitted;
  if (name == "tls-required") field_ = Field::tls_required;
}

void HeaderScan::end_field() {
  const auto word = first_word(value_);
  if (field_ == Field::precedence && (word == "bulk" || word == "list" || word == "junk")) {
    is_bulk_ = true;
  }
  if (field_ == Field::auto_submitted && !word.empty() && word != "no") is_bulk_ = true;
  if (field_ == Field::tls_required && word == "no") says_tls_not_required_ = true;
  if (field_ == Field::message_id && message_id_.empty()) {
    const auto id = trimmed(value_);
    if (is_message_id(id)) message_id_ = id;
  }
  field_ = Field::other;
  value_.clear();
}

}  // namespace greyhound::intake
