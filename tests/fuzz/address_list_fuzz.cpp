// A To, Cc or Bcc field as `sendmail -t` reads it: mailboxes_in over any bytes.
#include <cstdint>
#include <string_view>

#include "cli/address_list.hpp"
#include "mail/address.hpp"
#include "runtime/must.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const auto mailboxes = greyhound::cli::mailboxes_in(field);
  if (!mailboxes) return 0;
  for (const auto& mailbox : *mailboxes) {
    MUST(!mailbox.empty() && mailbox.size() <= size);
    // Alone it is read as itself.
    if (!greyhound::mail::Address::parse(mailbox)) continue;
    const auto again = greyhound::cli::mailboxes_in(mailbox);
    MUST(again.has_value() && *again == std::vector<std::string>{mailbox});
  }
  return 0;
}
