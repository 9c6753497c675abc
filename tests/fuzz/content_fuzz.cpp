// What stands behind DATA and BDAT: ContentReader over any bytes, cut anywhere. The first byte says
// what it does with bare line ends and how the rest is cut.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "intake/content_reader.hpp"
#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

using Framing = ContentReader::Framing;

struct Outcome {
  std::string content;
  std::size_t used = 0;
  bool is_at_end = false;
  bool has_flaw = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view wire,
             Framing framing,
             const IntakeSettings& settings,
             std::size_t piece) {
  ContentReader reader(framing, settings);
  Outcome outcome;
  while (outcome.used < wire.size() && !reader.is_at_end())
    outcome.used += reader.feed(wire.substr(outcome.used, piece));
  if (framing == Framing::counted) reader.finish();
  outcome.is_at_end = reader.is_at_end();
  outcome.has_flaw = reader.flaw().has_value();
  for (auto chunk = reader.take_chunk(); !chunk.empty(); chunk = reader.take_chunk())
    outcome.content += chunk;
  return outcome;
}

// Nothing in it ends a line but CR LF: no server that it is sent to can see another end in it.
void check_content(const std::string& content) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    MUST(content[i] != '\0');
    if (content[i] == '\r') MUST(i + 1 < content.size() && content[i + 1] == '\n');
    if (content[i] == '\n') MUST(i > 0 && content[i - 1] == '\r');
  }
  MUST(content.empty() || content.ends_with("\r\n"));
}

void check_wire(std::string_view wire, const IntakeSettings& settings, std::size_t piece) {
  const auto dotted = read(wire, Framing::dot, settings, wire.size() + 1);
  MUST(read(wire, Framing::dot, settings, piece) == dotted);
  const auto end = ("\r\n" + std::string(wire)).find("\r\n.\r\n");
  MUST(dotted.is_at_end == (end != std::string::npos));
  MUST(dotted.used == (dotted.is_at_end ? end + 3 : wire.size()));
  if (dotted.is_at_end) check_content(dotted.content);

  const auto counted = read(wire, Framing::counted, settings, wire.size() + 1);
  MUST(read(wire, Framing::counted, settings, piece) == counted);
  MUST(counted.used == wire.size());
  check_content(counted.content);
}

}  // namespace
}  // namespace greyhound::intake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace intake = greyhound::intake;
  if (size == 0) return 0;
  intake::IntakeSettings settings;
  settings.max_message_bytes = 5000;
  settings.max_line_bytes = 2000;
  const bool normalises = (data[0] & 1U) != 0;
  settings.bare_line_ends =
      normalises ? intake::BareLineEnds::normalise : intake::BareLineEnds::refuse;
  const std::size_t piece = 1 + data[0] / 2;
  intake::check_wire({reinterpret_cast<const char*>(data) + 1, size - 1}, settings, piece);
  return 0;
}
