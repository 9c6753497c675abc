#include "smtp_client/content/mime_walk.hpp"

#include <algorithm>
#include <utility>

#include "mail/address.hpp"
#include "mail/utf8.hpp"
#include "smtp_client/content/content_type.hpp"

namespace greyhound::smtp {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_blanks_behind(std::string_view text) {
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

// Name of the field that begins with `line`, lower case; empty: it begins none. With a blank before
// the colon, as RFC 822 had it, some readers see the body begin.
std::string field_name(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  const auto name = line.substr(0, colon);
  const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c <= '~';
  });
  return is_name ? mail::lower_case(name) : std::string();
}

bool is_odd(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < ' ' && c != '\t') || c == '=' || byte >= 0x7f;
}

}  // namespace

bool MimeEntity::is_identity() const {
  return encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

MimeWalk::MimeWalk() {
  entities_.push_back({.is_message = true});
}

MimeWalk::Place MimeWalk::take(const Line& line) {
  if (!problem_.empty()) {
    note_bytes(line, place_);
    return place_;
  }
  is_encoding_field_ &= !line.is_start;  // a long line of it may go on
  if (take_delimiter(line)) return Place::delimiter;
  const auto place = place_ == Place::header ? take_header_line(line) : place_;
  note_bytes(line, place);
  of_line_ = current_;
  if (place == Place::header_end) end_header();
  return place;
}

void MimeWalk::finish() {
  if (place_ == Place::header) end_field();
  const auto is_open = [](const Level& level) { return !level.is_closed; };
  if (std::any_of(levels_.begin(), levels_.end(), is_open)) complain("a multipart has no end");
}

MimeWalk::Place MimeWalk::take_header_line(const Line& line) {
  if (!line.is_start) {
    complain("a header line is too long");
    return Place::header;
  }
  if (line.text.empty()) return Place::header_end;
  if (!is_blank(line.text.front())) {
    end_field();
    begin_field(line.text);
  } else if (field_.empty()) {
    complain("a header begins with a folded line");
  } else {
    field_ += line.text;
    if (field_.size() > max_field_bytes) complain("a header field is too long");
    field_.resize(std::min(field_.size(), max_field_bytes));
  }
  is_encoding_field_ = field_name(field_) == "content-transfer-encoding";
  return Place::header;
}

void MimeWalk::begin_field(std::string_view line) {
  if (field_name(line).empty()) complain("a header line is no field");
  field_ = line;
}

void MimeWalk::end_field() {
  const auto field = std::exchange(field_, {});
  const auto name = field_name(field);
  if (name.empty()) return;
  const auto value = std::string_view(field).substr(field.find(':') + 1);
  if (name == "content-type") {
    if (std::exchange(has_content_type_, true)) complain("Content-Type stands twice");
    take_content_type(value);
  } else if (name == "content-transfer-encoding") {
    if (std::exchange(has_encoding_, true)) complain("Content-Transfer-Encoding stands twice");
    const auto encoding = parse_token(value);
    if (!encoding) complain("Content-Transfer-Encoding cannot be read");
    here().encoding = encoding.value_or("");
  } else if (name == "mime-version") {
    if (std::exchange(has_version_, true)) complain("MIME-Version stands twice");
    here().declares_mime = parse_token(value) == "1.0";
  }
}

void MimeWalk::take_content_type(std::string_view value) {
  const auto content = parse_content_type(value);
  if (!content) return complain("Content-Type cannot be read");
  here().type = content->type;
  boundary_ = content->boundary;
}

// Without MIME-Version a message is plain text, whatever its other fields say.
void MimeWalk::end_header() {
  end_field();
  has_content_type_ = has_encoding_ = has_version_ = false;
  const auto boundary = std::exchange(boundary_, {});
  auto& entity = here();
  place_ = Place::body;
  if (entity.is_message && !entity.declares_mime) entity.type = "text/plain";
  const bool is_multipart = entity.type.starts_with("multipart/");
  if (!is_multipart && (entity.type != "message/rfc822" || !entity.is_identity())) return;
  if (!entity.is_identity()) return complain("a multipart is encoded as a whole");
  if (is_multipart) return open_multipart(boundary);
  add_entity(current_, true);
}

void MimeWalk::open_multipart(const std::string& boundary) {
  if (boundary.empty()) return complain("a multipart has no boundary");
  levels_.push_back({.boundary = boundary, .entity = current_});
  place_ = Place::between;
}

void MimeWalk::add_entity(std::size_t parent, bool is_message) {
  const auto& above = entities_[parent];
  const bool is_seal = above.type == "multipart/signed" || above.type == "multipart/encrypted";
  MimeEntity entity{
      .is_message = is_message, .is_sealed = above.is_sealed || is_seal, .depth = above.depth + 1};
  if (above.type == "multipart/digest") entity.type = "message/rfc822";
  if (entity.depth > max_depth) complain("it is nested too deep");
  if (entities_.size() == max_entities) complain("it has too many parts");
  place_ = Place::header;
  if (!problem_.empty()) return;
  entities_.push_back(std::move(entity));
  current_ = entities_.size() - 1;
}

// A delimiter of an outer multipart before the end of an inner one: readers disagree what that
// means. The same with a line that only begins like one.
bool MimeWalk::take_delimiter(const Line& line) {
  if (!line.is_start || !line.text.starts_with("--")) return false;
  for (auto i = levels_.size(); i-- > 0;) {
    const auto found = match(levels_[i], line);
    if (found == Delimiter::none) continue;
    while (levels_.size() > i + 1) {
      if (!levels_.back().is_closed) complain("a multipart has no end");
      levels_.pop_back();
    }
    if (place_ == Place::header) end_field();
    has_content_type_ = has_encoding_ = has_version_ = false;
    boundary_.clear();
    auto& level = levels_.back();
    level.is_closed = found == Delimiter::close;
    current_ = level.entity;
    place_ = Place::between;
    if (!level.is_closed) add_entity(level.entity, false);
    return true;
  }
  return false;
}

MimeWalk::Delimiter MimeWalk::match(const Level& level, const Line& line) {
  const auto& boundary = level.boundary;
  if (level.is_closed || line.text.substr(2, boundary.size()) != boundary) return Delimiter::none;
  auto rest = line.text.substr(2 + boundary.size());
  const bool is_close = rest.starts_with("--");
  if (is_close) rest.remove_prefix(2);
  const bool is_exact = without_blanks_behind(rest).empty() && line.is_end;
  if (is_exact) return is_close ? Delimiter::close : Delimiter::next;
  const bool is_of_other = std::any_of(levels_.begin(), levels_.end(), [&](const Level& other) {
    return other.boundary.size() > boundary.size() &&
           line.text.substr(2).starts_with(other.boundary);
  });
  if (!is_of_other) complain("a line could be taken for a boundary");
  return Delimiter::none;
}

void MimeWalk::note_bytes(const Line& line, Place place) {
  auto& entity = here();
  const bool has_eight_bit = !mail::is_ascii(line.text);
  if (place == Place::body) {
    entity.has_eight_bit |= has_eight_bit;
    entity.body_bytes += line.text.size();
    const auto odd = std::count_if(line.text.begin(), line.text.end(), is_odd);
    entity.odd_bytes += static_cast<std::uint64_t>(odd);
  } else if (has_eight_bit) {
    entity.has_eight_bit = true;
    complain(place == Place::between ? "8-bit text stands between the parts"
                                     : "a header holds 8-bit text");
  }
}

void MimeWalk::complain(std::string_view about) {
  if (problem_.empty()) problem_ = about;
}

}  // namespace greyhound::smtp
