#include "smtp_client/sts/sts_policy.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "mail/address.hpp"
#include "smtp_client/sts/sts_syntax.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::size_t max_age_digits = 10;

Error bad(const std::string& what) {
  return {Fault::protocol, "MTA-STS policy: " + what};
}

bool is_mx_pattern(std::string_view value) {
  if (value.starts_with("*.")) value.remove_prefix(2);
  return mail::is_host_name(value);
}

std::optional<StsMode> to_mode(std::string_view value) {
  for (const auto mode : {StsMode::none, StsMode::testing, StsMode::enforce}) {
    if (value == to_string(mode)) return mode;
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> to_max_age(std::string_view value) {
  if (value.empty() || value.size() > max_age_digits) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || stop != value.data() + value.size() || seconds < 0)
    return std::nullopt;
  return std::min(std::chrono::seconds(seconds), StsPolicy::max_max_age);
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && byte != '\t') || byte == 0x7f;
  });
}

// Takes the fields one by one. Of a field that may come once only the first counts.
class PolicyReader {
 public:
  Result<> take_line(std::string_view line) {
    if (trim_blanks(line).empty()) return {};
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_sts_field_name(name)) {
      return bad("a line is not a field");
    }
    if (has_control_characters(line)) return bad("a line has control characters");
    return take_field(name, trim_blanks(line.substr(colon + 1)));
  }

  Result<StsPolicy> finish() {
    if (!has_version_) return bad("no version");
    if (!mode_) return bad("no mode");
    if (!max_age_) return bad("no max_age");
    // A domain that takes its policy back has no host to name.
    if (mx_.empty() && *mode_ != StsMode::none) return bad("no mx");
    return StsPolicy{.mode = *mode_, .mx = std::move(mx_), .max_age = *max_age_};
  }

 private:
  Result<> take_field(std::string_view name, std::string_view value) {
    if (name == "mx") return take_mx(value);
    if (name == "version" && !has_version_) {
      has_version_ = value == "STSv1";
      if (!has_version_) return bad("version is not STSv1");
    } else if (name == "mode" && !mode_) {
      mode_ = to_mode(value);
      if (!mode_) return bad("mode is neither enforce nor testing nor none");
    } else if (name == "max_age" && !max_age_) {
      max_age_ = to_max_age(value);
      if (!max_age_) return bad("max_age is not a number of seconds");
    }
    return {};
  }

  Result<> take_mx(std::string_view value) {
    if (!is_mx_pattern(value)) return bad("an mx is not the name of a host");
    if (mx_.size() >= StsPolicy::max_mx_patterns) {
      return bad("more than " + std::to_string(StsPolicy::max_mx_patterns) + " mx");
    }
    mx_.push_back(mail::lower_case(value));
    return {};
  }

  bool has_version_ = false;
  std::optional<StsMode> mode_;
  std::optional<std::chrono::seconds> max_age_;
  std::vector<std::string> mx_;
};

bool matches(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  const auto dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == pattern.substr(1);
}

}  // namespace

Result<StsPolicy> parse_sts_policy(std::string_view text) {
  if (text.size() > StsPolicy::max_policy_bytes) return bad("too long");
  PolicyReader reader;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const auto taken = reader.take_line(line); !taken) return taken.error();
  }
  return reader.finish();
}

std::string to_text(const StsPolicy& policy) {
  std::string text = "version: STSv1\nmode: " + std::string(to_string(policy.mode)) + "\n";
  for (const auto& pattern : policy.mx)
    text += "mx: " + pattern + "\n";
  return text + "max_age: " + std::to_string(policy.max_age.count()) + "\n";
}

bool permits(const StsPolicy& policy, std::string_view host) {
  return std::any_of(policy.mx.begin(), policy.mx.end(), [host](const std::string& pattern) {
    return matches(pattern, host);
  });
}

std::string_view to_string(StsMode mode) {
  switch (mode) {
    case StsMode::none:
      return "none";
    case StsMode::testing:
      return "testing";
    case StsMode::enforce:
      return "enforce";
  }
  return "?";
}

}  // namespace greyhound::smtp
