#include "tidy/rules.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

namespace greyhound::tidy {
namespace {

const std::set<std::string>& folders_below(const std::string& folder) {
  static const std::set<std::string> nothing;
  static const std::map<std::string, std::set<std::string>> arrows{
      {"runtime", {}},
      {"mail", {"runtime"}},
      {"queue", {"mail", "runtime"}},
      {"notify", {"mail", "runtime"}},
      {"smtp_client", {"mail", "runtime"}},
      {"intake", {"queue", "mail", "runtime"}},
      {"scheduler", {"queue", "notify", "mail", "runtime"}},
      {"config", {"mail", "runtime"}},
      {"agent",
       {"config", "intake", "scheduler", "smtp_client", "queue", "notify", "mail", "runtime"}},
      {"cli", {"agent", "config", "scheduler", "queue", "mail", "runtime"}}};
  const auto found = arrows.find(folder);
  return found == arrows.end() ? nothing : found->second;
}

// The rooms of a folder. The folder's own files may include every room; a room may
// include those below it, and of the folder's own files only those that are for all. Two rooms are
// above their folders: a rehearsal plays with all of its, and TLS is one of runtime's streams.
const std::set<std::string>& rooms_below(const std::string& room) {
  static const std::set<std::string> nothing;
  static const std::map<std::string, std::set<std::string>> arrows{
      {"greylist", {}},
      {"connect", {}},
      {"content", {}},
      {"dns", {"connect"}},
      {"tls", {"connect", "dns"}},
      {"sasl", {"tls"}},
      {"sts", {"connect", "dns", "tls"}}};
  const auto found = arrows.find(room);
  return found == arrows.end() ? nothing : found->second;
}

bool is_for_all_rooms(const std::string& name) {
  return name == "smtp_settings.hpp" || name == "reply_meaning.hpp" ||
         name == "attempt_trace.hpp" || name == "scheduler_settings.hpp" ||
         name == "intake_settings.hpp";
}

// "smtp_client/dns/a.hpp": "dns"; empty for a file that stands in the folder itself.
std::string room_of(const std::string& path) {
  const auto first = path.find('/');
  const auto second = path.find('/', first + 1);
  return second == std::string::npos ? "" : path.substr(first + 1, second - first - 1);
}

bool may_include_across_rooms(const std::string& path, const std::string& target) {
  const auto room = room_of(path);
  const auto other = room_of(target);
  const auto is_above = [&path](const std::string& one) {
    return one == "rehearsal" || (one == "tls" && path.starts_with("runtime/"));
  };
  if (room == other || is_above(room)) return true;
  if (room.empty()) return !is_above(other);
  if (other.empty()) return is_for_all_rooms(target.substr(target.find('/') + 1));
  return rooms_below(room).contains(other);
}

bool is_product(const SourceFile& file) {
  return file.folder != "tests" && file.folder != "bench";
}

bool may_include(const SourceFile& file, const std::string& target) {
  const auto slash = target.find('/');
  if (slash == std::string::npos) return false;
  const auto other = target.substr(0, slash);
  if (other == file.folder) return may_include_across_rooms(file.path, target);
  if (folders_below(file.folder).contains(other)) return true;
  return file.folder == "config" && target.ends_with("_settings.hpp");
}

// What a library's headers look like, and which of our files may include them.
struct ThirdParty {
  std::string name;
  std::regex headers;
  std::regex allowed;
};

const std::vector<ThirdParty>& third_parties() {
  static const std::vector<ThirdParty> rules{
      {"RocksDB",
       std::regex("^rocksdb/"),
       std::regex(R"(^queue/.*\.cpp$|^queue/(rocks_handles|log_(files|reader|writer))\.hpp$)")},
      {"OpenSSL",
       std::regex("^(openssl/|boost/asio/ssl)"),
       std::regex(R"(^(smtp_client|intake|runtime)/tls/tls[^/]*$)")},
      {"JSON", std::regex("^(nlohmann|valijson)/"), std::regex("^(config|agent|cli)/")},
      {"libunbound", std::regex(R"(^unbound\.h$)"), std::regex(R"(^smtp_client/dns/.*\.cpp$)")},
      {"libldns", std::regex("^ldns/"), std::regex(R"(^smtp_client/dns/dns_message\.cpp$)")},
      {"libidn2", std::regex(R"(^idn2\.h$)"), std::regex(R"(^mail/idn\.cpp$)")},
      {"RE2", std::regex("^re2/"), std::regex(R"(^mail/pattern_set\.cpp$)")},
      {"Beast",
       std::regex("^boost/beast"),
       std::regex(R"(^(smtp_client/sts/sts_reply|agent/http_message|cli/agent_client)\.cpp$)")},
      {"Asio",
       std::regex("^boost/asio"),
       std::regex("^(runtime|queue|smtp_client|intake|agent|cli)/|^scheduler/dispatcher")},
      {"CLI11", std::regex("^CLI/"), std::regex("^cli/")},
      {"spdlog", std::regex("^spdlog/"), std::regex(R"(^runtime/.*\.cpp$)")}};
  return rules;
}

// A call with one home. The first expression finds it in code, the others name files by path; a
// line without any of the hints cannot match (std::regex is slow).
struct Ban {
  std::string name;
  std::vector<std::string> hints;
  std::regex call;
  std::regex home;
  std::regex reach;
};

const std::vector<Ban>& bans() {
  static const std::regex product("^(?!tests/|bench/)");
  static const std::regex product_and_unit_tests("^(?!tests/(?!unit/)|bench/)");
  static const std::regex nowhere("^$");
  static const std::vector<Ban> rules{
      {"reads a clock (use Clock)",
       {"now", "time"},
       std::regex(R"(::\s*now\s*\(|\b(gettimeofday|clock_gettime|localtime\w*)\s*\(|)"
                  R"(\btime\s*\(\s*(nullptr|NULL|0)\s*\))"),
       std::regex(R"(^runtime/clock\.cpp$)"),
       product},
      {"takes chance from the system (use Random)",
       {"rand"},
       std::regex(R"(\brandom_device\b|\bs?rand\s*\(|\bgetrandom\s*\()"),
       std::regex(R"(^runtime/random\.cpp$)"),
       product},
      {"starts a coroutine (use TaskGroup)",
       {"co_spawn"},
       std::regex(R"(\bco_spawn\s*\()"),
       std::regex(R"(^runtime/task_group\.[ch]pp$)"),
       product},
      {"blocks its thread (use Clock::sleep, or wait for a condition)",
       {"sleep"},
       std::regex(R"(this_thread\s*::\s*sleep|(^|[^\w>])::\s*sleep\s*\(|\b(nano|u)sleep\s*\()"),
       nowhere,
       product_and_unit_tests}};
  return rules;
}

bool makes_call(const std::string& code, const Ban& ban) {
  const auto has = [&code](const std::string& hint) {
    return code.find(hint) != std::string::npos;
  };
  return std::any_of(ban.hints.begin(), ban.hints.end(), has) && std::regex_search(code, ban.call);
}

std::string at(const SourceFile& file, std::size_t line, const std::string& what) {
  return file.path + ":" + std::to_string(line) + ": " + what;
}

// UTF-8 characters, not bytes.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
  }));
}

