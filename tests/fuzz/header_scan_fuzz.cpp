// The header of a message that comes in: HeaderScan over any bytes, cut anywhere.
#include <cstdint>
#include <string_view>

#include "intake/header_scan.hpp"
#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

HeaderScan scanned(std::string_view message, std::size_t piece) {
  HeaderScan scan;
  for (; !message.empty(); message.remove_prefix(std::min(piece, message.size())))
    scan.feed(message.substr(0, piece));
  scan.finish();
  return scan;
}

void check_message(std::string_view message) {
  const auto whole = scanned(message, message.size() + 1);
  const auto cut = scanned(message, 3);
  MUST(whole.fields_end().has_value() && *whole.fields_end() <= message.size());
  MUST(whole.fields_end() == cut.fields_end() && whole.header_bytes() == cut.header_bytes());
  MUST(whole.header_bytes() <= message.size());
  MUST(whole.received_fields() == cut.received_fields() && whole.is_bulk() == cut.is_bulk());
  MUST(whole.message_id() == cut.message_id() && whole.has_date() == cut.has_date());
  MUST(whole.has_message_id() || whole.message_id().empty());
  MUST(!whole.has_no_header() || *whole.fields_end() == 0);
  const auto id = whole.message_id();
  for (const char c : id)
    MUST(c > ' ' && c <= '~');
  // What is put there begins a line.
  const auto at = static_cast<std::size_t>(*whole.fields_end());
  MUST(at == 0 || at == message.size() || message[at - 1] == '\n');
}

}  // namespace
}  // namespace greyhound::intake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::intake::check_message({reinterpret_cast<const char*>(data), size});
  return 0;
}
