// What servers write of waits: stated_wait over any text. A wait is never negative, one that is no
// instant is bounded, and neither case nor line breaks change it.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/must.hpp"
#include "scheduler/greylist/stated_wait.hpp"
#include "scheduler/greylist/time_words.hpp"

namespace greyhound::scheduler {
namespace {

using std::chrono::seconds;

std::optional<StatedWait> wait_in(const std::vector<std::string>& lines) {
  const Instant heard{seconds(1'722'600'000)};
  return stated_wait(mail::ReplyWords(lines), heard);
}

void check_text(const std::string& text) {
  const auto found = wait_in({text});
  if (found) {
    MUST(found->wait >= Duration(0));
    MUST(found->is_absolute || found->wait <= Duration(seconds(longest_amount_seconds)));
  }
  auto upper = text;
  for (char& c : upper)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const bool has_host = text.find('.') != text.npos || text.find("www") != text.npos;
  if (!has_host) MUST(wait_in({upper}) == found);

  if (text.size() >= 1024) return;  // the bound counts the bytes of lines, not what joins them
  const auto space = text.find(' ');
  if (space == text.npos) return;
  MUST(wait_in({text.substr(0, space), text.substr(space + 1)}) == found);
}

}  // namespace
}  // namespace greyhound::scheduler

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::scheduler::check_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
