// What DNS says of a domain's MTA-STS policy: sts_id over its TXT records, one a line.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/must.hpp"
#include "smtp_client/sts/sts_record.hpp"
#include "smtp_client/sts/sts_syntax.hpp"

namespace greyhound::smtp {
namespace {

using Texts = std::vector<std::string>;

Texts lines_of(std::string_view text) {
  Texts lines;
  for (;;) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

Texts with(Texts texts, const std::string& one_more) {
  texts.push_back(one_more);
  return texts;
}

void check_texts(const Texts& texts) {
  const auto id = sts_id(texts);
  const Texts turned(texts.rbegin(), texts.rend());
  MUST(sts_id(turned) == id);
  MUST(sts_id(with(texts, "v=spf1 -all")) == id);
  MUST(sts_id(with(texts, "v=STSv10; id=x")) == id);
  const auto among_others = sts_id(with(texts, "v=STSv1; id=x;"));
  if (!id) {
    MUST(!among_others || among_others == "x");
    return;
  }
  MUST(!among_others);
  MUST(!id->empty() && id->size() <= 32 && std::all_of(id->begin(), id->end(), is_letter_or_digit));
  MUST(sts_id({"v=STSv1; id=" + *id}) == id);
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  greyhound::smtp::check_texts(greyhound::smtp::lines_of(text));
  return 0;
}
