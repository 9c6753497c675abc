// What DNS says about a domain's mail: decode_mx over the data of one record.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/address.hpp"
#include "runtime/must.hpp"
#include "smtp_client/dns/mx_rdata.hpp"

namespace greyhound::smtp {
namespace {

using Rdata = std::vector<std::uint8_t>;

// Back to labels (RFC 1035 section 3.1).
Rdata encode(const MxRecord& record) {
  Rdata rdata{static_cast<std::uint8_t>(record.preference >> 8),
              static_cast<std::uint8_t>(record.preference & 0xff)};
  std::string_view rest(record.exchange);
  while (!rest.empty()) {
    const auto label = rest.substr(0, rest.find('.'));
    MUST(!label.empty() && label.size() <= 63);
    rdata.push_back(static_cast<std::uint8_t>(label.size()));
    rdata.insert(rdata.end(), label.begin(), label.end());
    rest.remove_prefix(std::min(rest.size(), label.size() + 1));
  }
  rdata.push_back(0);
  return rdata;
}

std::string in_small_letters(std::span<const std::uint8_t> bytes) {
  return mail::lower_case(std::string(bytes.begin(), bytes.end()));
}

void check_record(std::span<const std::uint8_t> rdata) {
  const auto record = decode_mx(rdata);
  if (!record) return;
  const auto& name = record->exchange;
  MUST(name.size() <= 253 && !name.ends_with('.'));
  MUST(std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; }));
  MUST(name == mail::lower_case(name));
  MUST(in_small_letters(encode(*record)) == in_small_letters(rdata));

  for (std::size_t size = 0; size < rdata.size(); ++size)
    MUST(!decode_mx(rdata.first(size)));
  Rdata longer(rdata.begin(), rdata.end());
  longer.push_back(0);
  MUST(!decode_mx(longer));
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::smtp::check_record({data, size});
  return 0;
}
