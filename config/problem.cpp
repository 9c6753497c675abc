#include "config/problem.hpp"

namespace greyhound::config {

std::string_view to_string(Problem::Severity severity) {
  switch (severity) {
    case Problem::Severity::error:
      return "error";
    case Problem::Severity::warning:
      return "warning";
    case Problem::Severity::note:
      return "note";
  }
  return "error";
}

std::string Problem::to_string() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  text.append(": ").append(config::to_string(severity)).append(": ");
  if (!pointer.empty()) text += pointer + ": ";
  text += what;
  if (!suggestion.empty()) text += "; " + suggestion;
  return text;
}

}  // namespace greyhound::config