// The namespace that a line is in, as the formatter writes them: nothing inside is indented.
class Namespaces {
 public:
  void read(const std::string& raw, const std::string& code) {
    static const std::regex opening(R"(^(?:inline )?namespace ?([\w:]*) ?\{)");
    std::smatch found;
    if (std::regex_search(code, found, opening)) open_.push_back(found[1]);
    if (raw.starts_with("}  // namespace") && !open_.empty()) open_.pop_back();
  }
  bool is_unnamed() const { return std::find(open_.begin(), open_.end(), "") != open_.end(); }
  std::string name_of(const std::string& type) const {
    std::string name;
    for (const auto& one : open_)
      name += one + "::";
    return name + type;
  }

 private:
  std::vector<std::string> open_;
};

// "struct Line {": "Line". Empty for a declaration, a specialisation and a nested type.
std::string type_defined_by(const std::string& code) {
  static const std::regex definition(
      R"(^(?:struct|class|union|enum class|enum) (\w+)(?: final)?(?: :.*)?(?: \{.*)?$)");
  std::smatch found;
  return std::regex_search(code, found, definition) ? found[1].str() : "";
}

}  // namespace

Offenders breaks_in_layers(const Files& files) {
  Offenders offenders;
  for (const auto& file : files) {
    if (!is_product(file)) continue;
    for (const auto& include : file.includes) {
      if (!include.is_ours || may_include(file, include.target)) continue;
      offenders.push_back(at(file, include.line, "may not include " + include.target));
    }
  }
  return offenders;
}

