// What a domain says about its mail hosts over HTTPS: parse_sts_policy over the text.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/address.hpp"
#include "runtime/must.hpp"
#include "smtp_client/sts/sts_policy.hpp"

namespace greyhound::smtp {
namespace {

// Two words for the same line end.
std::string with_carriage_returns(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_bare = text[i] == '\n' && (i == 0 || text[i - 1] != '\r');
    if (is_bare) out += '\r';
    out += text[i];
  }
  return out;
}

void check_pattern(const std::string& pattern) {
  const StsPolicy policy{.mode = StsMode::enforce, .mx = {pattern}};
  const bool is_wildcard = pattern.starts_with("*.");
  const auto name = is_wildcard ? pattern.substr(2) : pattern;
  MUST(mail::is_host_name(name) && name == mail::lower_case(name));
  MUST(permits(policy, name) == !is_wildcard);
  MUST(permits(policy, "a." + name) == is_wildcard);
  MUST(!permits(policy, "." + name) && !permits(policy, "a.b." + name) && !permits(policy, ""));
}

void check_policy(const StsPolicy& policy) {
  MUST(policy.mx.size() <= StsPolicy::max_mx_patterns);
  MUST(policy.mode == StsMode::none || !policy.mx.empty());
  MUST(policy.max_age >= std::chrono::seconds(0) && policy.max_age <= StsPolicy::max_max_age);
  for (const auto& pattern : policy.mx)
    check_pattern(pattern);
  const auto again = parse_sts_policy(to_text(policy));
  MUST(again && *again == policy);
}

void check_text(std::string_view text) {
  const auto policy = parse_sts_policy(text);
  if (!policy) {
    const auto& why = policy.error();
    MUST(why.fault == Fault::protocol && why.what.starts_with("MTA-STS policy: "));
    return;
  }
  MUST(text.size() <= StsPolicy::max_policy_bytes);
  check_policy(*policy);

  // The last field may stand without a line end; a policy of tomorrow has fields of its own.
  const auto same = [&policy](const std::string& other) {
    const auto parsed = parse_sts_policy(other);
    MUST(other.size() > StsPolicy::max_policy_bytes || (parsed && *parsed == *policy));
  };
  same(with_carriage_returns(text));
  same("to-come: anything\n" + std::string(text));
  same(std::string(text) + "\nversion: STSv2\nmode: none\nmax_age: 1\n");
  MUST(!parse_sts_policy(std::string(text) + "\nno field"));
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::smtp::check_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
