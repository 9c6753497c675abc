// What a policy host answers: StsReply. However the bytes are cut, the same answers are whole, with
// the same body, within its bound.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "runtime/must.hpp"
#include "smtp_client/sts/sts_policy.hpp"
#include "smtp_client/sts/sts_reply.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::size_t largest_chunk = 40;

enum class End : std::uint8_t { whole, bad, unfinished };

struct Read {
  End end = End::unfinished;
  std::string body = {};
  std::size_t bytes = 0;  // that were taken
};

Read read(std::string_view bytes, const std::function<std::size_t()>& next_size) {
  StsReply reply;
  Read so_far;
  while (so_far.bytes < bytes.size()) {
    const auto chunk = bytes.substr(so_far.bytes, std::max<std::size_t>(next_size(), 1));
    so_far.bytes += chunk.size();
    const auto taken = reply.take(chunk);
    if (!taken) {
      MUST(taken.error().fault == Fault::protocol);
      MUST(taken.error().what.starts_with("HTTP response: "));
      so_far.end = End::bad;
      return so_far;
    }
    if (!*taken) continue;
    so_far.end = End::whole;
    so_far.body = reply.body();
    return so_far;
  }
  return so_far;
}

// What is wrong with a header that comes in pieces may come out only once all of it is there.
void check_same(const Read& whole, const Read& in_pieces) {
  MUST((whole.end == End::whole) == (in_pieces.end == End::whole));
  MUST(whole.body == in_pieces.body);
}

void check_reply(std::string_view bytes) {
  const auto whole = read(bytes, [&] { return bytes.size(); });
  const auto byte_by_byte = read(bytes, [] { return std::size_t{1}; });
  check_same(whole, byte_by_byte);
  std::minstd_rand chance(
      static_cast<std::minstd_rand::result_type>(std::hash<std::string_view>{}(bytes)));
  check_same(whole, read(bytes, [&] { return chance() % largest_chunk; }));
  if (whole.end != End::whole) return;

  MUST(whole.body.size() <= StsPolicy::max_policy_bytes);
  MUST(bytes.starts_with("HTTP/1.") && bytes.substr(0, 12).ends_with(" 200"));
  // What is whole needs no end of the connection, and no byte less.
  const auto needed = byte_by_byte.bytes;
  check_same(whole, read(bytes.substr(0, needed), [&] { return needed; }));
  const auto cut = read(bytes.substr(0, needed - 1), [&] { return needed; });
  MUST(cut.end == End::unfinished);
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::smtp::check_reply({reinterpret_cast<const char*>(data), size});
  return 0;
}