Offenders strays_of_third_parties(const Files& files) {
  Offenders offenders;
  for (const auto& file : files) {
    if (!is_product(file)) continue;
    for (const auto& include : file.includes) {
      for (const auto& library : third_parties()) {
        if (!std::regex_search(include.target, library.headers)) continue;
        if (std::regex_search(file.path, library.allowed)) continue;
        offenders.push_back(at(file, include.line, library.name + " does not belong here"));
      }
    }
  }
  return offenders;
}

Offenders banned_calls(const Files& files) {
  Offenders offenders;
  for (const auto& file : files) {
    for (const auto& ban : bans()) {
      if (!std::regex_search(file.path, ban.reach)) continue;
      if (std::regex_search(file.path, ban.home)) continue;
      for (std::size_t i = 0; i < file.code.size(); ++i) {
        if (makes_call(file.code[i], ban)) offenders.push_back(at(file, i + 1, ban.name));
      }
    }
  }
  return offenders;
}

Offenders long_files(const Files& files) {
  Offenders offenders;
  for (const auto& file : files) {
    const std::size_t most = file.is_header() && is_product(file) ? 150 : 400;
    // A table or codec may be longer if it says so: "More than 400 lines: one table."
    const auto excuse = std::to_string(most) + " lines";
    const bool is_excused = file.first_comment.find(excuse) != std::string::npos;
    if (file.lines.size() <= most || is_excused) continue;
    offenders.push_back(
        at(file, file.lines.size(), "more than " + excuse + " and no reason given"));
  }
  return offenders;
}

Offenders long_lines(const Files& files) {
  Offenders offenders;
  for (const auto& file : files) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto width = columns(file.lines[i]);
      if (width > 100) offenders.push_back(at(file, i + 1, std::to_string(width) + " columns"));
    }
  }
  return offenders;
}

Offenders bad_headers(const Files& files) {
  Offenders offenders;
  for (const auto& file : files) {
    if (!file.is_header()) continue;
    if (file.first_comment.empty()) offenders.push_back(at(file, 1, "no opening comment"));
    const auto is_pragma = [](const std::string& line) { return line == "#pragma once"; };
    if (std::none_of(file.lines.begin(), file.lines.end(), is_pragma)) {
      offenders.push_back(at(file, 1, "no #pragma once"));
    }
  }
  return offenders;
}

Offenders vague_folders(const Files& files) {
  static const std::regex vague("(^|/)(utils?|common|helpers?|misc|manager)/");
  Offenders offenders;
  for (const auto& file : files) {
    if (std::regex_search(file.path, vague)) {
      offenders.push_back(at(file, 1, "folder name says nothing"));
    }
  }
  return offenders;
}

Offenders types_of_one_name(const Files& files) {
  std::map<std::string, std::string> homes;
  Offenders offenders;
  for (const auto& file : files) {
    Namespaces namespaces;
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      if (file.code[i].empty() || file.code[i].front() == ' ') continue;
      namespaces.read(file.lines[i], file.code[i]);
      const auto type = namespaces.is_unnamed() ? "" : type_defined_by(file.code[i]);
      if (type.empty()) continue;
      const auto [home, is_new] = homes.emplace(namespaces.name_of(type), file.path);
      if (!is_new) offenders.push_back(at(file, i + 1, home->first + " is in " + home->second));
    }
  }
  return offenders;
}

Offenders unfinished_work(const Files& files) {
  // Put together from halves, or this file would be the first offender.
  static const std::regex mark(
      "\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X)\\b");
  Offenders offenders;
  for (const auto& file : files) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (std::regex_search(file.lines[i], mark))
        offenders.push_back(at(file, i + 1, "unfinished"));
    }
  }
  return offenders;
}

}  // namespace greyhound::tidy
