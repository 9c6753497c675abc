// What DNS says in words: decode_txt over the data of one record.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/must.hpp"
#include "smtp_client/dns/txt_rdata.hpp"

namespace greyhound::smtp {
namespace {

using Rdata = std::vector<std::uint8_t>;

// In strings of one byte each: as many as can be.
Rdata in_small_strings(const std::string& text) {
  Rdata rdata;
  for (const char c : text) {
    rdata.push_back(1);
    rdata.push_back(static_cast<std::uint8_t>(c));
  }
  return rdata;
}

void check_record(std::span<const std::uint8_t> rdata) {
  const auto text = decode_txt(rdata);
  if (!text) return;
  MUST(!rdata.empty() && rdata.size() <= max_txt_bytes && text->size() < rdata.size());
  const auto fits = [](const Rdata& other) { return other.size() <= max_txt_bytes; };
  const auto small = in_small_strings(*text);
  if (!small.empty() && fits(small)) MUST(decode_txt(small) == text);

  Rdata twice(rdata.begin(), rdata.end());
  twice.insert(twice.end(), rdata.begin(), rdata.end());
  if (fits(twice)) MUST(decode_txt(twice) == *text + *text);

  Rdata longer(rdata.begin(), rdata.end());
  longer.push_back(0);  // an empty string
  if (fits(longer)) MUST(decode_txt(longer) == text);
  longer.back() = 1;  // one that is cut short
  MUST(!decode_txt(longer));
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::smtp::check_record({data, size});
  return 0;
}
