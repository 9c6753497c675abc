#include "unit/smtp_client/random_dialogue.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace greyhound::smtp {
namespace {

constexpr const char* too_early = "250 too early\r\n";

// "250-text", ..., "250 text".
std::string lines(const std::string& code, std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 1; i < count; ++i)
    all += code + "-" + text + "\r\n";
  return all + code + " " + text + "\r\n";
}

}  // namespace

peers::Script RandomDialogue::script(const std::string& name) {
  constexpr std::array<std::pair<const char*, std::size_t>, 7> verbs{
      {{"HELO", 1}, {"RSET", 2}, {"MAIL", 3}, {"RCPT", 8}, {"DATA", 3}, {".", 3}, {"BDAT", 4}}};
  peers::Script script;
  script.greeting = reply("greeting", name + "/greeting#0");
  script.replies["EHLO"] = {ehlo_reply(name + "/EHLO#0")};
  for (const auto& [verb, uses] : verbs)
    for (std::size_t use = 0; use < uses; ++use)
      script.replies[verb].push_back(reply(verb, name + "/" + verb + "#" + std::to_string(use)));
  if (happens(10)) script.hangs_up_after = {verbs.at(up_to(verbs.size() - 1)).first};
  if (happens(10)) script.cut_after_bytes = up_to(600);
  if (happens(10)) script.cut_after_hearing = up_to(400);
  script.resets = happens(50);
  return script;
}

bool RandomDialogue::is_in_step(const peers::Script& script) {
  const auto is_out = [](const std::string& reply) {
    return reply.empty() || reply.find(too_early) != std::string::npos;
  };
  return !is_out(script.greeting) &&
         std::none_of(script.replies.begin(), script.replies.end(), [&](const auto& of_verb) {
           return std::any_of(of_verb.second.begin(), of_verb.second.end(), is_out);
         });
}

world::Path RandomDialogue::path() {
  using namespace std::chrono_literals;
  world::Path path;
  if (happens(20)) path.there = 1s;
  if (happens(40)) path.hesitation = happens(50) ? 2s : happens(50) ? 100s : 700s;
  if (happens(5)) path.trickle = 3s;
  if (happens(40)) path.piece_bytes = 1 + up_to(60);
  if (happens(3)) path.takes_bytes = up_to(80'000);
  return path;
}

std::string RandomDialogue::body() {
  if (happens(2)) return std::string(700'000, 'x') + "\r\n";
  if (happens(5)) return std::string(70'000, 'x') + "\r\n";
  return "Subject: x\r\n\r\n.\r\n" + std::string(up_to(200), 'y') + "\r\n";
}

std::vector<std::string> RandomDialogue::recipients() {
  std::vector<std::string> all;
  const auto most = up_to(5);
  for (std::size_t i = 0; i <= most; ++i)
    all.push_back("b" + std::to_string(i) + "@d.example");
  return all;
}

std::size_t RandomDialogue::up_to(std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(0, most)(chance_);
}

std::string RandomDialogue::reply(const std::string& verb, const std::string& tag) {
  const auto good = verb == "greeting" ? "220" : verb == "DATA" ? "354" : "250";
  if (happens(7)) return odd_reply(good, tag);
  const bool goes_well = happens(verb == "RCPT" ? 60 : 85);
  const auto code = goes_well ? good : std::to_string(400 + up_to(199));
  return lines(code, happens(10) ? 2 + up_to(3) : 1, tag);
}

std::string RandomDialogue::odd_reply(const std::string& good, const std::string& tag) {
  switch (up_to(8)) {
    case 0:
      return "";
    case 1:
      return lines(std::to_string(200 + up_to(199)), 1, tag);
    case 2:
      return lines(good, 1, tag) + too_early;
    case 3:
      return lines(good, 190 + up_to(20), tag);
    case 4:
      return lines(good, 1, std::string(4040 + up_to(80), 'z') + tag);
    case 5:
      return good + "-" + tag + "\r\n550 " + tag + "\r\n";
    case 6:
      return good + tag + "\r\n";
    case 7:
      return "\xff\x01 no code\r\n";
    default:
      return lines("421", 1, tag);
  }
}

std::string RandomDialogue::ehlo_reply(const std::string& tag) {
  if (happens(10)) return reply("EHLO", tag);
  std::string offered = "250-mx.test\r\n";
  if (happens(60)) offered += "250-PIPELINING\r\n";
  if (happens(50)) offered += "250-CHUNKING\r\n";
  if (happens(50)) offered += "250-ENHANCEDSTATUSCODES\r\n";
  if (happens(15))
    offered += "250-LIMITS RCPTMAX=" + std::to_string(1 + up_to(2)) + " MAILMAX=2\r\n";
  return offered + "250 " + tag + "\r\n";
}

}  // namespace greyhound::smtp
