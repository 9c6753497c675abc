#include "mail/reply.hpp"

namespace greyhound::mail {
namespace {

// The status at the front of a line, if it stands alone there and fits the code's class.
std::optional<EnhancedStatus> leading_status(int code, std::string_view line) {
  const auto status = EnhancedStatus::parse(line.substr(0, line.find(' ')));
  if (!status || static_cast<int>(status->status_class()) != code / 100) return std::nullopt;
  return status;
}

}  // namespace

std::string Reply::text() const {
  std::string joined;
  for (const auto& line : lines) {
    if (!joined.empty() && !line.empty()) joined += ' ';
    joined += line;
  }
  return joined;
}

std::string Reply::to_string() const {
  std::string out = std::to_string(code);
  if (status) out += " " + status->to_string();
  if (const auto words = text(); !words.empty()) out += " " + words;
  return out;
}

std::string Reply::to_lines() const {
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += '\n';
    out += std::to_string(code);
    out += i + 1 < lines.size() ? '-' : ' ';
    if (status) out += status->to_string() + " ";
    out += lines[i];
  }
  return out;
}

Reply make_reply(int code, std::vector<std::string> texts) {
  Reply reply{.code = code, .status = {}, .lines = std::move(texts)};
  if (reply.lines.empty()) reply.lines.emplace_back();
  reply.status = leading_status(code, reply.lines.front());
  if (!reply.status) return reply;
  const auto prefix = reply.status->to_string();
  for (auto& line : reply.lines) {
    if (!line.starts_with(prefix)) continue;
    const bool stands_alone = line.size() == prefix.size() || line[prefix.size()] == ' ';
    if (stands_alone) line.erase(0, std::min(line.size(), prefix.size() + 1));
  }
  return reply;
}

}  // namespace greyhound::mail
